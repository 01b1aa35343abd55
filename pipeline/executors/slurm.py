"""Slurm: arrays by sbatch, dependencies by afterok, a job out of time requeued in its place."""

from collections.abc import Iterator, Sequence

from pipeline.executors.script import Job, job_script
from pipeline.site import Site

name = "slurm"
ENDED = frozenset({"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL"})


def script(job: Job, site: Site) -> str:
    """The job's script; the requeued job keeps its number, so those behind it go on waiting."""
    again = [
        f'if [ "${{SLURM_RESTART_COUNT:-0}}" -lt {site.max_requeues} ]; then',
        '  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}" && sleep 60  # the requeue ends this script',
        "fi",
    ]
    return job_script(job, site, task='"${SLURM_ARRAY_TASK_ID}"', job_id="$SLURM_ARRAY_JOB_ID", again=again)


def submission(job: Job, site: Site, after: Sequence[str]) -> list[str]:
    """The command that queues the job behind the jobs `after`."""
    limit = f"%{site.max_running_tasks}" if site.max_running_tasks else ""
    command = ["sbatch", "--parsable", f"--job-name={job.name}", f"--array=0-{job.num_slices - 1}{limit}"]
    command += [f"--output={job.log('%a')}", "--open-mode=append", "--requeue", "--nodes=1", "--ntasks=1"]
    command += [f"--cpus-per-task={site.procs}", *site.resources]
    if site.wall_time:
        command.append(f"--time={site.wall_time}")
    if site.account:
        command += [site.account_option or "-A", site.account]
    if site.queue:
        command.append(f"--partition={site.queue}")
    if after:
        command += [f"--dependency={site.dependency}:{':'.join(after)}", "--kill-on-invalid-dep=yes"]
    return [*command, *site.options, str(job.script)]


def job_id(printed: str) -> str:
    """The job's number in what the submission printed.

    >>> job_id("123;cluster\\n")
    '123'
    """
    return printed.strip().partition(";")[0]


def states_command(ids: Sequence[str], user: str) -> list[str]:
    """The command that tells the states of this user's tasks."""
    return ["squeue", "--noheader", "--array", f"--user={user}", "--format=%F %T"]


def states(printed: str) -> Iterator[tuple[str, str]]:
    """Job and state of each task that waits or runs.

    >>> list(states("12 PENDING\\n12 RUNNING\\n11 COMPLETED\\n"))
    [('12', 'pending'), ('12', 'running')]
    """
    for line in printed.splitlines():
        job, _, state = line.strip().partition(" ")
        if state and state not in ENDED:
            yield job, state.lower()


def cancellation(ids: Sequence[str]) -> list[str]:
    """The command that ends these jobs."""
    return ["scancel", *ids]
