"""A gather run in memory, as the ranks run it on disk."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.schema import DROP_REASON
from pipeline.stage import Gather


class MemorySketches:
    """See pipeline.stage.Sketches."""

    def __init__(self, batches: Sequence[pa.RecordBatch], num_rows: int) -> None:
        self.batches = list(batches)
        self.num_rows = num_rows
        self.num_sketched = sum(batch.num_rows for batch in batches)

    def scan(self, columns: Sequence[str], *, between: tuple[str, int, int] | None = None) -> Iterator[pa.RecordBatch]:
        for batch in self.batches:
            if between:
                values = batch.column(between[0]).to_numpy()
                inside = (values >= np.uint64(between[1])) & (values <= np.uint64(between[2]))
                batch = batch.filter(pa.array(inside))
            yield batch.select(list(dict.fromkeys(["row", *columns])))


def gathered(stage: Gather, table: pa.Table, *, batch_rows: int = 10**9, seed: int = 0) -> pa.Table:
    """All documents as the stage decides, in their order; links are settled in an order drawn by `seed`."""
    table = table.select([*stage.columns_read()])
    table = table.append_column("row", pa.array(np.arange(len(table)), pa.int64()))
    batches = table.combine_chunks().to_batches(batch_rows) or [pa.RecordBatch.from_pylist([], table.schema)]
    sketches = MemorySketches([stage.sketch(batch) for batch in batches], len(table))
    assert all(batch.schema == stage.sketch_schema() for batch in sketches.batches)
    links = [link for part in range(stage.num_parts(sketches)) for link in stage.link(part, sketches)]
    assert all(link.schema == stage.link_schema() for link in links)
    random.Random(seed).shuffle(links)
    verdict = pa.Table.from_batches(stage.settle(links, sketches), stage.verdict_schema())
    stage.notes(verdict.to_batches())
    decided = []
    for batch in batches:
        told = verdict
        if "row" in verdict.schema.names and batch.num_rows:
            rows = verdict["row"].to_numpy()
            first, last = batch.column("row")[0].as_py(), batch.column("row")[-1].as_py()
            assert (np.diff(rows) > 0).all()
            told = verdict.filter(pa.array((rows >= first) & (rows <= last)))
        decided.append(stage.decide(batch, told))
        for column in stage.columns_written():
            assert decided[-1].schema.field(column.name).type == column.type
    made = pa.Table.from_batches(decided)
    if DROP_REASON.name not in made.schema.names:
        made = made.append_column(DROP_REASON.name, pa.nulls(len(made), DROP_REASON.type))
    return made


def kept(made: pa.Table) -> list[Any]:
    """Ids of the documents that did not fall."""
    return made.filter(made["drop_reason"].is_null())["id"].to_pylist()
