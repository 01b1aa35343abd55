"""What a rank of each kind of plan does: read files that are whole, write files whole."""

import os
import platform
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import WabunError
from pipeline.lineage import StoredPlans, load_plan
from pipeline.manifest import Manifest, Output
from pipeline.plan import Plan
from pipeline.statistics import StageCounts
from pipeline.storage import Folder

Report = Callable[[float, Sequence[StageCounts]], None]


def _silent(share: float, counts: Sequence[StageCounts]) -> None:
    """Tell nobody."""


@dataclass
class Rank:
    """One rank at work: where its files are, and what it will say of itself when it is done."""

    folder: Folder
    plan: Plan
    number: int
    report: Report = _silent
    notes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plans = StoredPlans(self.folder)
        self.manifest = Manifest(self.plan.name, self.number, self.plan.rank_digest(self.number))
        self._started = time.monotonic()

    @property
    def layers(self) -> list[Plan]:
        """The plans whose files hold the documents that this rank reads, lowest first."""
        return [self.plans[name] for name in self.plan.layers]

    def needed(self, index: int) -> Plan:
        """One of the plans whose outputs this one reads."""
        return self.plans[self.plan.needs[index]]

    def check_current(self) -> None:
        """Make sure that OUT still asks for this plan, before a file whose name tells nothing of it takes its place.

        Raises WabunError. For a worker that slept while somebody ran another config here.
        """
        _, asked = load_plan(self.folder.where(f"plans/{self.plan.name}"))
        if asked.digest != self.plan.digest:
            raise WabunError(
                f"{self.folder}: asks for another {self.plan.name} than when this worker began; it wrote nothing, "
                "and what is missing is found by `wabun retry`"
            )

    def wrote(self, name: str, rows: int) -> None:
        """Note an output, as it now lies in the folder."""
        self.manifest.outputs.append(Output.of(self.folder, name, rows))

    def finish(self) -> Manifest:
        """Write the done marker, last of all."""
        self.manifest.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self.manifest.seconds = time.monotonic() - self._started
        self.manifest.host = f"{platform.node()}:{os.getpid()}"
        self.folder.write_bytes(self.plan.marker_name(self.number), self.manifest.to_json())
        return self.manifest
