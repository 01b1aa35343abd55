"""The sketches of a gather on disk: columns of numbers, read one at a time."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.schema import ROW
from pipeline.storage import Folder, storage_error

SKETCH_GROUP_ROWS = 131_072
ASCENDING = {ROW.name: "DELTA_BINARY_PACKED"}  # a number that ascends takes no room, and a link's rank reads half


class StoredSketches:
    """See pipeline.stage.Sketches."""

    def __init__(self, folder: Folder, names: Sequence[str], num_rows: int) -> None:
        self._folder = folder
        self._names = names
        self.num_rows = num_rows
        self.num_sketched = 0
        for name in names:
            with folder.open(name) as file:
                self.num_sketched += pq.read_metadata(file).num_rows

    def scan(self, columns: Sequence[str], *, between: tuple[str, int, int] | None = None) -> Iterator[pa.RecordBatch]:
        """These columns batch by batch, with `row`. `between`: only rows whose column lies in [low, high] (uint64)."""
        told = list(dict.fromkeys([ROW.name, *columns]))
        wanted = list(dict.fromkeys([*told, *([between[0]] if between else [])]))
        for table in self._row_groups(wanted):
            if between is None:
                yield from table.to_batches()
                continue
            column, low, high = between
            inside = np.flatnonzero(table[column].to_numpy() - np.uint64(low) <= np.uint64(high - low))  # wraps below
            yield from table.select(told).take(pa.array(inside)).to_batches()

    def _row_groups(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        for name in self._names:
            try:
                with self._folder.open_arrow(name) as file:
                    parquet = pq.ParquetFile(file)
                    for group in range(parquet.metadata.num_row_groups):
                        yield parquet.read_row_group(group, columns=columns, use_threads=False)
            except OSError as error:
                raise storage_error(error, self._folder.where(name)) from error
