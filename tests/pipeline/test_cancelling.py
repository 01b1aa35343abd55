"""Work that is cancelled from elsewhere, where no scheduler ends it."""

import os
import subprocess
import time
from pathlib import Path

from tests.factories import SLOW_ONCE, config_file, house_with, sample_warc, wabun, wabun_command


def test_cancel_ends_a_worker_wherever_it_runs_and_the_same_command_goes_on(tmp_path: Path) -> None:
    house = house_with(tmp_path, "slow_once", SLOW_ONCE)
    wait = tmp_path / "wait"
    wait.touch()
    out = tmp_path / "out"
    config = config_file(tmp_path, ["read", "decode", "extract", f"slow_once: {{signal: '{wait}'}}"])
    arguments = ("run", config, "-i", sample_warc(tmp_path / "a.warc.gz", pages=5), "-o", out, "-w", "1")
    process = subprocess.Popen(
        wabun_command(*arguments),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(house)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(out.glob("plans/00-read/running/*")) and process.poll() is None:
        time.sleep(0.01)
    cancelled = wabun("cancel", out, house=house, cwd=tmp_path)
    assert "workers that are at work stop in some seconds" in cancelled.stdout
    _, told = process.communicate(timeout=60)
    assert process.returncode == 5, told
    assert "00-read: cancelled, 1 ranks are missing" in told
    assert "Traceback" not in told
    wait.unlink(missing_ok=True)
    again = wabun(*arguments, house=house, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
