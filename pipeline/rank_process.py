"""A process that runs ranks of one plan, one after another while they are cheap: its life, and the hold on it.

Forking a process from a server that holds every stage costs more than an empty rank takes. A death loses the rank in
hand and no other; a process that has worked for a second makes room for a fresh one, so nothing it keeps can add up.
"""

import contextlib
import os
import sys
import time
import traceback
import types
from collections.abc import Iterator, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.errors import WabunError
from pipeline.lineage import load_plan
from pipeline.network.folders import open_folder
from pipeline.plan import Plan
from pipeline.statistics import StageCounts
from pipeline.storage import Folder

FRESH_SECONDS = 1.0  # a process younger than this is given a further rank
REPORT_SECONDS = 0.2


class RankProcess:
    """The worker's hold on one process: the rank it runs, since when, and how that ended.

    result: None while it runs; then "done", "failed" (the same again if tried again), "passing" (another try may heal
    it) or "died", with a message.
    """

    def __init__(self, folder: Folder, plan_name: str) -> None:
        context = get_context("forkserver")
        self.reports, other_end = context.Pipe()
        with _no_main():
            self.process = context.Process(target=_live, args=(folder.absolute(), plan_name, other_end))
            self.process.start()
        other_end.close()
        self.born = time.monotonic()
        self.rank = -1
        self.started = self.beat = self.born
        self.result: tuple[str, str] | None = None

    def take(self, rank: int, log: Path) -> bool:
        """Give it a rank. Returns False when it has died while it had nothing to do."""
        self.rank = rank
        self.result = None
        self.started = self.beat = time.monotonic()
        try:
            self.reports.send((rank, str(log)))
        except OSError:
            return False
        return True

    def news(self) -> Iterator[tuple[float, Sequence[StageCounts]]]:
        """What it said since the last time of the share that is done; its result is taken in by the way."""
        try:
            while self.result is None and self.reports.poll():
                kind, *said = self.reports.recv()
                if kind == "progress":
                    yield said[0], said[1]
                else:
                    self.result = (kind, said[0])
        except (EOFError, OSError):
            self.result = ("died", "")

    def is_fresh(self) -> bool:
        """Whether it may be given a further rank."""
        return self.result == ("done", "") and time.monotonic() - self.born < FRESH_SECONDS

    def dismiss(self) -> None:
        """Let it go; nobody waits for that."""
        self.reports.close()

    def kill(self) -> None:
        """End it at once, with what it runs."""
        self.process.kill()
        self.process.join()
        self.reports.close()


@contextlib.contextmanager
def _no_main() -> Iterator[None]:
    """Start a process without the parent's main module, which it does not need and would import again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _live(root: str, plan_name: str, worker: Connection) -> None:
    """The life of a process: take a rank, run it, tell how it ended; until the worker hangs up."""
    folder = open_folder(root)
    with contextlib.suppress(EOFError, OSError):
        while True:
            rank, log = worker.recv()
            _log_to(Path(log))
            result = _run(folder, plan_name, rank, worker)
            _drop_empty(Path(log))
            _send(worker, result)
    os._exit(0)  # all is written and told: taking the interpreter down in order would cost more than an empty rank


def _run(folder: Folder, plan_name: str, rank: int, worker: Connection) -> tuple[str, str]:
    """Run one rank, and say how it ended."""
    from pipeline.ranks import Rank
    from pipeline.ranks.execute import execute

    said = 0.0

    def report(share: float, counts: Sequence[StageCounts]) -> None:
        nonlocal said
        if (now := time.monotonic()) - said >= REPORT_SECONDS:
            said = now
            _send(worker, ("progress", share, list(counts)))

    try:
        plan = _plan(folder.where(f"plans/{plan_name}"))
        manifest = execute(Rank(folder, plan, rank, report))
        _send(worker, ("progress", 1.0, manifest.stages))
    except WabunError as error:
        _log(f"{error}\n")
        return ("passing" if error.may_pass else "failed"), str(error)
    except Exception as error:
        _log(traceback.format_exc())
        passing = isinstance(error, (ConnectionError, TimeoutError))
        return ("passing" if passing else "failed"), f"{type(error).__name__}: {error}"
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return "done", ""


@cache
def _plan(address: str) -> Plan:
    """The plan, read once in a process: that of a dump takes longer to read than an empty rank to run."""
    return load_plan(address)[1]


def _log_to(path: Path) -> None:
    """Let what this process prints go to its rank's log; to nowhere, when the disk has no room for a log."""
    try:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _drop_empty(log: Path) -> None:
    """Take away a log in which nothing stands: a dump has 80,000 ranks, and file systems count files."""
    with contextlib.suppress(OSError):
        if os.fstat(1).st_size == 0:
            log.unlink()


def _log(text: str) -> None:
    """Write to the log what fits there: a full disk must not hide that it is full."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode(errors="backslashreplace"))


def _send(worker: Connection, message: tuple[Any, ...]) -> None:
    """Report to the worker; when it is gone, there is nobody to work for."""
    try:
        worker.send(message)
    except OSError:
        os._exit(1)
