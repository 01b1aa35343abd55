"""The quickstart through a stand-in for PBS Professional that takes the manual's options and sets its variables."""

import json
from pathlib import Path

import pytest

from pipeline.storage import LocalFolder
from pipeline.submission import submissions
from tests.cluster.chains import Chain, slice_log, slow_chain
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


def jobs_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "pbs/queue").iterdir())]


@pytest.mark.slow
def test_arrays_with_dependencies_give_the_local_runs_bytes(
    pbs: dict[str, str], quickstart: Chain, site: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    queued = quickstart.wabun("submit", *quickstart.arguments(out), "--site", site, **pbs)
    assert queued.returncode == 0, queued.stderr
    assert "2 pending" in quickstart.wabun("status", out, **pbs).stdout
    run_all(tmp_path / "pbs/queue", pbs)
    assert quickstart.holds(out)
    assert {job["state"] for job in jobs_of(tmp_path)} == {"F"}


@pytest.mark.slow
def test_the_first_slice_out_of_time_queues_what_is_missing_until_all_is_done(
    pbs: dict[str, str], site: Path, tmp_path: Path
) -> None:
    out, slow = tmp_path / "out", slow_chain(tmp_path)
    site.write_text(SITE + "margin_seconds = 3595\n")  # five seconds of work at a time
    queued = slow.wabun("submit", *slow.arguments(out), "--site", site, "--slices", "1", **pbs)
    assert queued.returncode == 0, queued.stderr
    run_all(tmp_path / "pbs/queue", pbs)
    assert "exit code 75" in slice_log(out, "00-read", 0)
    assert max(one.attempt for one in submissions(LocalFolder(out))) >= 1
    assert slow.holds(out), [job["state"] for job in jobs_of(tmp_path)]
