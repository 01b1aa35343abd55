"""Runs ranks of one plan in processes of their own: a death seen and retried, a time budget kept.

The processes come from a fork server that has imported the stages and compiled their kernels once, so that starting
one costs milliseconds and no two processes compile side by side.
"""

import contextlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Any, Protocol

from pipeline.errors import Cancelled, OutOfTime, PlanNotReady, RanksFailed, StorageError
from pipeline.lineage import StoredPlans
from pipeline.plan import Plan
from pipeline.rank_process import RankProcess
from pipeline.ranks.survey import done_ranks, is_done, work_items
from pipeline.statistics import StageCounts
from pipeline.storage import Folder

MAX_RETRIES = 2
HEARTBEAT_SECONDS = 15.0
GATE_SECONDS = 2.0
CANCEL_SECONDS = 2.0
LOG_LINES = 8
_CANCELLED = "plans/cancelled"


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


def cancel_workers(folder: Folder) -> None:
    """Ask every worker that is at work on this result to stop, wherever it runs; those that start later do not care."""
    folder.write_bytes(_CANCELLED, secrets.token_hex(8).encode())


def is_at_work(folder: Folder) -> bool:
    """Whether a mark tells of a rank at work; a worker that was killed leaves its marks behind."""
    return any(folder.names(f"plans/{name}/running") for name in folder.folders("plans"))


def cancellation(folder: Folder) -> bytes:
    """What stands for the last request to stop: a worker stops when it is another than when it began."""
    return folder.find(_CANCELLED) or b""


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
        waiting = deque(todo)
        attempts: dict[int, int] = {}
        running: list[RankProcess] = []
        idle: list[RankProcess] = []
        deadline = time.monotonic() + self.time_budget if self.time_budget else None
        longest = 0.0
        asked = cancellation(self.folder)
        looked = time.monotonic()
        try:
            while waiting or running:
                now = time.monotonic()
                if deadline and now > deadline:
                    raise OutOfTime(self._out_of_time(len(waiting) + len(running)))
                if now - looked > CANCEL_SECONDS:
                    looked = now
                    if self._is_cancelled(asked):
                        raise Cancelled(self._cancelled(len(waiting) + len(running)))
                room = deadline is None or not longest or now + longest < deadline
                while waiting and room and len(running) < self.num_processes:
                    running.append(self._start(waiting.popleft(), idle))
                if waiting and not running:
                    raise OutOfTime(self._out_of_time(len(waiting)))
                self._listen(running)
                for item in [item for item in running if item.result is not None or not item.process.is_alive()]:
                    running.remove(item)
                    longest = max(longest, time.monotonic() - item.started)
                    self._ended(item, attempts, waiting)
                    if item.is_fresh():
                        idle.append(item)
                    else:
                        item.dismiss()
        finally:
            for item in idle:
                item.dismiss()
            for item in running:
                item.kill()
                self._unmark("running", item.rank)
        if self.failed:
            raise RanksFailed(self._failures())

    def _is_cancelled(self, asked: bytes) -> bool:
        """Whether somebody has asked to stop since; a folder that does not answer just now asks for nothing."""
        try:
            return cancellation(self.folder) != asked
        except StorageError:
            return False

    def _start(self, rank: int, idle: list[RankProcess]) -> RankProcess:
        """Give a rank to a process that has nothing to do, or to a new one."""
        log = self.folder.local(self._log_name(rank))
        log.parent.mkdir(parents=True, exist_ok=True)
        process = idle.pop() if idle else RankProcess(self.folder, self.plan.name)
        if not process.take(rank, log):
            process = RankProcess(self.folder, self.plan.name)
            process.take(rank, log)
        self._mark("running", rank, "")
        return process

    def _listen(self, running: Sequence[RankProcess]) -> None:
        """Wait for news, take it in, and keep the heartbeats going."""
        by_source: dict[Any, RankProcess] = {item.reports: item for item in running}
        by_source |= {item.process.sentinel: item for item in running}
        for source in connection.wait(list(by_source), timeout=0.5):
            self._take_in(by_source[source])
        now = time.monotonic()
        for item in running:
            if now - item.beat > HEARTBEAT_SECONDS:
                item.beat = now
                self._mark("running", item.rank, "")

    def _take_in(self, item: RankProcess) -> None:
        for share, counts in item.news():
            self.listener.progress(item.rank, share, counts)

    def _ended(self, item: RankProcess, attempts: dict[int, int], waiting: "deque[int]") -> None:
        """Take in how a rank ended; one that is to be tried again goes back among those that wait."""
        self._take_in(item)
        kind, message = item.result = item.result or ("died", "")
        if kind == "died":
            item.process.join()
            message = f"its process died (exit code {item.process.exitcode})"
        self._unmark("running", item.rank)
        if kind == "done" or self.folder.exists(self.plan.marker_name(item.rank)):  # or another worker was first
            self._unmark("failed", item.rank)
            self.listener.done(item.rank)
            return
        tries = attempts[item.rank] = attempts.get(item.rank, 0) + 1
        if kind != "failed":
            if tries <= MAX_RETRIES:
                self.listener.say(f"{self.plan.name} rank {item.rank}: {message}; trying again")
                waiting.append(item.rank)  # behind the others: what passes may need a while
                return
            message += f" {tries} times" if kind == "died" else f"; tried {tries} times"
        self.failed[item.rank] = message
        self._mark("failed", item.rank, message)

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

    def _cancelled(self, missing: int) -> str:
        return f"{self.plan.name}: cancelled, {missing} ranks are missing; `wabun retry {self.folder}` goes on"

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
