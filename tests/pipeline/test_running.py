"""What the commands that make a corpus do when something is wrong."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import pytest

from tests.factories import ROOT, config_file, house_with, sample_warc, wabun, wabun_command

STAGES = ("read", "decode")


@pytest.fixture
def warc(tmp_path: Path) -> Path:
    return sample_warc(tmp_path / "in" / "a.warc.gz", pages=20)


FAULTY = '''
"""A stage that fails on purpose."""

import os
import signal
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pyarrow as pa

from pipeline.stage import Transform


@dataclass(frozen=True, kw_only=True)
class Faulty(Transform):
    """Fail on purpose."""

    reads: ClassVar = ("warc_file",)
    how: Annotated[str, "how to fail"] = "raise"
    only: Annotated[str, "the file to fail on"] = "a.warc.gz"

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Fail."""
        if self.only in batch.column("warc_file").to_pylist():
            if self.how == "raise":
                raise RuntimeError("今日は駄目")
            os.kill(os.getpid(), signal.SIGKILL)
        return batch
'''


def test_a_failing_rank_ends_with_its_log_and_the_command_to_run_it_again(tmp_path: Path, warc: Path) -> None:
    house = house_with(tmp_path, "faulty", FAULTY)
    sample_warc(warc.with_name("b.warc.gz"), pages=20, seed=1)
    config = config_file(tmp_path, [*STAGES, "faulty"])
    out = tmp_path / "out"
    done = wabun("run", config, "-i", warc.parent, "-o", out, house=house, cwd=tmp_path)
    assert done.returncode == 3
    assert "rank 0 failed: RuntimeError: 今日は駄目" in done.stderr
    assert "in apply" in done.stderr
    assert f"again: wabun work {out}/plans/00-read --ranks 0" in done.stderr
    assert len(list(out.glob("plans/00-read/done/*.json"))) == 1, "the other rank is done"
    told = json.loads(wabun("status", out, "--json").stdout)
    assert (told[0]["done"], told[0]["failed"], told[0]["missing"]) == (1, 1, 0)
    again = wabun("work", out / "plans/00-read", "--ranks", "0", house=house, cwd=tmp_path)
    assert again.returncode == 3


def test_a_rank_whose_process_dies_is_tried_three_times_and_then_told(tmp_path: Path, warc: Path) -> None:
    house = house_with(tmp_path, "faulty", FAULTY)
    config = config_file(tmp_path, [*STAGES, "faulty: {how: die}"])
    done = wabun("run", config, "-i", warc, "-o", tmp_path / "out", house=house, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.count("trying again") == 2
    assert "its process died (exit code -9) 3 times" in done.stderr


def test_all_that_preflight_finds_is_told_at_once(tmp_path: Path) -> None:
    config = config_file(tmp_path, STAGES)
    (tmp_path / "file").write_text("")
    done = wabun("run", config, "-i", tmp_path / "no.warc.gz", "-i", tmp_path / "*.gz", "-o", tmp_path / "file")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{tmp_path}/no.warc.gz: there is no such file",
        f"{tmp_path}/*.gz: no file matches",
        f"{tmp_path}/file: is a file; the output must be a folder",
    ]


def test_a_config_without_inputs_says_how_to_name_one(tmp_path: Path) -> None:
    done = wabun("run", config_file(tmp_path, STAGES), "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "there is no input; name one with --input or `inputs:`" in done.stderr


def test_a_dry_run_writes_nothing(tmp_path: Path, warc: Path) -> None:
    done = wabun("run", config_file(tmp_path, STAGES), "-i", warc, "-o", tmp_path / "out", "--dry-run")
    assert done.returncode == 0
    assert "00-read" in done.stdout
    assert not (tmp_path / "out").exists()


def test_a_plan_that_needs_another_stops_with_exit_code_4(tmp_path: Path, warc: Path) -> None:
    out = tmp_path / "out"
    assert wabun("plan", config_file(tmp_path, STAGES), "-i", warc, "-o", out).returncode == 0
    done = wabun("work", out / "plans/01-shards", "--slice", "0/2")
    assert done.returncode == 4
    assert "needs plan 00-read, which is not done" in done.stderr


def test_slices_together_do_what_a_run_does(tmp_path: Path, warc: Path) -> None:
    sample_warc(warc.with_name("b.warc.gz"), pages=20, seed=1)
    out = tmp_path / "out"
    wabun("plan", config_file(tmp_path, STAGES), "-i", warc.parent, "-o", out)
    for plan in ("00-read", "01-shards", "02-finish"):
        for part in ("0/2", "1/2"):
            assert wabun("work", out / "plans" / plan, "--slice", part).returncode == 0
    whole = tmp_path / "whole"
    wabun("run", tmp_path / "config.yaml", "-i", warc.parent, "-o", whole)
    assert (out / "stats.json").read_bytes() == (whole / "stats.json").read_bytes()


def test_a_time_budget_ends_with_exit_code_75_and_is_taken_up_again(tmp_path: Path, warc: Path) -> None:
    for seed in range(1, 6):
        sample_warc(warc.with_name(f"{seed}.warc.gz"), pages=40, seed=seed)
    out = tmp_path / "out"
    wabun("plan", config_file(tmp_path, STAGES), "-i", warc.parent, "-o", out)
    done = wabun("work", out / "plans/00-read", "--slice", "0/1", "--time-budget", "0.05")
    assert done.returncode == 75
    assert "the same command goes on" in done.stderr
    assert wabun("work", out / "plans/00-read", "--slice", "0/1").returncode == 0


@pytest.mark.parametrize("written", ["5-x", "a", "9"])
def test_ranks_that_are_none_are_told(tmp_path: Path, warc: Path, written: str) -> None:
    out = tmp_path / "out"
    wabun("plan", config_file(tmp_path, STAGES), "-i", warc, "-o", out)
    done = wabun("work", out / "plans/00-read", "--ranks", written)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_plan_is_told(tmp_path: Path) -> None:
    plan = tmp_path / "plans/00-read/plan.json"
    plan.parent.mkdir(parents=True)
    plan.write_text("{}")
    done = wabun("work", plan, "--slice", "0/1")
    assert done.returncode == 1
    assert "is not a plan of this version" in done.stderr


def as_nobody(arguments: list[object], cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run `wabun` as a user who may not read or write everything."""
    drop = ["setpriv", "--reuid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    python = os.path.realpath(sys.executable)
    packages = sysconfig.get_paths()["purelib"]
    done = subprocess.run(
        [*drop, python, "-m", "pipeline.cli", *map(str, arguments)],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": f"{ROOT}:{packages}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ("wabun" not in done.stderr and "No module named" in done.stderr + done.stdout) or done.returncode in (126, 127):
        pytest.skip(f"another user cannot run this Python: {done.stderr[-200:]}")
    return done


def test_what_may_not_be_read_or_written_is_told_in_a_line_each() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        open_folder, locked = Path(name), Path(name) / "locked"
        open_folder.chmod(0o777)
        sample_warc(locked / "a.warc.gz", pages=5)
        secret = shutil.copy(locked / "a.warc.gz", open_folder / "secret.warc.gz")
        Path(secret).chmod(0)
        locked.chmod(0)
        config = config_file(open_folder, STAGES)
        done = as_nobody(["run", config, "-i", locked, "-i", secret, "-o", locked / "out"], open_folder)
        locked.chmod(0o700)
        assert done.returncode == 2, done.stderr
        assert sorted(done.stderr.splitlines()) == [
            f"{locked}/out: a folder above it may not be entered; choose another --output",
            f"{locked}: cannot be read: Permission denied",
            f"{secret}: cannot be read: Permission denied",
        ]


def test_a_full_disk_ends_in_one_line_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    room = tmp_path / "small"
    room.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", room], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system can be mounted only by root")
    try:
        warc = sample_warc(tmp_path / "in" / "a.warc.gz", pages=400)
        filler = room / "filler"
        config = config_file(tmp_path, [*STAGES, "extract"])
        assert wabun("plan", config, "-i", warc, "-o", room / "out").returncode == 0
        free = shutil.disk_usage(room).free
        filler.write_bytes(bytes(free - 40_000))
        done = wabun("work", room / "out/plans/00-read", "--slice", "0/1")
        assert done.returncode == 3
        assert "the disk is full; free some room and run the same command again" in done.stderr
        assert "Traceback" not in done.stderr
        assert not [path for path in (room / "out" / "data").rglob("*") if path.is_file()]
        filler.unlink()
        assert wabun("work", room / "out/plans/00-read", "--slice", "0/1").returncode == 0
    finally:
        subprocess.run(["umount", "-l", room], check=False)


def test_ctrl_c_stops_and_the_same_command_goes_on(tmp_path: Path, warc: Path) -> None:
    for seed in range(1, 4):
        sample_warc(warc.with_name(f"{seed}.warc.gz"), pages=200, seed=seed)
    config = config_file(tmp_path, STAGES)
    arguments = ("run", config, "-i", warc.parent, "-o", tmp_path / "out", "-w", "1")
    process = subprocess.Popen(
        wabun_command(*arguments),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list((tmp_path / "out").glob("plans/00-read/running/*")) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(2)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert wabun(*arguments).returncode == 0


def test_a_changed_word_list_counts_again_from_stored_documents(tmp_path: Path, warc: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("ありがとう\n", encoding="utf-8")
    config = config_file(tmp_path, [*STAGES, "extract", "dedup_exact", f"ng_words: {{lists: ['{words}']}}"])
    arguments = ("run", config, "-i", warc, "-o", tmp_path / "out")
    assert wabun(*arguments).returncode == 0
    assert "everything is done already" in wabun(*arguments).stderr
    words.write_text("の\n", encoding="utf-8")
    again = wabun(*arguments)
    assert again.returncode == 0, again.stderr
    assert f"{words}: changed" in again.stderr
    assert "from stored documents; no input is read" in again.stderr
