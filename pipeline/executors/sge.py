"""Grid Engine (SGE, UGE, AGE): arrays by qsub -t, dependencies by -hold_jid, exit code 99 to be run again."""

from collections.abc import Iterator, Sequence
from shlex import quote

from pipeline.executors.script import Job, job_script
from pipeline.site import Site

name = "sge"
_STATES = (("E", "error"), ("d", "ending"), ("h", "held"), ("r", "running"), ("t", "running"), ("q", "pending"))


def script(job: Job, site: Site) -> str:
    """The job's script; Grid Engine counts no restarts, so a file beside the log does."""
    tries = f'{quote(str(job.folder / "log"))}/tries-"$JOB_ID"-"$slice"'
    again = [
        f"echo >>{tries}",
        f'if [ "$(wc -l <{tries})" -le {site.max_requeues} ]; then exit 99; fi',
        f"rm -f {tries}",
    ]
    return job_script(job, site, task="$((SGE_TASK_ID - 1))", job_id="$JOB_ID", again=again)


def submission(job: Job, site: Site, after: Sequence[str]) -> list[str]:
    """The command that queues the job behind the jobs `after`."""
    command = ["qsub", "-terse", "-N", job.name, "-t", f"1-{job.num_slices}"]
    if site.max_running_tasks:
        command += ["-tc", str(site.max_running_tasks)]
    command += ["-S", "/bin/bash", "-r", "y", "-j", "y", "-o", str(job.folder / "log" / "scheduler.log")]
    if site.account:
        command += [site.account_option or "-A", site.account]
    if site.queue:
        command += ["-q", site.queue]
    for resource in (*([f"h_rt={site.clock_time}"] if site.wall_time else []), *site.resources):
        command += ["-l", resource]
    if after:
        command += ["-hold_jid", ",".join(after)]
    return [*command, *site.options, str(job.script)]


def job_id(printed: str) -> str:
    """The job's number in what the submission printed.

    >>> job_id("123.1-8:1\\n")
    '123'
    """
    return printed.strip().splitlines()[-1].partition(".")[0] if printed.strip() else ""


def states_command(ids: Sequence[str], user: str) -> list[str]:
    """The command that tells the states of this user's tasks, a line each."""
    return ["qstat", "-g", "d", "-u", user]


def states(printed: str) -> Iterator[tuple[str, str]]:
    """Job and state of each task that waits or runs.

    >>> list(states("job-ID prior name user state\\n-----\\n  7 0.5 wabun-00-r root hqw 11/22/2026 04:00:00 1 2\\n"))
    [('7', 'held')]
    """
    for line in printed.splitlines():
        words = line.split()
        if len(words) > 4 and words[0].isdigit():
            yield words[0], next((told for letter, told in _STATES if letter in words[4]), words[4])


def cancellation(ids: Sequence[str]) -> list[str]:
    """The command that ends these jobs."""
    return ["qdel", *ids]
