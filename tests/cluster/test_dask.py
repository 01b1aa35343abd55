"""The chain on a Dask cluster on this machine."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.chains import Chain, kill, wait_for, workers_of

pytestmark = pytest.mark.cluster


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A scheduler and two workers of our own."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'wabun[dask]'")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, scheduler_port=0) as found:
        yield found


def test_a_killed_dask_worker_costs_nothing(cluster: Any, chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--executor", "dask", "--address", cluster.scheduler_address, "--slices", "2", "--procs", "1"]
    run = chain.started("run", *chain.arguments(out), *options)
    wait_for(lambda: list((out / "plans/00-read/done").glob("*")))
    kill(next(iter(cluster.workers.values())).pid)
    told = run.communicate(timeout=300)[0]
    assert run.returncode == 0, told
    assert chain.holds(out), told
    wait_for(lambda: not workers_of(out), 60)


def test_a_dask_cluster_of_this_machine_needs_no_address(chain: Chain, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'wabun[dask]'")
    out = tmp_path / "out"
    done = chain.wabun("run", *chain.arguments(out), "--executor", "dask", "--slices", "2", "--procs", "1")
    assert done.returncode == 0, done.stderr
    assert chain.holds(out)


def test_jobs_left_by_ctrl_c_go_on_in_the_cluster(cluster: Any, chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--executor", "dask", "--address", cluster.scheduler_address, "--slices", "2", "--procs", "1"]
    run = chain.started("run", *chain.arguments(out), *options)
    wait_for(lambda: workers_of(out, "00-read"))
    run.send_signal(signal.SIGINT)
    told = run.communicate(timeout=60)[0]
    assert run.returncode == 130, told
    assert "the jobs go on" in told
    assert "dask job" in chain.wabun("status", out).stdout
    wait_for(lambda: (out / "stats.json").exists(), 200)
    wait_for(lambda: "everything is done" in chain.wabun("retry", out).stdout, 60)
    assert chain.holds(out)
