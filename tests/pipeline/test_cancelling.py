"""Work that is cancelled from elsewhere, where no scheduler ends it."""

import os
import subprocess
import time
from pathlib import Path

from tests.factories import config_file, sample_warc, wabun, wabun_command
from tests.pipeline.test_running import house_with

SLOW = '''
"""A stage that takes its time where a file asks for that."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import pyarrow as pa

from pipeline.stage import Transform


@dataclass(frozen=True, kw_only=True)
class Slow(Transform):
    """Wait."""

    reads: ClassVar = ("text",)
    signal: Annotated[str, "the file that asks for waiting"] = ""

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Wait at most a minute."""
        for _ in range(600):
            if not Path(self.signal).exists():
                break
            time.sleep(0.1)
        return batch
'''


def test_cancel_ends_a_worker_wherever_it_runs_and_the_same_command_goes_on(tmp_path: Path) -> None:
    house = house_with(tmp_path, "slow", SLOW)
    wait = tmp_path / "wait"
    wait.touch()
    out = tmp_path / "out"
    config = config_file(tmp_path, ["read", "decode", "extract", f"slow: {{signal: '{wait}'}}"])
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
    wait.unlink()
    again = wabun(*arguments, house=house, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
