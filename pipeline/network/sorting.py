"""Records in any order → a table in order of archive and offset, each once, in bounded memory."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.network.requests import SCHEMA, Records

_NUM_BUCKETS: Final = 64
_ROW: Final = np.dtype([("file", "<u4"), ("offset", "<i8"), ("length", "<i8")])
_GROUP_ROWS: Final = 131_072


class Sorter:
    """Takes in records in any order; gives them back by archive and offset, the same record once.

    They wait on the disk in buckets, an archive always in the same one, 20 bytes each. Memory holds the names of the
    archives and, while giving back, one bucket at a time.
    """

    def __init__(self) -> None:
        self.num_doubles = 0
        self._folder = tempfile.TemporaryDirectory(prefix="wabun-index-")
        self._paths = [Path(self._folder.name) / f"{number:02d}" for number in range(_NUM_BUCKETS)]
        self._files = [path.open("w+b") for path in self._paths]
        self._numbers: dict[str, int] = {}

    def __enter__(self) -> "Sorter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()
        self._folder.cleanup()

    def add(self, batch: pa.RecordBatch) -> None:
        """Some records more: the columns of requests, every row usable."""
        names = batch.column("warc_file").dictionary_encode()
        known = self._numbers
        numbers = [known.setdefault(name, len(known)) for name in names.dictionary.to_pylist()]
        rows = np.empty(batch.num_rows, _ROW)
        rows["file"] = np.array(numbers, np.uint32)[names.indices.to_numpy()]
        rows["offset"] = batch.column("warc_offset").to_numpy()
        rows["length"] = batch.column("warc_length").to_numpy()
        buckets = rows["file"] % _NUM_BUCKETS
        for bucket in np.unique(buckets).tolist():
            self._files[bucket].write(rows[buckets == bucket].tobytes())

    def sorted(self) -> Iterator[Records]:
        """All records, an archive at a time."""
        places: dict[int, tuple[int, int]] = {}
        for bucket, file in enumerate(self._files):
            places |= self._sort(bucket, file)
        for name in sorted(self._numbers):
            number = self._numbers[name]
            start, stop = places[number]
            file = self._files[number % _NUM_BUCKETS]
            file.seek(start * _ROW.itemsize)
            rows = np.frombuffer(file.read((stop - start) * _ROW.itemsize), _ROW)
            yield Records(name, rows["offset"].astype(np.int64), rows["length"].astype(np.int64))

    def _sort(self, bucket: int, file: Any) -> dict[int, tuple[int, int]]:
        """Sort a bucket where it lies; where each archive's rows are in it."""
        file.flush()
        rows: npt.NDArray[Any] = np.fromfile(self._paths[bucket], _ROW)
        if not len(rows):
            return {}
        rows = rows[np.lexsort((rows["length"], rows["offset"], rows["file"]))]
        again = (rows["file"][1:] == rows["file"][:-1]) & (rows["offset"][1:] == rows["offset"][:-1])
        self.num_doubles += int(again.sum())
        rows = rows[np.concatenate(([True], ~again))]
        file.seek(0)
        file.truncate()
        file.write(rows.tobytes())
        numbers, starts = np.unique(rows["file"], return_index=True)
        stops = [*starts[1:].tolist(), len(rows)]
        return {int(n): (int(a), b) for n, a, b in zip(numbers, starts, stops, strict=True)}


def write_requests(path: Path, every: Iterable[Records]) -> int:
    """Write records that are in order as a table of requests. Returns the number of rows."""
    num_rows = 0
    waiting: list[pa.RecordBatch] = []
    size = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", use_dictionary=["warc_file"]) as writer:
        for records in every:
            names = pa.array([records.file]).take(pa.array(np.zeros(len(records.offsets), np.int64)))
            columns = [names, pa.array(records.offsets), pa.array(records.lengths)]
            waiting.append(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
            size += len(records.offsets)
            if size >= _GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(waiting, SCHEMA), row_group_size=size)
                num_rows, size, waiting = num_rows + size, 0, []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, SCHEMA), row_group_size=size)
    return num_rows + size
