"""A small chain of plans to run on any engine, and what the local run gives, to compare byte for byte."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.factories import ROOT, config_file, result_of, sample_warc, wabun, wabun_command

STAGES = ("read", "decode", "extract", "normalize", "dedup_exact")
NUM_FILES = 6


@dataclass(frozen=True)
class Chain:
    """A config, its inputs, the code that runs it, and the files of the local run."""

    folder: Path
    expected: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def house(self) -> Path:
        """A copy of the project, so that jobs of one run all see the same code."""
        return self.folder / "house"

    def arguments(self, out: Path) -> list[str]:
        """What follows `wabun run` or `wabun submit`."""
        return [str(self.folder / "config.yaml"), "-i", str(self.folder / "inputs"), "-o", str(out)]

    def wabun(self, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return wabun(*arguments, cwd=self.house, house=self.house, **environment)

    def started(self, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
        """Start a command and come back."""
        return subprocess.Popen(
            wabun_command(*arguments),
            cwd=self.house,
            env=os.environ | {"PYTHONPATH": str(self.house)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def holds(self, out: Path) -> bool:
        """Whether the result is the local run's, byte for byte."""
        return result_of(out) == self.expected


def make_chain(folder: Path) -> Chain:
    """Write the config and its inputs, and run them here."""
    for top in ("pipeline", "stages", "configs"):
        shutil.copytree(ROOT / top, folder / "house" / top, ignore=shutil.ignore_patterns("__pycache__"))
    for seed in range(NUM_FILES):
        sample_warc(folder / f"inputs/{seed}.warc.gz", pages=60, seed=seed)
    config_file(folder, STAGES, name="chain", shard_characters=20_000)
    chain = Chain(folder)
    done = chain.wabun("run", *chain.arguments(folder / "local"), "-w", "2")
    assert done.returncode == 0, done.stderr
    return Chain(folder, result_of(folder / "local"))


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait until the condition holds. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s")
        time.sleep(0.05)


def workers_of(out: Path, plan: str = "") -> list[int]:
    """Processes that run `wabun work` on a plan of this result."""
    wanted = str(out / "plans" / plan)
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if "work" in words and any(word.startswith(wanted) for word in words):
                found.append(int(entry.name))
    return found


def kill(pid: int) -> None:
    """End a process at once, if it is still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
