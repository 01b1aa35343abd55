"""The chain on a real Grid Engine on this machine."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.chains import NUM_FILES, Chain, kill, wait_for, workers_of
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


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return path


def test_arrays_held_behind_one_another_give_the_local_runs_bytes(chain: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = chain.wabun("run", *chain.arguments(out), "--site", site)
    assert done.returncode == 0, done.stderr
    assert chain.holds(out)


def test_jobs_let_go_after_a_failure_stop_at_the_gate(chain: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert chain.wabun("submit", *chain.arguments(out), "--site", site).returncode == 0
    wait_for(lambda: workers_of(out, "00-read"))
    for worker in workers_of(out, "00-read"):
        kill(worker)
    behind = out / "plans/01-dedup_exact.sketch/log/slice-0.log"
    wait_for(lambda: behind.exists() and "exit code 4" in behind.read_text(), 120)
    assert "needs plan 00-read" in behind.read_text()
    wait_for(lambda: "no job waits or runs" in chain.wabun("cancel", out).stdout, 120)
    assert chain.wabun("retry", out).returncode == 0
    wait_for(lambda: "everything is done" in chain.wabun("retry", out).stdout, 200)
    assert chain.holds(out)


def test_a_job_out_of_time_asks_to_be_run_again(chain: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    site.write_text(SITE + 'wall_time = "00:10:00"\nmargin_seconds = 599\n')  # one second of work at a time
    assert chain.wabun("plan", *chain.arguments(out)).returncode == 0
    queued = chain.wabun("submit", out / "plans/00-read", "--site", site, "--slices", "1")
    assert queued.returncode == 0, queued.stderr
    wait_for(lambda: len(list((out / "plans/00-read/done").glob("*"))) == NUM_FILES, 300)
    log = (out / "plans/00-read/log/slice-0.log").read_text()
    assert "exit code 75" in log
    assert log.count("== slice 0 of 1") >= 2
    assert chain.wabun("run", *chain.arguments(out), "-w", "2").returncode == 0
    assert chain.holds(out)
