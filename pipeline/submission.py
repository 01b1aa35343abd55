"""Plans → jobs for an engine, and the record of what was queued, beside the plans."""

import json
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.executors.engine import Engine, engine_of
from pipeline.executors.script import Job
from pipeline.plan import Plan
from pipeline.ranks.survey import done_ranks, known_items
from pipeline.site import Site
from pipeline.storage import Folder

RECORDS = "jobs"
MAX_RANKS_TEXT = 60_000  # Linux takes 128 KiB in one word of a command; longer lists are left out, done ranks skipped


@dataclass(frozen=True)
class Submission:
    """One job as it was queued."""

    time: str
    host: str
    plan: str
    job: str
    num_slices: int
    ranks: str
    attempt: int
    site: Site


def make_jobs(folder: Folder, plans: Sequence[Plan], site: Site, attempt: int = 0) -> list[Job]:
    """A job for every plan that is not done, with as many slices as its missing ranks can fill."""
    jobs: list[Job] = []
    for plan in plans:
        items = known_items(folder, plan)
        num_slices = min(site.slices, site.max_array_tasks)
        ranks = ""
        if items is not None:
            done = done_ranks(folder, plan)
            missing = [rank for rank in range(len(items)) if rank not in done]
            if not missing:
                continue
            num_slices = min(num_slices, -(-len(missing) // site.procs))
            ranks = spans(missing) if done else ""
        jobs.append(
            Job(
                plan=plan.name,
                out=folder.absolute(),
                folder=folder.local(f"plans/{plan.name}").absolute(),
                num_slices=num_slices,
                needs=tuple(name for name in plan.needs if name in {job.plan for job in jobs}),
                ranks=ranks if len(ranks) <= MAX_RANKS_TEXT else "",
                attempt=attempt,
            )
        )
    return jobs


def spans(ranks: Sequence[int]) -> str:
    """Ascending ranks as `wabun work --ranks` takes them.

    >>> spans([0, 1, 2, 5, 7, 8])
    '0-2,5,7-8'
    """
    found: list[list[int]] = []
    for rank in ranks:
        if found and rank == found[-1][1] + 1:
            found[-1][1] = rank
        else:
            found.append([rank, rank])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def submit(
    folder: Folder, jobs: Sequence[Job], engine: Engine, site: Site, after: Sequence[str], say: Callable[[str], None]
) -> None:
    """Queue the jobs, and note each as soon as it is queued. Raises EngineError."""
    for job, number in engine.submit(jobs, after):
        now = datetime.now(UTC)
        plain = {
            "time": now.isoformat(timespec="seconds"),
            "host": socket.gethostname(),
            "plan": job.plan,
            "job": number,
            "num_slices": job.num_slices,
            "ranks": job.ranks,
            "attempt": job.attempt,
            "site": vars(site),
        }
        name = f"{now:%Y%m%dT%H%M%S.%f}-{job.plan}-{secrets.token_hex(3)}.json"  # names in order of time
        folder.write_bytes(f"{RECORDS}/{name}", json.dumps(plain, ensure_ascii=False).encode() + b"\n")
        say(f"{job.plan}: {site.executor} job {number}, {job.num_slices} slices of {site.procs} processes")


def submissions(folder: Folder) -> list[Submission]:
    """All jobs ever queued for this result, oldest first; a record that cannot be read is left out."""
    found = []
    for data in folder.read_each([f"{RECORDS}/{name}" for name in folder.names(RECORDS)]):
        try:
            plain = json.loads(data)
            known: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in plain["site"].items()}
            found.append(Submission(**plain | {"site": Site(**known)}))
        except (ValueError, TypeError, KeyError):
            continue
    return found


def job_states(folder: Folder, *, engine: Engine | None = None) -> dict[str, tuple[Submission, Counter[str] | None]]:
    """The jobs that wait or run by id, with how their tasks stand; None where their engine does not say."""
    by_engine: dict[tuple[str, str], list[Submission]] = {}
    for submission in submissions(folder):
        by_engine.setdefault((submission.site.executor, submission.site.address), []).append(submission)
    found: dict[str, tuple[Submission, Counter[str] | None]] = {}
    for queued in by_engine.values():
        states = (engine or engine_of(queued[-1].site)).states([one.job for one in queued])
        for one in queued:
            if states is None:
                found[one.job] = (one, None)
            elif one.job in states:
                found[one.job] = (one, states[one.job])
    return found
