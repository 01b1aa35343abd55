"""The quickstart, and a slower chain, on a real Grid Engine on this machine."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.chains import (
    Chain,
    assert_taken_up_again_out_of_time,
    kill,
    parent_of,
    slice_log,
    slice_of,
    times_begun,
    wait_for,
    workers_of,
)
from tests.shared import SHARED

pytestmark = pytest.mark.cluster
SITE = """
executor = "sge"
slices = 2
procs = 1
patience_seconds = 3
"""


@pytest.fixture(scope="module", autouse=True)
def grid_engine() -> Iterator[None]:
    """A Grid Engine of our own."""
    up = SHARED / "tools" / "sge-up.sh"
    if not up.is_file() or os.geteuid() != 0:
        pytest.skip(f"Grid Engine is brought up by {up}, as root")
    brought = subprocess.run([up, "up"], capture_output=True, text=True, timeout=300, check=False)
    if brought.returncode or shutil.which("sge_qmaster") is None:
        pytest.skip(f"Grid Engine could not be brought up: {brought.stderr[-300:]}")
    yield
    subprocess.run(["qdel", "-u", "root"], check=False, timeout=60, capture_output=True)
    subprocess.run([up, "down"], check=False, timeout=60)


def test_jobs_let_go_after_a_killed_worker_stop_at_the_gate(quickstart: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    submit = quickstart.started("submit", *quickstart.arguments(out), "--site", site)
    wait_for(lambda: workers_of(out, "00-read"))  # the first array runs while the others are still being queued
    kill(*workers_of(out, "00-read"))
    told = submit.communicate(timeout=100)[0]
    assert submit.returncode == 0, told
    wait_for(lambda: "exit code 4" in slice_log(out, "01-dedup_exact.sketch", 0))
    assert "needs plan 00-read" in slice_log(out, "01-dedup_exact.sketch", 0)
    assert "exit code 137" in slice_log(out, "00-read", 0) + slice_log(out, "00-read", 1)
    wait_for(lambda: "no job waits or runs" in quickstart.wabun("cancel", out).stdout)
    quickstart.retried(out)
    assert quickstart.holds(out)


def test_jobs_of_a_dead_node_daemon_are_run_again(quickstart: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = quickstart.started("run", *quickstart.arguments(out), "--site", site)
    wait_for(lambda: workers_of(out, "00-read"))
    worker = workers_of(out, "00-read")[0]
    lost = slice_of(worker)
    script = parent_of(worker)
    shepherd = parent_of(script)
    kill(parent_of(shepherd), shepherd, script, worker)  # as if the power went
    subprocess.run(["sge_execd"], check=True, timeout=60)
    told = run.communicate(timeout=400)[0]
    assert run.returncode == 0, told
    assert times_begun(out, "00-read", lost) == 2, "the lost slice was not run again"
    assert quickstart.holds(out)


def test_a_job_out_of_time_asks_to_be_run_again(site: Path, tmp_path: Path) -> None:
    assert_taken_up_again_out_of_time(tmp_path, site)
