"""How a run shows its progress: bars on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from pipeline.plan import Plan
from pipeline.statistics import StageCounts, merge_counts

PLAIN_SECONDS = 10.0


class _Work:
    """How far a plan's ranks have come. Those that are done are added up, so that a report costs what runs now."""

    def __init__(self, num_ranks: int = 0, num_done: int = 0) -> None:
        self.num_ranks = num_ranks
        self.num_done = num_done
        self._running: dict[int, tuple[float, Sequence[StageCounts]]] = {}
        self._ended: list[StageCounts] = []
        self._started = time.monotonic()

    def progress(self, rank: int, share: float, counts: Sequence[StageCounts]) -> None:
        """A rank has come this far."""
        self._running[rank] = share, counts

    def done(self, rank: int) -> None:
        """A rank is done."""
        _, counts = self._running.pop(rank, (1.0, ()))
        self._ended = merge_counts([self._ended, counts])
        self.num_done += 1

    def fraction(self) -> float:
        """Share of the work that is done, in [0, 1]."""
        return min(1.0, (self.num_done + sum(share for share, _ in self._running.values())) / max(1, self.num_ranks))

    def counts(self) -> list[StageCounts]:
        """The stages' counts so far, of the ranks that ran since the plan began."""
        return merge_counts([self._ended, *(counts for _, counts in self._running.values())])

    def seconds(self) -> float:
        """Since the plan began; never 0."""
        return max(1e-3, time.monotonic() - self._started)


class PlainDisplay:
    """A line when a plan begins, at times while it runs, and when it ends."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._plan = ""
        self._work = _Work()
        self._said = time.monotonic()

    def start(self, plan: Plan, num_ranks: int, num_done: int) -> None:
        """A plan's ranks begin."""
        self._plan, self._work = plan.name, _Work(num_ranks, num_done)
        self._said = time.monotonic()
        if num_done < num_ranks:
            resumed = f", {num_done} of them done before" if num_done else ""
            self.say(f"{plan.name}: {num_ranks} ranks{resumed}")

    def progress(self, rank: int, share: float, counts: Sequence[StageCounts]) -> None:
        """A rank has come this far."""
        self._work.progress(rank, share, counts)
        if time.monotonic() - self._said >= PLAIN_SECONDS:
            self._said = time.monotonic()
            self.say(f"{self._plan}: {self._work.fraction():.0%}{self._eta()}{self._funnel()}")

    def done(self, rank: int) -> None:
        """A rank is done."""
        self._work.done(rank)
        if self._work.num_done == self._work.num_ranks:
            self.say(f"{self._plan}: done in {self._work.seconds():.1f} s{self._funnel()}")

    def say(self, line: str) -> None:
        """A line for the user."""
        print(line, file=self._out, flush=True)

    def close(self) -> None:
        """Nothing is held open."""

    def _eta(self) -> str:
        fraction = self._work.fraction()
        left = self._work.seconds() * (1 - fraction) / fraction if fraction else 0.0
        return f", about {left:.0f} s left" if left else ""

    def _funnel(self) -> str:
        seconds = self._work.seconds()
        shown = [
            f"{c.stage} {c.documents_in:,} → {c.kept:,} ({c.documents_in / seconds:,.0f}/s)"
            for c in self._work.counts()
        ]
        return f": {'; '.join(shown)}" if shown else ""


class BarDisplay:
    """A bar per stage of the plan that runs: how far, how fast, how long still, what was kept and dropped."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._title = ""
        self._work = _Work()

    def start(self, plan: Plan, num_ranks: int, num_done: int) -> None:
        """A plan's ranks begin."""
        self.close()
        self._title, self._work, self._tasks = plan.title, _Work(num_ranks, num_done), {}
        if num_done >= num_ranks:
            return
        self._progress = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[told]}"),
            console=self._console,
        )
        self._progress.start()
        self._show()

    def progress(self, rank: int, share: float, counts: Sequence[StageCounts]) -> None:
        """A rank has come this far."""
        self._work.progress(rank, share, counts)
        self._show()

    def done(self, rank: int) -> None:
        """A rank is done."""
        self._work.done(rank)
        self._show()

    def say(self, line: str) -> None:
        """A line for the user, above the bars."""
        (self._progress.console if self._progress else self._console).print(line, markup=False, highlight=False)

    def close(self) -> None:
        """Leave the bars as they are."""
        if self._progress:
            self._progress.stop()
            self._progress = None

    def _show(self) -> None:
        if not self._progress:
            return
        fraction, seconds = self._work.fraction(), self._work.seconds()
        counts = self._work.counts() or [StageCounts(self._title)]
        if self._title in self._tasks and self._title not in {one.stage for one in counts}:
            self._progress.remove_task(self._tasks.pop(self._title))
        for one in counts:
            told = ""
            if one.documents_in:
                rate = one.documents_in / seconds
                told = f"{rate:>9,.0f}/s  kept {one.kept:,}  dropped {one.documents_in - one.kept:,}"
            if one.stage not in self._tasks:
                self._tasks[one.stage] = self._progress.add_task(one.stage, total=1.0, told=told)
            self._progress.update(self._tasks[one.stage], completed=fraction, told=told)


def display(*, quiet: bool = False) -> PlainDisplay | BarDisplay:
    """Bars on a terminal, lines elsewhere; `quiet` has lines only."""
    return BarDisplay() if sys.stderr.isatty() and not quiet else PlainDisplay()
