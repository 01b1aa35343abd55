"""The quickstart, and a shorter chain, on a Ray of two raylets on this machine."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.chains import Chain, parent_of, slice_of, times_begun, wait_for, workers_of

pytestmark = pytest.mark.cluster


@pytest.fixture
def two_nodes() -> Iterator[Any]:
    """A head that runs nothing, and two raylets of one processor each."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'wabun[ray]'")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    cluster.add_node(num_cpus=1)
    yield cluster
    cluster.shutdown()


def options(cluster: Any) -> list[str]:
    return ["--executor", "ray", "--address", cluster.address, "--slices", "2", "--procs", "1"]


def test_a_killed_raylet_costs_nothing(two_nodes: Any, quickstart: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = quickstart.started("run", *quickstart.arguments(out), *options(two_nodes))
    wait_for(lambda: workers_of(out, "00-read"))
    worker = workers_of(out, "00-read")[0]
    lost, raylet = slice_of(worker), parent_of(parent_of(parent_of(worker)))
    [node] = [n for n in two_nodes.worker_nodes if raylet in [one.process.pid for one in n.all_processes["raylet"]]]
    two_nodes.remove_node(node, allow_graceful=False)
    told = run.communicate(timeout=400)[0]
    assert run.returncode == 0, told
    assert times_begun(out, "00-read", lost) == 2, "the lost slice was not run again"
    assert quickstart.holds(out), told
    wait_for(lambda: not workers_of(out), 60)


def test_jobs_left_by_ctrl_c_go_on_in_the_cluster(two_nodes: Any, short: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = short.started("run", *short.arguments(out), *options(two_nodes))
    wait_for(lambda: workers_of(out, "00-read"))
    run.send_signal(signal.SIGINT)
    told = run.communicate(timeout=60)[0]
    assert run.returncode == 130, told
    assert "the jobs go on" in told
    assert "ray job" in short.wabun("status", out).stdout
    wait_for(lambda: (out / "stats.json").exists(), 200)
    short.finished(out)
    assert short.holds(out)


def test_cancelled_jobs_are_gone_and_retry_goes_on(two_nodes: Any, short: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    queued = short.wabun("submit", *short.arguments(out), *options(two_nodes))
    assert queued.returncode == 0, queued.stderr
    assert "jobs were cancelled" in short.wabun("cancel", out).stdout
    wait_for(lambda: not workers_of(out), 60)
    assert "no job waits or runs" in short.wabun("cancel", out).stdout
    assert not (out / "stats.json").exists()
    short.retried(out)
    assert short.holds(out)
