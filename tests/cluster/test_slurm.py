"""The quickstart, and a shorter chain, on a real Slurm of two nodes on this machine."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.storage import LocalFolder
from pipeline.submission import submissions
from tests.cluster.chains import (
    Chain,
    assert_taken_up_again_out_of_time,
    environment_of,
    kill,
    parent_of,
    slice_of,
    times_begun,
    wait_for,
    workers_of,
)
from tests.shared import SHARED

pytestmark = pytest.mark.cluster
SITE = """
executor = "slurm"
resources = ["--mem-per-cpu=2G"]
slices = 2
procs = 1
patience_seconds = 10
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Slurm of our own; its folder."""
    up = SHARED / "tools" / "slurm-up.sh"
    if not up.is_file() or os.geteuid() != 0:
        pytest.skip(f"Slurm is brought up by {up}, as root")
    folder = tmp_path_factory.mktemp("slurm")
    ports = {"CTL_PORT": str(_free_port()), "D_PORT": str(_free_port())}  # another Slurm may be here
    brought = subprocess.run(
        [up, "up", folder, "2"], env=os.environ | ports, capture_output=True, text=True, timeout=300, check=False
    )
    if brought.returncode or shutil.which("sbatch") is None:
        subprocess.run([up, "down", folder], check=False, timeout=60)
        pytest.skip(f"Slurm could not be brought up: {brought.stderr[-300:]}")
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    yield folder
    subprocess.run(["scancel", "--user=root"], check=False, timeout=60)
    subprocess.run([up, "down", folder], check=False, timeout=60)
    del os.environ["SLURM_CONF"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_the_quickstart_outlives_a_killed_worker_and_a_dead_node(
    slurm: Path, quickstart: Chain, site: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ["run", *quickstart.arguments(out), "--site", site]
    run = quickstart.started(*arguments)
    worker = _first_worker(out)
    killed = slice_of(worker)
    kill(worker)
    told = run.communicate(timeout=200)[0]
    assert run.returncode == 3, told
    assert "no job is left" in told
    assert "wabun retry" in told
    assert not list((out / "plans").glob("*sketch/done/*")), "those behind did not stop"

    run = quickstart.started(*arguments)
    worker = _first_worker(out)
    [again] = [one for one in submissions(LocalFolder(out)) if one.plan == "00-read" and one.ranks]
    assert again.ranks == f"{killed},{killed + 2}", "not the ranks of the slice that was killed"
    node, lost = environment_of(worker)["SLURMD_NODENAME"], slice_of(worker)
    script = parent_of(worker)
    step = parent_of(script)
    kill(int((slurm / f"run/slurmd-{node}.pid").read_text()), step, script, worker)  # as if the power went
    try:
        told = run.communicate(timeout=300)[0]
        assert run.returncode == 0, told
        assert times_begun(out, "00-read", lost) == 3, "the lost slice was not requeued"
        assert quickstart.holds(out)
        assert quickstart.wabun("verify", out).returncode == 0
        assert "Name=wabun-11-finish" in (slurm / "log/jobcomp.txt").read_text()
    finally:
        subprocess.run(["slurmd", "-N", node], check=False, timeout=60)
        wait_for(lambda: node in _idle_nodes(), 90)


def _first_worker(out: Path) -> int:
    """A worker of the first plan, as soon as there is one."""
    wait_for(lambda: workers_of(out, "00-read"))
    return workers_of(out, "00-read")[0]


def _idle_nodes() -> str:
    told = subprocess.run(["sinfo", "-h", "-N", "-t", "idle", "-o", "%N"], capture_output=True, text=True, check=False)
    return told.stdout


def test_a_job_out_of_time_is_requeued(slurm: Path, site: Path, tmp_path: Path) -> None:
    assert_taken_up_again_out_of_time(tmp_path, site)


def test_two_submissions_at_once_do_no_harm(slurm: Path, short: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = short.wabun("submit", *short.arguments(out), "--site", site)
    second = short.wabun("submit", *short.arguments(out), "--site", site)
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    short.finished(out)
    short.wabun("cancel", out)
    assert short.holds(out)
    assert short.wabun("verify", out).returncode == 0


def test_cancelled_jobs_are_gone_and_retry_goes_on(slurm: Path, short: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert short.wabun("submit", *short.arguments(out), "--site", site).returncode == 0
    refused = short.wabun("retry", out)
    assert refused.returncode == 1
    assert "still wait or run" in refused.stderr
    assert "jobs were cancelled" in short.wabun("cancel", out).stdout
    wait_for(lambda: "no job waits or runs" in short.wabun("cancel", out).stdout, 60)
    assert not (out / "stats.json").exists()
    short.retried(out)
    assert short.holds(out)
