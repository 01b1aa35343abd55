"""This machine: the plans one after another, each in as many processes as there are workers."""

from collections.abc import Callable, Sequence

from pipeline.plan import Plan
from pipeline.storage import Folder
from pipeline.warm import start_server
from pipeline.worker import Listener, Worker


def run_chain(folder: Folder, plans: Sequence[Plan], num_processes: int, listener: Listener) -> int:
    """Run every rank of every plan that is not done. Returns how many ranks were run.

    Raises RanksFailed when a plan cannot be finished; the plans after it are not begun.
    """
    start_server(stages_of(plans), listener.say)
    every: Callable[[int], Sequence[int]] = range
    return sum(Worker(folder, plan, num_processes, listener).run(every) for plan in plans)


def stages_of(plans: Sequence[Plan]) -> list[tuple[str, dict[str, object]]]:
    """Every stage of these plans once, with its options."""
    return list({name: (name, options) for plan in plans for name, options in plan.stages}.values())
