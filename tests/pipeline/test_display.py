"""What a run shows while it works."""

import io
import os
import pty
import subprocess
import time
from pathlib import Path

from pipeline.display import PlainDisplay
from pipeline.plan import Kind, Plan
from pipeline.statistics import StageCounts
from tests.factories import ROOT, config_file, sample_warc, wabun_command

PLAN = Plan("00-read", Kind.DOCUMENTS, (), (), (), {}, (), (), "")


def test_lines_tell_a_plans_ranks_and_its_funnel_when_it_is_done() -> None:
    out = io.StringIO()
    shown = PlainDisplay(out)
    shown.start(PLAN, 2, 0)
    for rank in range(2):
        shown.progress(rank, 1.0, [StageCounts("read", kept=10), StageCounts("decode", kept=9)])
        shown.done(rank)
    first, last = out.getvalue().splitlines()
    assert first == "00-read: 2 ranks"
    assert last.startswith("00-read: done in ")
    assert "read 20 → 20" in last
    assert "decode 18 → 18" in last


def test_nothing_is_said_of_a_plan_that_was_done_before() -> None:
    out = io.StringIO()
    PlainDisplay(out).start(PLAN, 2, 2)
    assert out.getvalue() == ""


def test_on_a_terminal_there_is_a_bar_for_each_stage_in_order(tmp_path: Path) -> None:
    warc = sample_warc(tmp_path / "a.warc.gz", pages=60)
    config = config_file(tmp_path, ["read", "decode"])
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        wabun_command("run", config, "-i", warc, "-o", tmp_path / "out"),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        shown += part
    assert process.wait(timeout=60) == 0
    last = shown.decode(errors="replace").split("shards")[0]
    assert "━" in last
    assert last.rindex("read ") < last.rindex("decode ")
    assert "kept" in last


def test_a_rank_tried_again_and_one_done_before_are_counted_once() -> None:
    out = io.StringIO()
    shown = PlainDisplay(out)
    shown.start(PLAN, 3, 1)
    shown.progress(1, 0.5, [StageCounts("read", kept=4)])
    shown.progress(1, 1.0, [StageCounts("read", kept=10)])
    shown.done(1)
    shown.done(2)
    assert "read 10 → 10" in out.getvalue().splitlines()[-1]
    assert "1 of them done before" in out.getvalue()
