"""The chain on a real Slurm of two nodes on this machine."""

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
    brought = subprocess.run([up, "up", folder, "2"], capture_output=True, text=True, timeout=300, check=False)
    if brought.returncode or shutil.which("sbatch") is None:
        pytest.skip(f"Slurm could not be brought up: {brought.stderr[-300:]}")
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    yield folder
    subprocess.run(["scancel", "--user=root"], check=False, timeout=60)
    subprocess.run([up, "down", folder], check=False, timeout=60)
    del os.environ["SLURM_CONF"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return path


def test_arrays_behind_one_another_give_the_local_runs_bytes(
    slurm: Path, chain: Chain, site: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = chain.wabun("run", *chain.arguments(out), "--site", site)
    assert done.returncode == 0, done.stderr
    assert "01-dedup_exact.sketch: done" in done.stderr or "01-dedup_exact.sketch: " in done.stderr
    assert chain.holds(out)
    history = (slurm / "log/jobcomp.txt").read_text()
    assert "Name=wabun-00-read" in history
    assert chain.wabun("verify", out).returncode == 0


def test_a_killed_worker_stops_those_behind_it_and_retry_takes_up_only_what_is_missing(
    slurm: Path, chain: Chain, site: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = chain.started("run", *chain.arguments(out), "--site", site)
    wait_for(lambda: len(list((out / "plans/00-read/done").glob("*"))) >= 1)
    killed = workers_of(out, "00-read")
    assert killed
    kill(killed[0])
    told = run.communicate(timeout=200)[0]
    assert run.returncode == 3, told
    assert "no job is left" in told
    assert "wabun retry" in told
    again = chain.wabun("retry", out)
    assert again.returncode == 0, again.stderr
    status = chain.wabun("status", out)
    assert "slurm job" in status.stdout, status.stdout + status.stderr
    wait_for(lambda: "everything is done" in chain.wabun("retry", out).stdout, 200)
    assert chain.holds(out)


def test_a_dead_nodes_jobs_run_elsewhere(slurm: Path, chain: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = chain.started("run", *chain.arguments(out), "--site", site)
    wait_for(lambda: len(workers_of(out, "00-read")) >= 2)
    pid = int((slurm / "run/slurmd-n2.pid").read_text())
    kill(pid)
    for worker in workers_of(out, "00-read"):
        environment = Path(f"/proc/{worker}/environ").read_bytes().decode(errors="replace")
        if "SLURMD_NODENAME=n2" in environment:
            kill(int(Path(f"/proc/{worker}/stat").read_text().split()[3]))  # the script first, as if the power went
            kill(worker)
    try:
        told = run.communicate(timeout=300)[0]
        if run.returncode:  # the script's end was still seen: its job failed like any other
            assert chain.wabun("retry", out).returncode == 0, told
            wait_for(lambda: "everything is done" in chain.wabun("retry", out).stdout, 200)
        assert chain.holds(out), told
    finally:
        subprocess.run(["slurmd", "-N", "n2"], check=False, timeout=60)
        wait_for(lambda: "n2" in _sinfo("idle"), 90)


def _sinfo(state: str) -> str:
    told = subprocess.run(["sinfo", "-h", "-N", "-t", state, "-o", "%N"], capture_output=True, text=True, check=False)
    return told.stdout


def test_a_job_out_of_time_is_requeued(slurm: Path, chain: Chain, site: Path, tmp_path: Path) -> None:
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


def test_two_submissions_at_once_do_no_harm(slurm: Path, chain: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = chain.wabun("submit", *chain.arguments(out), "--site", site)
    second = chain.wabun("submit", *chain.arguments(out), "--site", site)
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    wait_for(lambda: "everything is done" in chain.wabun("retry", out, "--force", "--dry-run").stdout, 240)
    chain.wabun("cancel", out)
    assert chain.holds(out)
    assert chain.wabun("verify", out).returncode == 0


def test_cancelled_jobs_are_gone_and_retry_goes_on(slurm: Path, chain: Chain, site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert chain.wabun("submit", *chain.arguments(out), "--site", site).returncode == 0
    refused = chain.wabun("retry", out)
    assert refused.returncode == 1
    assert "still wait or run" in refused.stderr
    assert "jobs were cancelled" in chain.wabun("cancel", out).stdout
    wait_for(lambda: "no job waits or runs" in chain.wabun("cancel", out).stdout, 60)
    assert not list((out / "shards").glob("*"))
    again = chain.wabun("retry", out)
    assert again.returncode == 0, again.stderr
    wait_for(lambda: "everything is done" in chain.wabun("retry", out).stdout, 200)
    assert chain.holds(out)
