"""The chain on a Ray of two raylets on this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.chains import Chain, wait_for, workers_of

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


def test_a_killed_raylet_costs_nothing(two_nodes: Any, chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--executor", "ray", "--address", two_nodes.address, "--slices", "2", "--procs", "1"]
    run = chain.started("run", *chain.arguments(out), *options)
    wait_for(lambda: list((out / "plans/00-read/done").glob("*")))
    two_nodes.remove_node(next(iter(two_nodes.worker_nodes)), allow_graceful=False)
    told = run.communicate(timeout=400)[0]
    assert run.returncode == 0, told
    assert chain.holds(out), told
    wait_for(lambda: not workers_of(out), 60)
