"""The job script that every engine runs: one slice of one plan, in as many processes as the job has cores."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.site import Site

OUT_OF_TIME = 75


@dataclass(frozen=True)
class Job:
    """One plan as an array of slices, each a job on a node."""

    plan: str
    out: str  # the result's folder: an absolute path that all nodes see, or a URL
    folder: Path  # for its script and logs, absolute, seen by all nodes
    num_slices: int
    needs: tuple[str, ...] = ()  # plans whose jobs come before
    ranks: str = ""  # only these, as 0,3-7; empty: all
    attempt: int = 0  # how often the chain was submitted again because time ran out

    @property
    def name(self) -> str:
        """The name that schedulers show; begins with a letter, as they ask."""
        return f"wabun-{self.plan}"

    @property
    def script(self) -> Path:
        """Where the script lies."""
        return self.folder / "job.sh"

    def log(self, number: str) -> Path:
        """The log of a slice (`number` may be what an engine puts a number for)."""
        return self.folder / "log" / f"slice-{number}.log"


def wabun_command(site: Site) -> str:
    """The command `wabun` as a node's shell runs it."""
    return site.command or shlex.join([sys.executable, "-m", "pipeline.cli"])


def job_script(job: Job, site: Site, *, task: str, job_id: str, again: Sequence[str] = ()) -> str:
    """The script as bash. `task`: shell for the slice's number from 0; `again`: what to do when time ran out."""
    log = job.folder / "log"
    lines = [
        "#!/bin/bash",
        f"# {job.plan}: one of {job.num_slices} slices",
        f"slice={task}",
        f'mkdir -p {shlex.quote(str(log))} && exec >>{shlex.quote(str(log))}/slice-"$slice".log 2>&1',
        f'echo "== slice $slice of {job.num_slices}, job {job_id}, on $(hostname), $(date -u +%FT%TZ)"',
        f'cd {shlex.quote(str(Path.cwd()))} || echo "stays in $PWD"',
        *site.preamble.strip().splitlines(),
    ]
    if site.scratch:
        lines += [f'export TMPDIR="{site.scratch}"', 'mkdir -p "$TMPDIR"']
    lines += [work_line(job, site), "code=$?", 'echo "== exit code $code"']
    if again:
        lines += [f'if [ "$code" -eq {OUT_OF_TIME} ]; then', *(f"  {line}" for line in again), "fi"]
    return "\n".join([*lines, 'exit "$code"', ""])


def work_line(job: Job, site: Site) -> str:
    """The one line that does the work."""
    words = [
        shlex.quote(f"{job.out}/plans/{job.plan}"),
        f'--slice "$slice"/{job.num_slices}',
        f"--workers {site.procs}",
    ]
    if job.ranks:
        words.append(f"--ranks {job.ranks}")
    if site.time_budget:
        words.append(f"--time-budget {site.time_budget}")
    if site.patience_seconds:
        words.append(f"--patience {site.patience_seconds}")
    return " ".join([*([site.container] if site.container else []), wabun_command(site), "work", *words])


def task_script(job: Job, site: Site) -> str:
    """The script for engines whose workers may see no disk of ours; the slice's number comes by the environment."""
    return job_script(job, site, task='"${WABUN_SLICE:?}"', job_id=site.executor)


def run_script(script: str, number: int, max_requeues: int, *_before: object) -> None:
    """Run the text of a script where this process is, again while it runs out of time. Raises SliceFailed."""
    environment = {**os.environ, "WABUN_SLICE": str(number)}
    for _ in range(max_requeues + 1):
        code = subprocess.run(["bash", "-c", script], env=environment, stdin=subprocess.DEVNULL, check=False).returncode
        if code != OUT_OF_TIME:
            break
    if code:
        raise SliceFailed(f"slice {number} ended with exit code {code}")


class SliceFailed(Exception):  # noqa: N818 - what Dask and Ray are told, so that nothing behind it begins
    """A slice that did not finish its ranks."""
