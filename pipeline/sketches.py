"""The sketches of a gather on disk: columns of numbers, read one at a time."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.schema import ROW
from pipeline.storage import Folder

SKETCH_GROUP_ROWS = 131_072


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
        wanted = list(dict.fromkeys([ROW.name, *columns, *([between[0]] if between else [])]))
        for name in self._names:
            with self._folder.open(name) as file:
                for batch in pq.ParquetFile(file).iter_batches(SKETCH_GROUP_ROWS, columns=wanted, use_threads=False):
                    if between is None:
                        yield batch.select([ROW.name, *columns])
                        continue
                    column, low, high = between
                    values = batch.column(column).to_numpy(zero_copy_only=False)
                    inside = (values >= np.uint64(low)) & (values <= np.uint64(high))
                    yield batch.filter(pa.array(inside)).select([ROW.name, *columns])
