"""Chains of plans to run on any engine, what the local run gives to compare byte for byte, and ways to kill."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.factories import SLOW_ONCE, config_file, house_with, result_of, sample_warc, wabun, wabun_command

STAGES = ("read", "decode", "extract", "language", "normalize")
NUM_FILES = 12


@dataclass(frozen=True)
class Chain:
    """A config, its inputs, the code that runs it, and the files of the local run."""

    house: Path  # a copy of the project, so that jobs of one run all see the same code
    config: str
    inputs: Path
    expected: dict[str, bytes] = field(default_factory=dict, repr=False)

    def arguments(self, out: Path) -> list[str]:
        """What follows `wabun run` or `wabun submit`."""
        return [self.config, "-i", str(self.inputs), "-o", str(out)]

    def wabun(self, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return wabun(*arguments, cwd=self.house, house=self.house, **environment)

    def started(self, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
        """Start a command that heeds Ctrl-C, whoever started the tests, and come back."""
        return subprocess.Popen(
            wabun_command(*arguments),
            cwd=self.house,
            env=os.environ | {"PYTHONPATH": str(self.house)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )

    def holds(self, out: Path) -> bool:
        """Whether the result is the local run's, byte for byte."""
        return result_of(out) == self.expected

    def retried(self, out: Path) -> None:
        """Queue what is missing of a result, and wait until nothing is."""
        again = self.wabun("retry", out)
        assert again.returncode == 0, again.stderr
        self.finished(out)

    def finished(self, out: Path) -> None:
        """Wait until everything is done and everybody has gone."""
        wait_for(lambda: "everything is done" in self.wabun("retry", out, "--force", "--dry-run").stdout, 300)
        wait_for(lambda: not workers_of(out), 60)


def quickstart_chain(house: Path, folder: Path) -> Chain:
    """The quickstart as it comes with the project, on the files that its own local run makes: a dozen plans."""
    local = folder / "local"
    done = wabun("run", "quickstart", "-o", local, "-w", "2", cwd=house, house=house)
    assert done.returncode == 0, done.stderr
    return Chain(house, "quickstart", local / "inputs", result_of(local))


def short_chain(house: Path, folder: Path) -> Chain:
    """Three plans without a gather."""
    for seed in range(NUM_FILES):
        sample_warc(folder / f"inputs/{seed}.warc.gz", pages=100, seed=seed)
    config = config_file(folder, STAGES, name="short", shard_characters=100_000)
    chain = Chain(house, str(config), folder / "inputs")
    done = chain.wabun("run", *chain.arguments(folder / "local"), "-w", "2")
    assert done.returncode == 0, done.stderr
    return Chain(house, chain.config, chain.inputs, result_of(folder / "local"))


def slow_chain(folder: Path) -> Chain:
    """A chain that takes a minute in its first plan when it is run for the second time; the first is the local run."""
    house, signal = house_with(folder, "slow_once", SLOW_ONCE), folder / "signal"
    config = config_file(folder, ["read", "decode", "extract", f"slow_once: {{signal: '{signal}'}}"])
    chain = Chain(house, str(config), sample_warc(folder / "inputs/a.warc.gz", pages=20).parent)
    done = chain.wabun("run", *chain.arguments(folder / "local"), "-w", "1")
    assert done.returncode == 0, done.stderr
    signal.touch()
    return Chain(house, chain.config, chain.inputs, result_of(folder / "local"))


def assert_taken_up_again_out_of_time(folder: Path, site: Path) -> None:
    """Let the first plan run out of time, and see that the engine runs it again until it is done."""
    out, chain = folder / "out", slow_chain(folder)
    site.write_text(site.read_text() + 'wall_time = "00:10:00"\nmargin_seconds = 595\n')
    assert chain.wabun("plan", *chain.arguments(out)).returncode == 0
    queued = chain.wabun("submit", out / "plans/00-read", "--site", site, "--slices", "1")
    assert queued.returncode == 0, queued.stderr
    wait_for(lambda: list((out / "plans/00-read/done").glob("*")), 300)
    assert "exit code 75" in slice_log(out, "00-read", 0)
    assert times_begun(out, "00-read", 0) >= 2
    assert chain.wabun("run", *chain.arguments(out), "-w", "2").returncode == 0
    assert chain.holds(out)


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait until the condition holds. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s")
        time.sleep(0.05)


def slice_log(out: Path, plan: str, number: int) -> str:
    """What the jobs of one slice have written; empty before the first."""
    path = out / "plans" / plan / "log" / f"slice-{number}.log"
    return path.read_text() if path.exists() else ""


def times_begun(out: Path, plan: str, number: int) -> int:
    """How often a slice was begun, by whatever engine."""
    return slice_log(out, plan, number).count(f"== slice {number} of ")


def workers_of(out: Path, plan: str = "") -> list[int]:
    """Processes that run `wabun work` on a plan of this result."""
    wanted = str(out / "plans" / plan)
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            words = _read(entry / "cmdline").split("\0")
            if "work" in words and any(word.startswith(wanted) for word in words):
                found.append(int(entry.name))
    return found


def environment_of(pid: int) -> dict[str, str]:
    """The environment that a process was started with; empty when it is gone."""
    pairs = (word.partition("=") for word in _read(Path(f"/proc/{pid}/environ")).split("\0"))
    return {name: value for name, _, value in pairs}


def slice_of(worker: int) -> int:
    """The number of the slice that a worker runs."""
    words = _read(Path(f"/proc/{worker}/cmdline")).split("\0")
    return int(words[words.index("--slice") + 1].partition("/")[0])


def parent_of(pid: int) -> int:
    """The process that started this one."""
    return int(_read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[1])


def kill(*pids: int) -> None:
    """End processes at once, in this order, if they are still there."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""
