import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.ranks import dropped
from pipeline.ranks.dropped import SAMPLE_PER_REASON, DroppedWriter, quota

SCHEMA = pa.schema([(name, pa.string()) for name in ("id", "text", "drop_reason", "dropped_by")])


def fallen(ids: range, reason: str, text: str = "短い") -> pa.RecordBatch:
    rows = [{"id": str(i), "text": text, "drop_reason": reason, "dropped_by": "quality"} for i in ids]
    return pa.RecordBatch.from_pylist(rows, SCHEMA)


def written(path: Path, batches: list[pa.RecordBatch], limit: int | None) -> list[tuple[str, str]]:
    writer = DroppedWriter(path, SCHEMA, limit)
    for batch in batches:
        writer.write(batch)
    writer.close()
    return [(row["drop_reason"], row["id"]) for row in pq.read_table(path).to_pylist()]


def test_all_ranks_together_keep_a_thousand_of_a_reason() -> None:
    for num_ranks in (1, 3, 7, 999, 1000, 80_000):
        assert sum(quota("sample", rank, num_ranks) or 0 for rank in range(num_ranks)) == SAMPLE_PER_REASON


def test_a_sample_does_not_depend_on_the_order_of_the_rows(tmp_path: Path) -> None:
    batches = [fallen(range(at, at + 10), reason) for at in range(0, 100, 10) for reason in ("too_short", "too_long")]
    one = written(tmp_path / "a", batches, 7)
    random.Random(1).shuffle(batches)
    assert written(tmp_path / "b", batches, 7) == one
    assert Counter(reason for reason, _ in one) == {"too_short": 7, "too_long": 7}


def test_all_are_kept_in_their_order_where_all_are_asked_for(tmp_path: Path) -> None:
    assert [i for _, i in written(tmp_path / "a", [fallen(range(5), "too_short")], None)] == list("01234")


def test_long_documents_cannot_fill_the_memory(tmp_path: Path) -> None:
    dropped.SAMPLE_BYTES, before = 100_000, dropped.SAMPLE_BYTES
    try:
        batches = [fallen(range(at, at + 5), "too_long", "長" * 3_000) for at in range(0, 100, 5)]
        kept = written(tmp_path / "a", [*batches, fallen(range(100, 105), "too_short")], 50)
    finally:
        dropped.SAMPLE_BYTES = before
    counts = Counter(reason for reason, _ in kept)
    assert counts["too_short"] == 5
    assert 8 <= counts["too_long"] <= 11
