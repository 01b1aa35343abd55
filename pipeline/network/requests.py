"""Tables of requests: which records of which archives, a row each, in order of archive and offset.

Any Parquet file with the columns `warc_file`, `warc_offset` and `warc_length` is one: what `wabun index` writes, and
the shards of a corpus, which so can be made again from its index alone.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from xxhash import xxh3_128

from pipeline.errors import InputError
from pipeline.network.fetch import Fetching
from pipeline.network.locations import is_remote
from pipeline.network.remote import open_seekable

COLUMNS: Final = ("warc_file", "warc_offset", "warc_length")
SCHEMA: Final = pa.schema(
    [
        pa.field("warc_file", pa.string(), False, {"meaning": "the archive, by its path under the base"}),
        pa.field("warc_offset", pa.int64(), False, {"meaning": "where the record begins in it", "unit": "bytes"}),
        pa.field("warc_length", pa.int64(), False, {"meaning": "length of the record, compressed", "unit": "bytes"}),
    ]
)
MAX_RECORD_BYTES: Final = 268_435_456  # a longer one is no page, and no honest index
SPAN_BYTES: Final = 64_000_000  # what one input asks for: about the Japanese part of one of Common Crawl's archives
_BATCH_ROWS: Final = 65_536
Integers = npt.NDArray[np.int64]


class Records(NamedTuple):
    """Some records of one archive. offsets, lengths: bytes, shape (num_records,), offsets ascending."""

    file: str
    offsets: Integers
    lengths: Integers


class Span(NamedTuple):
    """A run of rows of a table that one rank fetches. `digest`: of the rows themselves."""

    first: int
    rows: int
    bytes: int
    files: tuple[str, ...]
    digest: str


def is_requests(path: Path) -> bool:
    """Whether a file is Parquet and has the columns of requests."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PAR1":
                return False
        return set(COLUMNS) <= set(pq.read_schema(path).names)
    except (OSError, pa.ArrowInvalid):
        return False


def records_in(path: Path | str, first: int = 0, rows: int | None = None) -> Iterator[Records]:
    """The rows [first, first + rows) of a table, cut where the archive changes and now and then between.

    Raises InputError as `batches_in` does.
    """
    for batch in batches_in(path, first, rows):
        yield from _runs(batch)


def batches_in(path: Path | str, first: int = 0, rows: int | None = None) -> Iterator[pa.RecordBatch]:
    """The rows [first, first + rows) of a table, by its path or URL, in the schema of requests.

    Raises InputError for a table that cannot be read or a row that names no record.
    """
    try:
        with pq.ParquetFile(open_seekable(str(path), Fetching()) if is_remote(str(path)) else path) as file:
            stop = file.metadata.num_rows if rows is None else first + rows
            at = 0
            groups = []
            skipped = 0
            for group in range(file.metadata.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                if at + size <= first:
                    skipped += size
                elif at < stop:
                    groups.append(group)
                at += size
            at = skipped
            batches = file.iter_batches(_BATCH_ROWS, row_groups=groups, columns=list(COLUMNS), use_threads=False)
            for batch in batches:
                low, high = max(first - at, 0), min(stop - at, batch.num_rows)
                at += batch.num_rows
                if low < high:
                    yield _checked(batch.slice(low, high - low), path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: is not a readable table of requests: {error}") from None


def usable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that can name a record: an archive, an offset, and a length that a page may have."""
    name, offset, length = (batch.column(column) for column in COLUMNS)
    known = pc.and_(name.is_valid(), pc.and_(pc.greater_equal(offset, 0), pc.greater_equal(length, 1)))
    return batch.filter(pc.and_(known, pc.less_equal(length, MAX_RECORD_BYTES)))


def _checked(batch: pa.RecordBatch, path: Path | str) -> pa.RecordBatch:
    """The batch in the schema of requests. Raises InputError where a row names no record."""
    given = pa.RecordBatch.from_arrays([batch.column(name).cast(SCHEMA.field(name).type) for name in COLUMNS], COLUMNS)
    if usable(given).num_rows < given.num_rows:
        raise InputError(f"{path}: a row names no record that can be; `wabun index` sorts such rows out")
    return given


def _runs(batch: pa.RecordBatch) -> Iterator[Records]:
    """The runs of rows of one archive."""
    names = batch.column("warc_file").dictionary_encode()
    offsets, lengths = batch.column("warc_offset").to_numpy(), batch.column("warc_length").to_numpy()
    codes = names.indices.to_numpy()
    cuts = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist(), len(codes)]
    for start, stop in pairwise(cuts):
        yield Records(names.dictionary[int(codes[start])].as_py(), offsets[start:stop], lengths[start:stop])


def spans_of(path: Path | str) -> list[Span] | None:
    """The table cut into spans of about 64 MB, between archives; None when its rows are not in order."""
    spans: list[Span] = []
    open_span = _OpenSpan(0)
    last_file, last_offset = "", -1
    row = 0
    for records in records_in(path):
        ordered = np.all(records.offsets[1:] > records.offsets[:-1])
        if not ordered or (records.file, int(records.offsets[0])) <= (last_file, last_offset):
            return None
        if records.file != last_file and open_span.bytes >= SPAN_BYTES:
            spans.append(open_span.closed())
            open_span = _OpenSpan(row)
        open_span.add(records)
        row += len(records.offsets)
        last_file, last_offset = records.file, int(records.offsets[-1])
    return [*spans, open_span.closed()] if open_span.rows else spans


class _OpenSpan:
    """A span being made."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.rows = 0
        self.bytes = 0
        self.files: dict[str, None] = {}
        self._digest: Any = xxh3_128()

    def add(self, records: Records) -> None:
        """Some rows more. The digest is the same however the rows are cut into batches."""
        if records.file not in self.files:
            self._digest.update(f"\n{records.file}\n".encode())
        self.files[records.file] = None
        self._digest.update(np.stack([records.offsets, records.lengths], axis=1).astype("<i8").tobytes())
        self.rows += len(records.offsets)
        self.bytes += int(records.lengths.sum())

    def closed(self) -> Span:
        """The span as it is."""
        return Span(self.first, self.rows, self.bytes, tuple(self.files), self._digest.hexdigest())
