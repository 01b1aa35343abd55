"""Runs ranks of one plan: a process each, a death seen and retried, a time budget kept.

The processes come from a fork server that has imported the stages and compiled their kernels once, so that starting
a rank costs milliseconds and no two processes compile side by side.
"""

import contextlib
import os
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import OutOfTime, PlanNotReady, RanksFailed, StorageError, WabunError
from pipeline.lineage import StoredPlans, load_plan
from pipeline.plan import Plan
from pipeline.ranks.survey import done_ranks, is_done, work_items
from pipeline.statistics import StageCounts
from pipeline.storage import Folder

MAX_RETRIES = 2
REPORT_SECONDS = 0.2
HEARTBEAT_SECONDS = 15.0
GATE_SECONDS = 2.0
LOG_LINES = 8


class Listener(Protocol):
    """Who wants to know how the work goes."""

    def start(self, plan: Plan, num_ranks: int, num_done: int) -> None:
        """A plan's ranks begin."""

    def progress(self, rank: int, share: float, counts: Sequence[StageCounts]) -> None:
        """A rank has come this far (share of its input, in [0, 1])."""

    def done(self, rank: int) -> None:
        """A rank is done."""

    def say(self, line: str) -> None:
        """A line for the user."""


@dataclass
class _Running:
    """A rank at work in a process of its own."""

    rank: int
    process: ForkServerProcess
    reports: Connection
    started: float
    beat: float = 0.0
    result: tuple[str, str] | None = None


@dataclass
class Worker:
    """Runs the given ranks of one plan, at most `num_processes` at a time."""

    folder: Folder
    plan: Plan
    num_processes: int
    listener: Listener
    time_budget: float | None = None
    failed: dict[int, str] = field(default_factory=dict)

    def run(self, choose: Callable[[int], Sequence[int]]) -> int:
        """Run the chosen ranks that are not done. Returns how many were run.

        `choose` is given the number of ranks and returns those to run. Raises PlanNotReady, RanksFailed, OutOfTime.
        """
        plans = self._ready_plans()
        num_ranks = len(work_items(self.folder, self.plan, plans))
        done = done_ranks(self.folder, self.plan)
        todo = [rank for rank in choose(num_ranks) if rank not in done]
        self.listener.start(self.plan, num_ranks, len(done))
        if todo:
            self._run(todo)
        return len(todo)

    def wait_until_ready(self, patience: float) -> None:
        """Wait at most `patience` seconds for the plans that this one needs. Raises PlanNotReady.

        A file system over a network may show the last markers of a plan some seconds after they were written.
        """
        deadline = time.monotonic() + patience
        while True:
            try:
                self._ready_plans()
                return
            except PlanNotReady:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(min(GATE_SECONDS, patience))

    def _ready_plans(self) -> StoredPlans:
        """All plans by name, once those that this one needs are done. Raises PlanNotReady."""
        plans = StoredPlans(self.folder)
        for name in self.plan.needs:
            if not is_done(self.folder, plans[name], plans):
                raise PlanNotReady(f"plan {self.plan.name} needs plan {name}, which is not done; run that first")
        return plans

    def _run(self, todo: list[int]) -> None:
        waiting = list(reversed(todo))
        attempts: dict[int, int] = {}
        running: list[_Running] = []
        deadline = time.monotonic() + self.time_budget if self.time_budget else None
        longest = 0.0
        try:
            while waiting or running:
                now = time.monotonic()
                if deadline and now > deadline:
                    raise OutOfTime(self._out_of_time(len(waiting) + len(running)))
                room = deadline is None or not longest or now + longest < deadline
                while waiting and room and len(running) < self.num_processes:
                    running.append(self._start(waiting.pop()))
                if waiting and not running:
                    raise OutOfTime(self._out_of_time(len(waiting)))
                self._listen(running)
                for item in [item for item in running if item.result is not None or not item.process.is_alive()]:
                    running.remove(item)
                    longest = max(longest, time.monotonic() - item.started)
                    if self._ended(item, attempts):
                        waiting.append(item.rank)
        finally:
            for item in running:
                item.process.kill()
                item.process.join()
                self._unmark("running", item.rank)
        if self.failed:
            raise RanksFailed(self._failures())

    def _start(self, rank: int) -> _Running:
        receive, send = get_context("forkserver").Pipe(duplex=False)
        log = self.folder.local(self._log_name(rank))
        log.parent.mkdir(parents=True, exist_ok=True)
        with _no_main():
            process = get_context("forkserver").Process(
                target=_rank_process, args=(str(self.folder), self.plan.name, rank, send, str(log))
            )
            process.start()
        send.close()
        self._mark("running", rank, "")
        return _Running(rank, process, receive, time.monotonic(), time.monotonic())

    def _listen(self, running: Sequence[_Running]) -> None:
        """Wait for news, take it in, and keep the heartbeats going."""
        by_reports = {item.reports: item for item in running if item.result is None}
        sources: list[Any] = [*by_reports, *(item.process.sentinel for item in running)]
        for ready in connection.wait(sources, timeout=0.5):
            item = by_reports.get(ready)  # type: ignore[call-overload]
            if item is not None:
                self._take_in(item)
        now = time.monotonic()
        for item in running:
            if now - item.beat > HEARTBEAT_SECONDS:
                item.beat = now
                self._mark("running", item.rank, "")

    def _take_in(self, item: _Running) -> None:
        try:
            while item.reports.poll():
                kind, *said = item.reports.recv()
                if kind == "progress":
                    self.listener.progress(item.rank, *said)
                else:
                    item.result = (kind, said[0])
        except (EOFError, OSError):
            item.result = item.result or ("died", "")

    def _ended(self, item: _Running, attempts: dict[int, int]) -> bool:
        """Take in how a rank's process ended. Returns whether the rank is to be tried again."""
        self._take_in(item)
        kind, message = item.result or ("died", "")
        if kind != "done":  # one that is done only has to go; the next need not wait for that
            item.process.join()
        item.reports.close()
        self._unmark("running", item.rank)
        if kind == "done" or self.folder.exists(self.plan.marker_name(item.rank)):  # or another worker was first
            self._unmark("failed", item.rank)
            self.listener.done(item.rank)
            return False
        attempts[item.rank] = attempts.get(item.rank, 0) + 1
        if kind == "died":
            message = f"its process died (exit code {item.process.exitcode})"
            if attempts[item.rank] <= MAX_RETRIES:
                self.listener.say(f"{self.plan.name} rank {item.rank}: {message}; trying again")
                return True
            message += f" {attempts[item.rank]} times"
        self.failed[item.rank] = message
        self._mark("failed", item.rank, message)
        return False

    def _failures(self) -> str:
        """Each failed rank with its message, its log's last lines and the command to run it again."""
        lines = []
        for rank, message in sorted(self.failed.items()):
            log = self.folder.local(self._log_name(rank))
            lines.append(f"{self.plan.name} rank {rank} failed: {message}")
            if "Traceback" in (text := log.read_text(errors="replace") if log.is_file() else ""):
                lines.extend(f"    {line}" for line in text.splitlines()[-LOG_LINES:])
        ranks = ",".join(str(rank) for rank in sorted(self.failed))
        lines.append(f"log: {self.folder.local(f'plans/{self.plan.name}/log')}")
        lines.append(f"again: wabun work {self.folder.where(f'plans/{self.plan.name}')} --ranks {ranks}")
        return "\n".join(lines)

    def _out_of_time(self, missing: int) -> str:
        return f"{self.plan.name}: the time budget is used up, {missing} ranks are missing; the same command goes on"

    def _log_name(self, rank: int) -> str:
        return f"plans/{self.plan.name}/log/{rank:05d}.log"

    def _state_name(self, state: str, rank: int) -> str:
        return f"plans/{self.plan.name}/{state}/{rank:05d}"

    def _mark(self, state: str, rank: int, text: str) -> None:
        """A mark for `wabun status`, or its heartbeat: it decides nothing, so a failure to write it is no failure."""
        with contextlib.suppress(StorageError):
            self.folder.note(self._state_name(state, rank), text)

    def _unmark(self, state: str, rank: int) -> None:
        with contextlib.suppress(StorageError):
            self.folder.delete(self._state_name(state, rank))


