"""The quickstart, and a shorter chain, on a Dask cluster on this machine."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.chains import Chain, kill, parent_of, slice_log, slice_of, times_begun, wait_for, workers_of
from tests.factories import SLOW_ONCE, config_file, house_with, sample_warc

pytestmark = pytest.mark.cluster


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A scheduler and two workers of our own."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'wabun[dask]'")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, scheduler_port=0) as found:
        yield found


def options(cluster: Any) -> list[str]:
    return ["--executor", "dask", "--address", cluster.scheduler_address, "--slices", "2", "--procs", "1"]


def test_a_killed_dask_worker_costs_nothing(cluster: Any, quickstart: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = quickstart.started("run", *quickstart.arguments(out), *options(cluster))
    wait_for(lambda: workers_of(out, "00-read"))
    worker = workers_of(out, "00-read")[0]
    lost = slice_of(worker)
    dask_worker = parent_of(parent_of(worker))
    assert dask_worker in [nanny.pid for nanny in cluster.workers.values()]
    kill(dask_worker)
    told = run.communicate(timeout=300)[0]
    assert run.returncode == 0, told
    assert times_begun(out, "00-read", lost) == 2, "the lost slice was not run again"
    assert quickstart.holds(out), told
    wait_for(lambda: not workers_of(out), 60)


def test_a_dask_cluster_of_this_machine_needs_no_address(short: Chain, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'wabun[dask]'")
    out = tmp_path / "out"
    done = short.wabun("run", *short.arguments(out), "--executor", "dask", "--slices", "2", "--procs", "1")
    assert done.returncode == 0, done.stderr
    assert short.holds(out)


def test_jobs_left_by_ctrl_c_go_on_in_the_cluster(cluster: Any, short: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = short.started("run", *short.arguments(out), *options(cluster))
    wait_for(lambda: workers_of(out, "00-read"))
    run.send_signal(signal.SIGINT)
    told = run.communicate(timeout=60)[0]
    assert run.returncode == 130, told
    assert "the jobs go on" in told
    assert "dask job" in short.wabun("status", out).stdout
    short.finished(out)
    assert short.holds(out)


def test_cancel_ends_slices_that_run(cluster: Any, tmp_path: Path) -> None:
    house, wait, out = house_with(tmp_path, "slow_once", SLOW_ONCE), tmp_path / "wait", tmp_path / "out"
    wait.touch()
    config = config_file(tmp_path, ["read", "decode", "extract", f"slow_once: {{signal: '{wait}'}}"])
    slow = Chain(house, str(config), sample_warc(tmp_path / "inputs/a.warc.gz", pages=5).parent)
    queued = slow.wabun("submit", *slow.arguments(out), *options(cluster))
    assert queued.returncode == 0, queued.stderr
    wait_for(lambda: list(out.glob("plans/00-read/running/*")))
    assert "jobs were cancelled" in slow.wabun("cancel", out).stdout
    wait_for(lambda: not workers_of(out), 30)
    wait_for(lambda: "exit code 5" in slice_log(out, "00-read", 0))
    wait.unlink(missing_ok=True)
    slow.retried(out)
