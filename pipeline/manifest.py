"""What a finished rank says of itself: its inputs, counts and outputs. The manifest's file is the done marker."""

import json
from dataclasses import dataclass, field
from typing import Any

from pipeline.statistics import Histogram, StageCounts
from pipeline.storage import Folder


@dataclass(frozen=True)
class Output:
    """One file that a rank wrote."""

    name: str
    rows: int
    bytes: int
    sha256: str

    @classmethod
    def of(cls, folder: Folder, name: str, rows: int) -> "Output":
        """The output as it lies in the folder."""
        content = folder.content(name)
        return cls(name, rows, content.bytes, content.sha256)


@dataclass
class Manifest:
    """All that a rank has to say."""

    plan: str
    rank: int
    digest: str
    outputs: list[Output] = field(default_factory=list)
    stages: list[StageCounts] = field(default_factory=list)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    row_groups: list[dict[str, int]] = field(default_factory=list)  # rows, kept, text_bytes of each row group
    notes: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    input_bytes: int = 0
    peak_bytes: int = 0  # most memory that the rank's process held
    host: str = ""

    def to_json(self) -> bytes:
        """The marker's content."""
        plain = {
            "plan": self.plan,
            "rank": self.rank,
            "digest": self.digest,
            "outputs": [vars(output) for output in self.outputs],
            "stages": [counts.as_plain() for counts in self.stages],
            "histograms": {name: h.as_plain() for name, h in sorted(self.histograms.items())},
            "row_groups": self.row_groups,
            "notes": self.notes,
            "seconds": round(self.seconds, 3),
            "input_bytes": self.input_bytes,
            "peak_bytes": self.peak_bytes,
            "host": self.host,
        }
        return json.dumps(plain, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Back from `to_json`."""
        plain = json.loads(data)
        return cls(
            plan=plain["plan"],
            rank=plain["rank"],
            digest=plain["digest"],
            outputs=[Output(**output) for output in plain["outputs"]],
            stages=[StageCounts.from_plain(counts) for counts in plain["stages"]],
            histograms={name: Histogram.from_plain(h) for name, h in plain["histograms"].items()},
            row_groups=plain["row_groups"],
            notes=plain["notes"],
            seconds=plain["seconds"],
            input_bytes=plain["input_bytes"],
            peak_bytes=plain["peak_bytes"],
            host=plain["host"],
        )
