"""The chain through a stand-in for PBS Professional that takes its options and sets its variables."""

import json
from pathlib import Path

import pytest

from pipeline.storage import LocalFolder
from pipeline.submission import submissions
from tests.cluster.chains import Chain
from tests.cluster.pbs_stand_in import install, run_all

SITE = """
executor = "pbs"
account = "grp"
queue = "rt_HC"
resources = ["select=1:ncpus=2"]
wall_time = "01:00:00"
slices = 2
procs = 1
patience_seconds = 0
"""


@pytest.fixture
def pbs(tmp_path: Path) -> dict[str, str]:
    return install(tmp_path / "pbs")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return path


def jobs_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "pbs/queue").iterdir())]


@pytest.mark.slow
def test_arrays_with_dependencies_give_the_local_runs_bytes(
    pbs: dict[str, str], chain: Chain, site: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    queued = chain.wabun("submit", *chain.arguments(out), "--site", site, **pbs)
    assert queued.returncode == 0, queued.stderr
    assert "1 pending" in chain.wabun("status", out, **pbs).stdout
    run_all(tmp_path / "pbs/queue", pbs)
    assert chain.holds(out)
    assert {job["state"] for job in jobs_of(tmp_path)} == {"F"}


@pytest.mark.slow
def test_the_first_slice_out_of_time_queues_what_is_missing_once(
    pbs: dict[str, str], chain: Chain, site: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    site.write_text(SITE + "margin_seconds = 3599\n")  # one second of work at a time
    assert chain.wabun("plan", *chain.arguments(out)).returncode == 0
    assert chain.wabun("submit", out / "plans/00-read", "--site", site, **pbs).returncode == 0
    fast = submissions(LocalFolder(out))[0]
    run_all(tmp_path / "pbs/queue", pbs)
    assert fast.attempt == 0
    assert max(one.attempt for one in submissions(LocalFolder(out))) >= 1, "the slices were not out of time"
    done = chain.wabun("run", *chain.arguments(out), "-w", "2")
    assert done.returncode == 0, done.stderr
    assert chain.holds(out)
