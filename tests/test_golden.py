"""The golden run: the same shards and the same funnel, whatever the workers, the order, and the kills."""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import ROOT, result_of, sample_warc, wabun, wabun_command

CONFIG = ROOT / "configs" / "quickstart.yaml"
FILES = 4


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("inputs")
    return [sample_warc(folder / f"{seed}.warc.gz", pages=60, seed=seed) for seed in range(FILES)]


@pytest.fixture(scope="module")
def golden(inputs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("golden") / "out"
    done = wabun(*command(inputs, out, workers=1))
    assert done.returncode == 0, done.stderr
    return out


def command(inputs: list[Path], out: Path, workers: int) -> list[str]:
    given = [argument for path in inputs for argument in ("-i", str(path))]
    return ["run", str(CONFIG), *given, "-o", str(out), "-w", str(workers)]


def test_four_workers_and_another_order_of_inputs_give_the_same_bytes(
    inputs: list[Path], golden: Path, tmp_path: Path
) -> None:
    done = wabun(*command(inputs[::-1], tmp_path / "out", workers=4))
    assert done.returncode == 0, done.stderr
    assert result_of(tmp_path / "out") == result_of(golden)


def test_the_funnel_adds_up(golden: Path) -> None:
    statistics = json.loads((golden / "stats.json").read_text())
    stages = statistics["stages"]
    for stage in stages:
        assert stage["documents_in"] == stage["kept"] + sum(stage["dropped"].values())
    for before, after in itertools.pairwise(stages):
        assert after["documents_in"] == before["kept"]
    assert stages[-1]["kept"] == sum(shard["rows"] for shard in statistics["shards"]) > 20


def running(inputs: list[Path], out: Path, workers: int = 2) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        wabun_command(*command(inputs, out, workers)),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def num_markers(out: Path) -> int:
    return len(list(out.glob("plans/*/done/*.json")))


@pytest.mark.parametrize("moment", [0, 2, 5, 9, 13])
def test_a_run_killed_at_any_moment_goes_on_to_the_same_bytes(
    inputs: list[Path], golden: Path, tmp_path: Path, moment: int
) -> None:
    out = tmp_path / "out"
    process = running(inputs, out)
    deadline = time.monotonic() + 120
    while num_markers(out) < moment and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(random.Random(moment).random() * 0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = num_markers(out)
    assert before >= moment
    done = wabun(*command(inputs, out, workers=4))
    assert done.returncode == 0, done.stderr
    assert result_of(out) == result_of(golden)
    assert not list(out.rglob("*.tmp"))


def rank_processes(out: Path) -> Iterator[int]:
    """Processes that have a log of this run open: the ranks at work."""
    for path in Path("/proc").glob("[0-9]*/fd/1"):
        try:
            if str(path.readlink()).startswith(str(out)):
                yield int(path.parts[2])
        except OSError:
            continue


def test_a_killed_worker_is_seen_and_its_rank_tried_again(inputs: list[Path], golden: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = running(inputs, out)
    killed = 0
    while process.poll() is None and killed < 2:
        for found in list(rank_processes(out))[:1]:
            os.kill(found, signal.SIGKILL)
            killed += 1
            time.sleep(0.5)
        time.sleep(0.001)
    assert process.wait(timeout=300) == 0
    assert killed == 2
    assert result_of(out) == result_of(golden)


def test_a_second_run_does_nothing_and_says_so_soon(inputs: list[Path], golden: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in golden.rglob("*") if path.is_file()}
    started = time.monotonic()
    done = wabun(*command(inputs, golden, workers=2))
    seconds = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    assert "everything is done already" in done.stderr
    assert seconds < 10  # 2 s on a quiet machine; what must not happen is that work is done
    assert {path: path.stat().st_mtime_ns for path in golden.rglob("*") if path.is_file()} == before


def test_a_changed_threshold_decides_again_without_reading_a_warc(
    inputs: list[Path], golden: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(golden, out)
    moved = tmp_path / "moved"
    documents = {path: path.stat().st_mtime_ns for path in out.glob("data/00-*/*")}
    changed = [*command(inputs, out, workers=2), "--set", "quality.min_characters=500"]
    done = wabun(*changed)
    assert done.returncode == 0, done.stderr
    assert "quality.min_characters: 300 → 500" in done.stderr
    assert "from stored documents; no input is read" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in out.glob("data/00-*/*")} == documents
    fresh = wabun(*command(inputs, moved, workers=2), "--set", "quality.min_characters=500")
    assert fresh.returncode == 0, fresh.stderr
    assert result_of(out) == result_of(moved)
    assert result_of(out) != result_of(golden)


def test_going_back_to_the_old_threshold_gives_the_old_bytes(inputs: list[Path], golden: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(golden, out)
    assert wabun(*command(inputs, out, 2), "--set", "quality.min_characters=500").returncode == 0
    assert wabun(*command(inputs, out, 2)).returncode == 0
    assert result_of(out) == result_of(golden)


def test_an_input_more_reads_only_that_one(inputs: list[Path], golden: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert wabun(*command(inputs[:3], out, 2)).returncode == 0
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("data/00-*/*")}
    assert wabun(*command(inputs, out, 2)).returncode == 0
    after = {path.name: path.stat().st_mtime_ns for path in out.glob("data/00-*/*")}
    assert {name: after[name] for name in before} == before
    assert (out / "stats.json").read_bytes() == (golden / "stats.json").read_bytes()
    assert wabun("verify", out, "--all").returncode == 0
