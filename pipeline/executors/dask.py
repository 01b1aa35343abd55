"""Dask: every slice a task, every plan a barrier behind its slices; Dask runs lost tasks again."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.errors import WabunError
from pipeline.executors.script import Job, run_script, task_script
from pipeline.site import Site

LOST_WORKERS = 5  # times that a slice may lose its worker before Dask gives it up
_STATES = {"processing": "running", "waiting": "pending", "queued": "pending", "no-worker": "pending"}


class DaskEngine:
    """A Dask cluster: any scheduler by its address, also those that dask-jobqueue starts, or one on this machine."""

    def __init__(self, site: Site) -> None:
        try:
            import dask
            import distributed
        except ModuleNotFoundError:
            raise WabunError("Dask is not installed; install it with: pip install 'wabun[dask]'") from None
        dask.config.set({"distributed.scheduler.allowed-failures": LOST_WORKERS})
        self.site = site
        self.outlives = bool(site.address)
        self._distributed = distributed
        self._client: Any = None
        self._tasks: list[Any] = []

    @property
    def client(self) -> Any:
        """The connection, made when it is first needed. Raises WabunError when nobody answers."""
        if self._client is None:
            if self.site.address:
                try:
                    self._client = self._distributed.Client(self.site.address, timeout="20s")
                except (OSError, TimeoutError, ValueError) as error:
                    raise WabunError(f"{self.site.address}: no Dask scheduler answers: {error}") from None
            else:
                cluster = self._distributed.LocalCluster(
                    n_workers=self.site.slices, threads_per_worker=1, dashboard_address=None
                )
                self._client = self._distributed.Client(cluster)
        return self._client

    def submit(self, jobs: Sequence[Job], after: Sequence[str]) -> Iterator[tuple[Job, str]]:
        """Queue jobs as one graph that goes on without this process, where the scheduler does (see Engine)."""
        barriers: dict[str, Any] = {}
        for job in jobs:
            script = task_script(job, self.site)
            behind = [barriers[name] for name in job.needs if name in barriers]
            number = f"{job.name}-{uuid.uuid4().hex[:8]}"
            slices = [
                self.client.submit(
                    run_script,
                    script,
                    k,
                    self.site.max_requeues,
                    *behind,
                    key=f"{number}:{k}",
                    pure=False,
                )
                for k in range(job.num_slices)
            ]
            barriers[job.plan] = self.client.submit(len, slices, key=f"{number}:done", pure=False)
            self._tasks += [*slices, barriers[job.plan]]
            yield job, number
        if self.outlives:
            self._distributed.fire_and_forget(list(barriers.values()))

    def states(self, ids: Sequence[str]) -> dict[str, Counter[str]] | None:
        """How tasks stand (see Engine)."""
        if self._client is None and not self.outlives:
            return None
        try:
            found: dict[str, str] = self.client.run_on_scheduler(_task_states)
        except (OSError, WabunError):
            return None
        counted: dict[str, Counter[str]] = {}
        for key, state in found.items():
            job = key.rpartition(":")[0]
            if job in ids and state in _STATES:
                counted.setdefault(job, Counter())[_STATES[state]] += 1
        return counted

    def cancel(self, ids: Sequence[str]) -> None:
        """Take these jobs' tasks back; a slice that runs is ended by its worker (see Engine)."""
        found: dict[str, str] = self.client.run_on_scheduler(_task_states)
        mine = [key for key in found if key.rpartition(":")[0] in ids]
        self.client.cancel([self._distributed.Future(key, self.client) for key in mine], force=True)


def _task_states(dask_scheduler: Any) -> dict[str, str]:
    """Every task of ours, by key; runs in the scheduler."""
    return {str(key): task.state for key, task in dask_scheduler.tasks.items() if str(key).startswith("wabun-")}
