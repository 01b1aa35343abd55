"""PBS Professional and OpenPBS: arrays by qsub -J, dependencies by depend=afterok:ID[], the chain queued again on time.

Options as in qsub(1B) of PBS Professional 2022.1. None is `-k oe`: the script writes its log itself as it goes, and
PBS would put its own files into the home folder.
"""

from collections.abc import Iterator, Sequence
from shlex import quote

from pipeline.executors.script import Job, job_script, wabun_command
from pipeline.site import Site

name = "pbs"
_WAITING = {"Q": "pending", "W": "pending", "T": "pending", "H": "held"}
_AT_WORK = {"R": "running", "B": "running", "E": "ending", "S": "suspended", "U": "suspended"}
_STATES = _WAITING | _AT_WORK
_CHUNKS = ("select=", "nodes=", "ncpus=")  # what says how many processors; it must not be said twice


def script(job: Job, site: Site) -> str:
    """The job's script. A user may not requeue a PBS job, so the first slice out of time queues what is missing again.

    The folder made by `mkdir` is the claim: only one slice of an array makes it.
    """
    claim = f'{quote(str(job.folder / "log"))}/again-"${{array%%.*}}"'
    out = quote(job.out)
    again = [
        r'array="${PBS_JOBID/\[*\]/[]}"',  # 7[3].server is a task of 7[].server
        f"if [ {job.attempt} -lt {site.max_requeues} ] && mkdir {claim} 2>/dev/null; then",
        f'  {wabun_command(site)} retry {out} --force --attempt {job.attempt + 1} --after "$array"',
        "fi",
    ]
    return job_script(job, site, task='"${PBS_ARRAY_INDEX:-0}"', job_id="$PBS_JOBID", again=again)


def submission(job: Job, site: Site, after: Sequence[str]) -> list[str]:
    """The command that queues the job behind the jobs `after`. An array has two tasks at least."""
    command = ["qsub", "-N", job.name]
    if job.num_slices > 1:
        at_a_time = f"%{site.max_running_tasks}" if site.max_running_tasks else ""
        command += ["-J", f"0-{job.num_slices - 1}{at_a_time}"]
    command += ["-S", "/bin/bash", "-r", "y", "-j", "oe", "-o", str(job.folder / "log")]
    if site.account:
        command += [site.account_option or "-P", site.account]
    if site.queue:
        command += ["-q", site.queue]
    chunk = [] if any(one.startswith(_CHUNKS) for one in site.resources) else [f"select=1:ncpus={site.procs}"]
    limit = [f"walltime={site.clock_time}"] if site.wall_time else []
    for resource in (*chunk, *site.resources, *limit):
        command += ["-l", resource]
    if after:
        command += ["-W", f"depend={site.dependency}:{':'.join(after)}"]
    return [*command, *site.options, str(job.script)]


def job_id(printed: str) -> str:
    """The job's number in what the submission printed, with the server left out.

    >>> job_id("123[].pbs1\\n"), job_id("124.pbs1\\n")
    ('123[]', '124')
    """
    return printed.strip().splitlines()[-1].partition(".")[0] if printed.strip() else ""


def states_command(ids: Sequence[str], user: str) -> list[str]:
    """The command that tells the states of this user's tasks, a line each."""
    return ["qstat", "-t", *ids]


def states(printed: str) -> Iterator[tuple[str, str]]:
    """Job and state of each task that waits or runs; the line of an array itself is left out.

    >>> list(states("Job id  Name  User  Time Use S Queue\\n---- ---- ---- ---- - ----\\n7[1].pbs1 w u 0 R q\\n"))
    [('7[]', 'running')]
    """
    for line in printed.splitlines():
        words = line.split()
        if len(words) > 4 and words[0][0].isdigit() and "[]" not in words[0] and words[-2] in _STATES:
            number, bracket, _ = words[0].partition(".")[0].partition("[")
            yield number + ("[]" if bracket else ""), _STATES[words[-2]]


def cancellation(ids: Sequence[str]) -> list[str]:
    """The command that ends these jobs."""
    return ["qdel", *ids]
