"""Makers of what tests need: batches, WARC files, and a `wabun` of their own process."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.inputs import LocalInput, resolve_inputs
from stages.sample import write_sample

ROOT = Path(__file__).resolve().parent.parent
SLOW_ONCE = '''
"""A stage that a file makes slow, once."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import pyarrow as pa

from pipeline.stage import Transform


@dataclass(frozen=True, kw_only=True)
class SlowOnce(Transform):
    """Wait a minute where the file is there, and take it away."""

    reads: ClassVar = ("text",)
    signal: Annotated[str, "the file that asks for waiting"] = ""

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch as it is."""
        if Path(self.signal).exists():
            Path(self.signal).unlink()
            time.sleep(60)
        return batch
'''


def batch(**columns: Any) -> pa.RecordBatch:
    """A batch: `batch(text=["ひらがな", ""])`."""
    return pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in columns.items()})


def sample_input(folder: Path, pages: int = 60, seed: int = 0) -> LocalInput:
    """A synthetic WARC as an input."""
    return resolve_inputs([str(sample_warc(folder / f"sample-{pages}-{seed}.warc.gz", pages, seed))])[0]


def sample_warc(path: Path, pages: int = 60, seed: int = 0) -> Path:
    """A synthetic WARC at this path."""
    stream = io.BytesIO()
    write_sample(stream, num_pages=pages, seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stream.getvalue())
    return path


def copied_house(folder: Path) -> Path:
    """A copy of the project's code."""
    for top in ("pipeline", "stages", "configs"):
        shutil.copytree(ROOT / top, folder / top, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def house_with(tmp_path: Path, name: str, code: str) -> Path:
    """A copy of the project with one more stage."""
    house = copied_house(tmp_path / "house")
    (house / "stages" / f"{name}.py").write_text(code, encoding="utf-8")
    return house


def wabun(
    *arguments: object, cwd: Path = ROOT, house: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `wabun` in a process of its own, with the code of `house`."""
    return subprocess.run(
        wabun_command(*arguments),
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(house)} | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def wabun_command(*arguments: object) -> list[str]:
    """The command line of `wabun` with this Python."""
    return [sys.executable, "-m", "pipeline.cli", *map(str, arguments)]


def result_of(folder: Path) -> dict[str, bytes]:
    """Every byte that the same config and inputs must give again: shards, the dropped, statistics, card."""
    names = [
        *sorted(folder.glob("shards/[!.]*")),  # what a killed writer left aside is no part of it
        *sorted(folder.glob("dropped/[!.]*")),
        folder / "stats.json",
        folder / "README.md",
    ]
    return {str(path.relative_to(folder)): path.read_bytes() for path in names}


def config_file(folder: Path, stages: Sequence[str] = (), **settings: Any) -> Path:
    """A config of these stages, each a line of YAML such as `quality: {min_characters: 10}`."""
    path = folder / "config.yaml"
    lines = [f"{name}: {value}" for name, value in settings.items()]
    lines += ["stages:", *(f"  {stage}" if ":" in stage else f"  {stage}:" for stage in stages)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
