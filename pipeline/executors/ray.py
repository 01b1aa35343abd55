"""Ray: every slice a task, behind the tasks of the plans it needs; Ray runs lost tasks again."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.errors import WabunError
from pipeline.executors.script import Job, run_script, task_script
from pipeline.site import Site

LOST_WORKERS = 5  # times that a slice may lose its worker or its node


class RayEngine:
    """A Ray cluster by its address, or one on this machine. Its tasks end with the process that queued them."""

    def __init__(self, site: Site) -> None:
        try:
            import ray
        except ModuleNotFoundError:
            raise WabunError("Ray is not installed; install it with: pip install 'wabun[ray]'") from None
        self.site = site
        self._ray = ray
        self._tasks: dict[str, list[Any]] = {}

    def submit(self, jobs: Sequence[Job], after: Sequence[str]) -> Iterator[tuple[Job, str]]:
        """Queue jobs as one graph (see Engine)."""
        if not self._ray.is_initialized():
            try:
                self._ray.init(address=self.site.address or None, log_to_driver=False, logging_level="error")
            except (ConnectionError, OSError, ValueError) as error:
                raise WabunError(f"{self.site.address}: no Ray cluster answers: {error}") from None
        run = self._ray.remote(run_script)
        barriers: dict[str, list[Any]] = {}
        for job in jobs:
            script = task_script(job, self.site)
            behind = [task for name in job.needs for task in barriers.get(name, [])]
            number = f"{job.name}-{uuid.uuid4().hex[:8]}"
            options = {"num_cpus": self.site.procs, "max_retries": LOST_WORKERS, "name": number}
            barriers[job.plan] = self._tasks[number] = [
                run.options(**options).remote(script, k, self.site.max_requeues, *behind) for k in range(job.num_slices)
            ]
            yield job, number

    def states(self, ids: Sequence[str]) -> dict[str, Counter[str]] | None:
        """How tasks stand, as far as this process queued them (see Engine)."""
        if not self._tasks:
            return None
        found: dict[str, Counter[str]] = {}
        for number in ids:
            if tasks := self._tasks.get(number):
                _, waiting = self._ray.wait(tasks, num_returns=len(tasks), timeout=0)
                if waiting:
                    found[number] = Counter(unfinished=len(waiting))
        return found

    def cancel(self, ids: Sequence[str]) -> None:
        """End these jobs' tasks (see Engine)."""
        for number in ids:
            for task in self._tasks.get(number, []):
                self._ray.cancel(task, force=True)
