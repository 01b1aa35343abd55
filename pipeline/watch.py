"""Watching work that runs elsewhere: the markers tell how far it is, the engine whether anybody still works."""

import time
from collections.abc import Callable, Sequence

from pipeline.errors import RanksFailed
from pipeline.manifest import Manifest
from pipeline.plan import Plan
from pipeline.ranks.survey import done_ranks, known_items
from pipeline.storage import Folder
from pipeline.worker import Listener

LOOK_SECONDS = 2.0
MAX_LOOK_SECONDS = 30.0
QUIET_LOOKS = 3  # looks without jobs and without news before the work is held to have ended


def watch(
    folder: Folder,
    plans: Sequence[Plan],
    listener: Listener,
    anybody_works: Callable[[], bool],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Tell the listener of every rank that gets done, until all are. Raises RanksFailed when nobody works any more."""
    quiet = 0
    for plan in plans:
        started = False
        seen: set[int] = set()
        while True:
            before = time.monotonic()
            items = known_items(folder, plan)
            news = set[int]()
            if items is not None:
                done = done_ranks(folder, plan)
                news = done - seen
                if not started:
                    listener.start(plan, len(items), len(done))
                    started = True
                else:
                    _tell(folder, plan, news, listener)
                seen |= news
                if len(seen) >= len(items):
                    break
            quiet = 0 if news or anybody_works() else quiet + 1
            if quiet >= QUIET_LOOKS:
                raise RanksFailed(_ended(folder, plan, len(seen), None if items is None else len(items)))
            sleep(min(MAX_LOOK_SECONDS, max(LOOK_SECONDS, 10 * (time.monotonic() - before))))


def _tell(folder: Folder, plan: Plan, ranks: set[int], listener: Listener) -> None:
    """Tell of ranks done since the last look, with what they counted."""
    ordered = sorted(ranks)
    for rank, data in zip(ordered, folder.read_each([plan.marker_name(r) for r in ordered]), strict=True):
        listener.progress(rank, 1.0, Manifest.from_json(data).stages)
        listener.done(rank)


def _ended(folder: Folder, plan: Plan, num_done: int, num_ranks: int | None) -> str:
    """Why the work stopped, as far as the marks tell."""
    lines = [f"{plan.name}: {num_done} of {'?' if num_ranks is None else num_ranks} ranks are done, and no job is left"]
    for name in folder.names(f"plans/{plan.name}/failed")[:5]:
        message = folder.read_bytes(f"plans/{plan.name}/failed/{name}").decode(errors="replace")
        lines.append(f"rank {int(name)} failed: {message}")
    logs = sorted(folder.local(f"plans/{plan.name}/log").glob("slice-*.log"), key=lambda log: log.stat().st_mtime)
    for log in logs[-1:]:
        lines += [f"{log} ends:", *(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-3:])]
    lines.append(f"why: wabun logs {folder} RANK; once mended: wabun retry {folder}")
    return "\n".join(lines)
