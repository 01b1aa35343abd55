"""Ray: every slice a task, behind the tasks of the plans it needs; Ray runs lost tasks again.

Ray ends a task with the process that queued it, so an actor that lives in the cluster by itself queues them.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from threading import Thread
from typing import Any, NamedTuple

from pipeline.errors import WabunError
from pipeline.executors.script import Job, run_script, task_script
from pipeline.site import Site

LOST_WORKERS = 5  # times that a slice may lose its worker or its node, and the actor its node
ANSWER_SECONDS = 20
_NAMESPACE = "wabun"


class Array(NamedTuple):
    """One job as the actor queues it."""

    number: str
    plan: str
    script: str
    num_slices: int
    needs: tuple[str, ...]


class Chain:
    """Queues the tasks of a chain, holds them until all have ended, and goes; where its node is lost, once more."""

    def __init__(self, arrays: Sequence[Array], procs: int, max_requeues: int) -> None:
        import ray

        self._ray = ray
        self._tasks: dict[str, list[Any]] = {}
        barriers: dict[str, list[Any]] = {}
        for array in arrays:
            behind = [task for name in array.needs for task in barriers.get(name, [])]
            run = ray.remote(run_script).options(num_cpus=procs, max_retries=LOST_WORKERS, name=array.number)
            barriers[array.plan] = self._tasks[array.number] = [
                run.remote(array.script, k, max_requeues, *behind) for k in range(array.num_slices)
            ]
        self._ends = {number: [task.future() for task in tasks] for number, tasks in self._tasks.items()}
        Thread(target=self._go_at_the_end, args=(ray.get_runtime_context().current_actor,), daemon=True).start()

    def unfinished(self) -> dict[str, int]:
        """How many tasks of each job have not ended."""
        return {number: sum(not end.done() for end in ends) for number, ends in self._ends.items()}

    def cancel(self, numbers: Sequence[str]) -> None:
        """End the tasks of these jobs."""
        for number in numbers:
            for task in self._tasks.get(number, []):
                self._ray.cancel(task, force=True)

    def _go_at_the_end(self, myself: Any) -> None:
        """Be there until every task has ended, however it did."""
        wait([end for ends in self._ends.values() for end in ends])
        self._ray.kill(myself)


class RayEngine:
    """A Ray cluster by its address, or one on this machine that ends with this process."""

    def __init__(self, site: Site) -> None:
        try:
            import ray
        except ModuleNotFoundError:
            raise WabunError("Ray is not installed; install it with: pip install 'wabun[ray]'") from None
        self.site = site
        self.outlives = bool(site.address)
        self._ray = ray

    def submit(self, jobs: Sequence[Job], after: Sequence[str]) -> Iterator[tuple[Job, str]]:
        """Queue jobs as one chain (see Engine)."""
        self._connect()
        chain = uuid.uuid4().hex[:8]
        arrays = [
            Array(f"{job.name}-{chain}", job.plan, task_script(job, self.site), job.num_slices, job.needs)
            for job in jobs
        ]
        actor = self._ray.remote(Chain).options(
            name=f"chain-{chain}",
            lifetime="detached" if self.outlives else None,
            num_cpus=0,
            max_restarts=LOST_WORKERS,
            max_task_retries=-1,
        )
        self._chain = actor.remote(arrays, self.site.procs, self.site.max_requeues)
        try:
            self._ray.get(self._chain.unfinished.remote())
        except self._ray.exceptions.RayError as error:
            said = str(error).strip().splitlines()[-1]
            raise WabunError(f"Ray did not take the chain: {said}; is Wabun installed on its nodes?") from None
        yield from ((job, array.number) for job, array in zip(jobs, arrays, strict=True))

    def states(self, ids: Sequence[str]) -> dict[str, Counter[str]] | None:
        """How tasks stand (see Engine)."""
        if not self.outlives and not self._ray.is_initialized():
            return None
        found: dict[str, Counter[str]] = {}
        try:
            for actor in self._actors(ids):
                left = self._ray.get(actor.unfinished.remote(), timeout=ANSWER_SECONDS)
                found |= {number: Counter(unfinished=count) for number, count in left.items() if count}
        except self._ray.exceptions.RayActorError:  # it has just gone: all has ended
            pass
        except (WabunError, self._ray.exceptions.RayError):
            return None
        return {number: states for number, states in found.items() if number in ids}

    def cancel(self, ids: Sequence[str]) -> None:
        """End these jobs' tasks (see Engine)."""
        for actor in self._actors(ids):
            self._ray.get(actor.cancel.remote(list(ids)), timeout=ANSWER_SECONDS)

    def _actors(self, ids: Sequence[str]) -> Iterator[Any]:
        """The actors that hold these jobs and are still there."""
        self._connect()
        for chain in sorted({number.rpartition("-")[2] for number in ids}):
            try:
                yield self._ray.get_actor(f"chain-{chain}")
            except ValueError:
                continue

    def _connect(self) -> None:
        """Be a client of the cluster. Raises WabunError when nobody answers."""
        if not self._ray.is_initialized():
            try:
                self._ray.init(
                    address=self.site.address or None, namespace=_NAMESPACE, log_to_driver=False, logging_level="error"
                )
            except (ConnectionError, OSError, ValueError) as error:
                raise WabunError(f"{self.site.address}: no Ray cluster answers: {error}") from None
