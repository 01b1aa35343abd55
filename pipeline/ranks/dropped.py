"""Fallen documents that are kept to be looked at: all, or a sample that no order of work can change."""

import heapq
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
from xxhash import xxh3_64_intdigest

from pipeline.layers import GroupWriter, fit
from pipeline.plan import Plan
from pipeline.schema import DROP_REASON

SAMPLE_PER_REASON = 1000
SAMPLE_BYTES = 64_000_000  # of one rank's sample, however long its documents are


def quota(keep_dropped: str, rank: int, num_ranks: int) -> int | None:
    """How many of each reason a rank keeps, so that all ranks together keep at most 1,000; None keeps all.

    >>> [quota("sample", rank, 3) for rank in range(3)], quota("none", 0, 1), quota("all", 0, 1)
    ([334, 333, 333], 0, None)
    """
    if keep_dropped == "all":
        return None
    if keep_dropped == "none":
        return 0
    share, rest = divmod(SAMPLE_PER_REASON, num_ranks)
    return share + (rank < rest)


def fallen_file(plan: Plan, rank: int) -> str:
    """Name of the file of what fell in a rank of a documents plan; it stays when inputs are added."""
    return f"dropped/{plan.title}-{rank:05d}.parquet"


class DroppedWriter:
    """Writes the fallen of one rank: all of them, or of each reason those whose ids hash lowest."""

    def __init__(self, path: Path, schema: pa.Schema, quota: int | None) -> None:
        self._writer = GroupWriter(path, schema)
        self._quota = quota
        self._kept: dict[str, list[tuple[int, int, pa.RecordBatch]]] = {}
        self._bytes: Counter[str] = Counter()
        self._num = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Take in fallen rows with `id` and `drop_reason`."""
        if self._quota is None:
            self._writer.write(batch)
        elif self._quota:
            self._sample(batch)

    def write_examples(self, stage: str, examples: dict[str, list[tuple[int, dict[str, Any]]]]) -> None:
        """Take in records that fell before they were rows, as a tally kept them."""
        for reason, kept in sorted(examples.items()):
            for _, about in sorted(kept, key=lambda entry: entry[0]):
                row = {k: v for k, v in about.items() if k in self._writer.schema.names}
                row |= {"drop_reason": reason, "dropped_by": stage}
                self.write(pa.RecordBatch.from_pylist([row], schema=self._writer.schema))

    def close(self) -> int:
        """Write what waits. Returns the number of rows in the file."""
        for reason in sorted(self._kept):
            for _, _, row in sorted(self._kept[reason], key=lambda entry: entry[:2], reverse=True):
                self._writer.write(row)
        return self._writer.close()

    def _sample(self, batch: pa.RecordBatch) -> None:
        """Keep the rows of lowest hash for each reason: a heap whose top is the next to go."""
        assert self._quota
        ids = batch.column("id").to_pylist() if "id" in batch.schema.names else [None] * batch.num_rows
        for place, reason in enumerate(batch.column(DROP_REASON.name).to_pylist()):
            kept = self._kept.setdefault(reason, [])
            order = (-xxh3_64_intdigest(str(ids[place]).encode()), -self._num)
            self._num += 1
            if len(kept) < self._quota or order > kept[0][:2]:
                row = fit(batch.take(pa.array([place])), self._writer.schema)  # of its own, so that the batch can go
                heapq.heappush(kept, (*order, row))
                self._bytes[reason] += row.nbytes
                if len(kept) > self._quota:
                    self._forget(reason)
                while self._bytes.total() > SAMPLE_BYTES:
                    self._forget(max(self._bytes, key=lambda r: (self._bytes[r], r)))

    def _forget(self, reason: str) -> None:
        """Let the row of the highest hash go."""
        *_, row = heapq.heappop(self._kept[reason])
        self._bytes[reason] -= row.nbytes
