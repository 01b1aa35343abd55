"""What the rest of Wabun asks of an engine: queue jobs, tell how they stand, end them."""

import getpass
import shlex
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from pipeline.errors import WabunError
from pipeline.executors import pbs, sge, slurm
from pipeline.executors.script import Job
from pipeline.site import Site

ANSWER_SECONDS = 20
_GONE = ("unknown job", "has finished", "do not exist", "invalid job id")


class EngineError(WabunError):
    """An engine that is not there, or did not take a job."""


class Engine(Protocol):
    """One way to run jobs. outlives: whether they go on when the process that queued them ends."""

    outlives: bool

    def submit(self, jobs: Sequence[Job], after: Sequence[str]) -> Iterator[tuple[Job, str]]:
        """Queue jobs, each behind those it needs and behind `after`; each with its id as soon as it is queued."""

    def states(self, ids: Sequence[str]) -> dict[str, Counter[str]] | None:
        """How many tasks of each job wait, run, …; a job that has ended is left out. None: the engine does not say."""

    def cancel(self, ids: Sequence[str]) -> None:
        """End these jobs; their workers may need to be told, too (see cancel_workers). Raises EngineError."""


class Dialect(Protocol):
    """The command lines of one scheduler; the modules slurm, pbs and sge each are one."""

    name: str

    def script(self, job: Job, site: Site) -> str:
        """The job's script."""

    def submission(self, job: Job, site: Site, after: Sequence[str]) -> list[str]:
        """The command that queues it."""

    def job_id(self, printed: str) -> str:
        """The job's id in what that command printed."""

    def states_command(self, ids: Sequence[str], user: str) -> list[str]:
        """The command that tells how tasks stand."""

    def states(self, printed: str) -> Iterator[tuple[str, str]]:
        """Job and state of each task in what that command printed."""

    def cancellation(self, ids: Sequence[str]) -> list[str]:
        """The command that ends jobs."""


DIALECTS: dict[str, Dialect] = {module.name: module for module in (slurm, pbs, sge)}


class Scheduler:
    """A batch scheduler, spoken to by its own commands."""

    outlives = True

    def __init__(self, dialect: Dialect, site: Site) -> None:
        self.dialect = dialect
        self.site = site

    def submit(self, jobs: Sequence[Job], after: Sequence[str]) -> Iterator[tuple[Job, str]]:
        """Queue jobs, each with its script beside its plan (see Engine)."""
        queued: dict[str, str] = {}
        for job in jobs:
            site, behind = self._placed(job, queued, after)
            job.script.parent.joinpath("log").mkdir(parents=True, exist_ok=True)
            job.script.write_text(self.dialect.script(job, self.site))
            job.script.chmod(0o755)
            command = self.dialect.submission(job, site, behind)
            done = _answer(command, self.dialect.name)
            number = self.dialect.job_id(done.stdout) if done.returncode == 0 else ""
            if not number:
                said = (done.stderr or done.stdout).strip()
                raise EngineError(f"{self.dialect.name} did not take the job: {said}\n  {shlex.join(command)}")
            queued[job.plan] = number
            yield job, number

    def shown(self, jobs: Sequence[Job], after: Sequence[str]) -> Iterator[str]:
        """The scripts and commands that `submit` would use, an id not yet known as ${ID_plan}."""
        names = {job.plan: f"${{ID_{job.plan.partition('-')[0]}}}" for job in jobs}
        for job in jobs:
            site, behind = self._placed(job, names, after)
            command = self.dialect.submission(job, site, behind)
            yield f"# {job.script}\n{self.dialect.script(job, self.site)}"
            shown = " ".join(word if "${ID_" in word else shlex.quote(word) for word in command)
            yield f"$ {names[job.plan][2:-1]}=$({shown})\n"

    def _placed(self, job: Job, ids: Mapping[str, str], after: Sequence[str]) -> tuple[Site, list[str]]:
        """The jobs that a job waits for, and the site with the dependency that fits them.

        `after` is waited for however it ends: a job that ran out of time and queues the rest has not ended well.
        """
        behind = [ids[name] for name in job.needs if name in ids]
        return (self.site, behind) if behind else (replace(self.site, dependency="afterany"), list(after))

    def states(self, ids: Sequence[str]) -> dict[str, Counter[str]] | None:
        """How tasks stand (see Engine)."""
        if not ids:
            return {}
        try:
            done = _answer(self.dialect.states_command(ids, getpass.getuser()), self.dialect.name)
        except EngineError:
            return None
        if done.returncode and not any(words in done.stderr.lower() for words in _GONE):
            return None
        found: dict[str, Counter[str]] = {}
        for job, state in self.dialect.states(done.stdout):
            if job in ids:
                found.setdefault(job, Counter())[state] += 1
        return found

    def cancel(self, ids: Sequence[str]) -> None:
        """End these jobs (see Engine)."""
        done = _answer(self.dialect.cancellation(ids), self.dialect.name)
        if done.returncode and not any(words in done.stderr.lower() for words in _GONE):
            raise EngineError(f"{self.dialect.name} did not end the jobs: {(done.stderr or done.stdout).strip()}")


def _answer(command: Sequence[str], engine: str) -> "subprocess.CompletedProcess[str]":
    """What a scheduler's command says."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)
    except FileNotFoundError:
        message = f"{command[0]}: there is no such command here; load {engine}'s module, or choose another --executor"
        raise EngineError(message) from None
    except subprocess.TimeoutExpired:
        raise EngineError(f"{command[0]}: no answer in {ANSWER_SECONDS} s; is {engine} up?") from None


def engine_of(site: Site) -> Engine:
    """The engine that a site names. Raises EngineError when it is not installed."""
    if site.executor in DIALECTS:
        return Scheduler(DIALECTS[site.executor], site)
    if site.executor == "dask":
        from pipeline.executors.dask import DaskEngine

        return DaskEngine(site)
    if site.executor == "ray":
        from pipeline.executors.ray import RayEngine

        return RayEngine(site)
    raise EngineError(f"the executor {site.executor} queues no jobs; choose slurm, pbs, sge, dask or ray")