@contextlib.contextmanager
def _no_main() -> Iterator[None]:
    """Start a process without the parent's main module, which it does not need and would import again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _rank_process(root: str, plan_name: str, rank: int, reports: Connection, log: str) -> None:
    """The life of a rank's process: run, report, and leave the reason behind when it fails."""
    from pipeline.ranks import Rank
    from pipeline.ranks.execute import execute

    _log_to(Path(log))
    said = 0.0

    def report(share: float, counts: Sequence[StageCounts]) -> None:
        nonlocal said
        if (now := time.monotonic()) - said >= REPORT_SECONDS:
            said = now
            _send(reports, ("progress", share, list(counts)))

    try:
        folder, plan = load_plan(f"{root}/plans/{plan_name}")
        manifest = execute(Rank(folder, plan, rank, report))
        _drop_empty(Path(log))
        _send(reports, ("progress", 1.0, manifest.stages))
        _send(reports, ("done", ""))
    except WabunError as error:
        _log(f"{error}\n")
        _send(reports, ("failed", str(error)))
    except Exception as error:
        _log(traceback.format_exc())
        _send(reports, ("failed", f"{type(error).__name__}: {error}"))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # all is written and told: taking the interpreter down in order would cost more than an empty rank


def _log_to(path: Path) -> None:
    """Let what this process prints go to its log; to nowhere, when the disk has no room for a log."""
    try:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _drop_empty(log: Path) -> None:
    """Take away a log in which nothing stands: a dump has 80,000 ranks, and file systems count files."""
    with contextlib.suppress(OSError):
        if log.stat().st_size == 0:
            log.unlink()


def _log(text: str) -> None:
    """Write to the log what fits there: a full disk must not hide that it is full."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode(errors="backslashreplace"))


def _send(reports: Connection, message: tuple[Any, ...]) -> None:
    """Report to the worker; when it is gone, there is nobody to work for."""
    try:
        reports.send(message)
    except OSError:
        os._exit(1)
