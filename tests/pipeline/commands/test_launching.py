from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import pytest

from pipeline.commands import launching
from pipeline.config import load_config
from pipeline.display import PlainDisplay
from pipeline.executors.script import Job
from pipeline.lineage import store_plans
from pipeline.plan import Plan, make_plans
from pipeline.site import Site
from pipeline.storage import Folder, LocalFolder
from pipeline.submission import submissions
from pipeline.worker import cancellation
from tests.factories import config_file, sample_input

SITE = Site(executor="slurm", slices=2, procs=1)


class FakeEngine:
    """An engine whose jobs all run until they are cancelled."""

    outlives = True

    def __init__(self) -> None:
        self.running: dict[str, Counter[str]] = {}

    def submit(self, jobs: Sequence[Job], after: Sequence[str]) -> Iterator[tuple[Job, str]]:
        for job in jobs:
            number = str(len(self.running) + 1)
            self.running[number] = Counter(running=job.num_slices)
            yield job, number

    def states(self, ids: Sequence[str]) -> dict[str, Counter[str]] | None:
        return {number: states for number, states in self.running.items() if number in ids}

    def cancel(self, ids: Sequence[str]) -> None:
        for number in ids:
            del self.running[number]


@pytest.fixture
def planned(tmp_path: Path) -> tuple[Folder, list[Plan]]:
    config = load_config(config_file(tmp_path, ("read", "decode")))
    plans = make_plans(config, [sample_input(tmp_path, pages=4)])
    folder = LocalFolder(tmp_path / "out")
    store_plans(folder, plans, config)
    return folder, plans


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The engine, and somebody who presses Ctrl-C as soon as the jobs are watched."""
    fake = FakeEngine()

    def interrupted(*_: object, **__: Callable[..., object]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(launching, "engine_of", lambda site: fake)
    monkeypatch.setattr(launching, "watch", interrupted)
    return fake


def launch(planned: tuple[Folder, list[Plan]], **options: bool) -> None:
    with pytest.raises(click.exceptions.Exit) as caught:
        launching.launch(*planned, SITE, PlainDisplay(), **options)
    assert caught.value.exit_code == 130


def test_ctrl_c_leaves_the_jobs_and_says_how_to_watch(
    planned: tuple[Folder, list[Plan]], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    launch(planned)
    assert len(engine.running) == 3
    assert f"the jobs go on; watch: wabun status {planned[0]}" in capsys.readouterr().err


def test_ctrl_c_cancels_on_request(planned: tuple[Folder, list[Plan]], engine: FakeEngine) -> None:
    launch(planned, cancel_on_interrupt=True)
    assert engine.running == {}


def test_ctrl_c_ends_the_jobs_of_a_cluster_that_lives_in_the_terminal(
    planned: tuple[Folder, list[Plan]], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.outlives = False
    launch(planned)
    assert engine.running == {}
    told = capsys.readouterr().err
    assert "Ctrl-C ends the jobs" in told
    assert "Ctrl-C leaves the jobs running" not in told


def test_a_cluster_that_ends_with_the_command_is_not_left_alone_with_jobs(engine: FakeEngine) -> None:
    assert launching.lasting(SITE) is engine
    engine.outlives = False
    with pytest.raises(click.UsageError, match="without --address ends with this command"):
        launching.lasting(SITE)


def test_cancelling_asks_every_worker_to_stop_where_there_is_one(
    planned: tuple[Folder, list[Plan]], engine: FakeEngine
) -> None:
    folder, plans = planned
    launching.cancel_jobs(folder)
    assert cancellation(folder) == b""
    folder.note(f"plans/{plans[0].name}/running/00000")
    launching.cancel_jobs(folder)
    first = cancellation(folder)
    launching.cancel_jobs(folder)
    assert len({b"", first, cancellation(folder)}) == 3


def test_jobs_that_run_already_are_watched_and_not_queued_again(
    planned: tuple[Folder, list[Plan]], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    launch(planned)
    launch(planned)
    assert len(submissions(planned[0])) == 3
    assert "3 jobs wait or run already" in capsys.readouterr().err


def test_options_of_the_command_line_are_split_as_a_shell_would() -> None:
    site = launching.chosen_site(None, {"executor": "pbs"}, ["-P grp", "-l 'a=b c'"])
    assert site.options == ("-P", "grp", "-l", "a=b c")
    again = launching.chosen_site(None, {"slices": 3, "procs": None}, [], site)
    assert (again.executor, again.slices, again.options) == ("pbs", 3, site.options)
