"""Ranks that share a process, and those that do not."""

import json
from pathlib import Path

from tests.factories import config_file, house_with, result_of, sample_warc, wabun
from tests.pipeline.test_running import FAULTY

STAGES = ("read", "decode", "extract", "dedup_exact")
NUM_FILES = 6


def inputs(tmp_path: Path) -> Path:
    for seed in range(NUM_FILES):
        sample_warc(tmp_path / f"inputs/{'abcdef'[seed]}.warc.gz", pages=20, seed=seed)
    return tmp_path / "inputs"


def processes(out: Path, plan: str) -> set[str]:
    """Those that ran a plan's ranks, as their markers say."""
    return {json.loads(marker.read_bytes())["host"] for marker in (out / "plans" / plan / "done").iterdir()}


def test_the_bytes_do_not_depend_on_which_ranks_share_a_process(tmp_path: Path) -> None:
    config, files = config_file(tmp_path, STAGES), inputs(tmp_path)
    house = house_with(tmp_path, "faulty", FAULTY)
    code = house / "pipeline/rank_process.py"
    written = code.read_text(encoding="utf-8")
    assert "FRESH_SECONDS = 1.0" in written
    for fresh in ("1000.0", "0.0"):
        code.write_text(written.replace("FRESH_SECONDS = 1.0", f"FRESH_SECONDS = {fresh}"), encoding="utf-8")
        done = wabun("run", config, "-i", files, "-o", tmp_path / f"out-{fresh}", "-w", "1", house=house, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert len(processes(tmp_path / "out-1000.0", "00-read")) == 1
    assert len(processes(tmp_path / "out-0.0", "00-read")) == NUM_FILES
    assert result_of(tmp_path / "out-1000.0") == result_of(tmp_path / "out-0.0")


def test_a_death_loses_the_rank_in_hand_and_no_other(tmp_path: Path) -> None:
    house = house_with(tmp_path, "faulty", FAULTY)
    config = config_file(tmp_path, ["read", "decode", "faulty: {how: die, only: c.warc.gz}"])
    out = tmp_path / "out"
    done = wabun("run", config, "-i", inputs(tmp_path), "-o", out, "-w", "1", house=house, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.count("00-read rank 2: its process died (exit code -9); trying again") == 2
    told = json.loads(wabun("status", out, "--json").stdout)
    assert (told[0]["done"], told[0]["failed"], told[0]["missing"]) == (NUM_FILES - 1, 1, 0)
