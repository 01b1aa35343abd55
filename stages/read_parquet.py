"""Documents that are Parquet already: the source for running a stage over shards."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.schema import DROP_REASON, DROPPED_BY, ROW
from pipeline.stage import Column, Input, Positive, Source, Tally

_MACHINE = {DROP_REASON.name, DROPPED_BY.name, ROW.name}


@dataclass(frozen=True, kw_only=True)
class ReadParquet(Source):
    """Read documents from Parquet files; all files have the columns of the first."""

    like: Annotated[str | None, "a Parquet file whose columns all inputs have"] = None
    batch_rows: Annotated[Positive, "documents read at a time"] = 1024

    def columns_written(self) -> tuple[Column, ...]:
        """The columns of `like`, with the meaning and unit that its metadata hold."""
        if self.like is None:
            return ()
        found = []
        for field in pq.read_schema(self.like):
            if field.name not in _MACHINE:
                notes = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
                found.append(Column(field.name, field.type, notes.get("meaning", ""), notes.get("unit", "")))
        return tuple(found)

    def check(self) -> list[str]:
        """Whether `like` is there and is Parquet."""
        if self.like is None:
            return ["like: name a Parquet file that has the columns of the inputs"]
        try:
            pq.read_schema(self.like)
        except (OSError, pa.ArrowInvalid) as error:
            return [f"{self.like}: is not a readable Parquet file: {error}"]
        return []

    def read(self, source: Input, tally: Tally) -> Iterator[pa.RecordBatch]:
        """The file's documents, batch by batch. Raises InputError when it cannot be opened."""
        names = [column.name for column in self.columns_written()]
        with source.open() as file:
            parquet = pq.ParquetFile(file)
            done = 0
            for batch in parquet.iter_batches(self.batch_rows, columns=names, use_threads=False):
                done += batch.num_rows
                tally.bytes(int((source.size or 0) * done / max(1, parquet.metadata.num_rows)))
                yield batch
