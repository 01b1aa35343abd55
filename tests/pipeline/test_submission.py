from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.config import load_config
from pipeline.errors import RanksFailed
from pipeline.executors import slurm
from pipeline.executors.engine import EngineError, Scheduler
from pipeline.executors.script import Job
from pipeline.lineage import store_plans
from pipeline.manifest import Manifest
from pipeline.plan import Plan, make_plans
from pipeline.site import Site
from pipeline.storage import Folder
from pipeline.submission import job_states, make_jobs, submissions, submit
from pipeline.watch import QUIET_LOOKS, watch
from tests.factories import config_file, sample_input

SITE = Site(executor="slurm", slices=4, procs=2)


class FakeEngine:
    """Takes every job, and says what it is told to say."""

    outlives = True

    def __init__(self, states: dict[str, Counter[str]] | None) -> None:
        self.told = states
        self.after: list[tuple[str, ...]] = []

    def submit(self, jobs: Sequence[Job], after: Sequence[str]) -> Iterator[tuple[Job, str]]:
        for number, job in enumerate(jobs):
            yield job, str(number + 10)

    def states(self, ids: Sequence[str]) -> dict[str, Counter[str]] | None:
        return self.told

    def cancel(self, ids: Sequence[str]) -> None:
        raise AssertionError("not asked for")


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.done_ranks: list[int] = []

    def start(self, plan: Plan, num_ranks: int, num_done: int) -> None: ...
    def progress(self, rank: int, share: float, counts: object) -> None: ...
    def say(self, line: str) -> None: ...

    def done(self, rank: int) -> None:
        self.done_ranks.append(rank)


@pytest.fixture
def planned(tmp_path: Path, folder: Folder) -> tuple[Folder, list[Plan]]:
    config = load_config(config_file(tmp_path, ("read", "decode")))
    plans = make_plans(config, [sample_input(tmp_path, pages=4, seed=seed) for seed in range(5)])
    store_plans(folder, plans, config)
    return folder, plans


def finish(folder: Folder, plan: Plan, *ranks: int) -> None:
    for rank in ranks:
        folder.write_bytes(plan.marker_name(rank), Manifest(plan.name, rank, plan.rank_digest(rank)).to_json())


def test_a_job_has_as_many_slices_as_its_ranks_fill_and_waits_for_those_it_needs(
    planned: tuple[Folder, list[Plan]],
) -> None:
    folder, plans = planned
    read, shards, last = make_jobs(folder, plans, SITE)
    assert (read.num_slices, shards.num_slices, last.num_slices) == (3, 4, 1)
    assert read.needs == ()
    assert shards.needs == (read.plan,)
    assert set(last.needs) == {read.plan, shards.plan}
    assert make_jobs(folder, plans, Site(slices=4, procs=2, max_array_tasks=2))[0].num_slices == 2


def test_only_missing_ranks_are_queued_again(planned: tuple[Folder, list[Plan]]) -> None:
    folder, plans = planned
    finish(folder, plans[0], 0, 2, 3)
    assert make_jobs(folder, plans, SITE)[0].ranks == "1,4"
    finish(folder, plans[0], 1, 4)
    jobs = make_jobs(folder, plans, SITE)
    assert [job.plan for job in jobs] == [plan.name for plan in plans[1:]]
    assert jobs[0].needs == ()


def test_what_was_queued_is_remembered_and_a_torn_record_is_left_out(planned: tuple[Folder, list[Plan]]) -> None:
    folder, plans = planned
    engine = FakeEngine({"11": Counter(pending=4)})
    submit(folder, make_jobs(folder, plans, SITE), engine, SITE, [], lambda line: None)
    folder.write_bytes("jobs/20260101T000000.json", b'{"time": "2026')
    found = submissions(folder)
    assert [one.job for one in found] == ["10", "11", "12"]
    assert found[0].site == SITE
    assert list(job_states(folder, engine=engine)) == ["11"]
    assert [states for _, states in job_states(folder, engine=FakeEngine(None)).values()] == [None] * 3


def test_watching_tells_each_rank_once_and_ends_when_nobody_works(planned: tuple[Folder, list[Plan]]) -> None:
    folder, plans = planned
    heard = Heard()
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 1:
            finish(folder, plans[0], 0, 1)

    with pytest.raises(RanksFailed, match="2 of 5 ranks are done, and no job is left"):
        watch(folder, plans, heard, lambda: False, sleep)
    assert heard.done_ranks == [0, 1]
    assert len(looks) == QUIET_LOOKS + 1


def test_a_scheduler_that_is_not_there_is_told(
    planned: tuple[Folder, list[Plan]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, plans = planned
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match="sbatch: there is no such command here"):
        submit(folder, make_jobs(folder, plans, SITE), Scheduler(slurm, SITE), SITE, [], lambda line: None)
    assert Scheduler(slurm, SITE).states(["1"]) is None
