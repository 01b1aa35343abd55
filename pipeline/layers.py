"""Documents on disk: a base file per rank, and layers over it, row for row, group for group.

A layer holds what later stages add to the same rows, with `drop_reason`. So a decision taken again reads and writes
only its own columns, and the texts are written once.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import StorageError
from pipeline.plan import Plan
from pipeline.schema import DROP_REASON, NUM_CHARACTERS, ROW
from pipeline.storage import Folder

GROUP_ROWS = 4096
GROUP_BYTES = 64_000_000
_LABELS = {"charset", "language", "warc_file", "drop_reason", "dropped_by", "host", "registered_domain"}


def parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer with the house's settings: zstd 3, statistics, dictionaries only where values repeat."""
    labels = [name for name in schema.names if name in _LABELS]
    return pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=3, use_dictionary=labels, write_statistics=True
    )


class GroupWriter:
    """Writes batches as row groups of a few thousand rows, cut by rows and bytes, the same for the same batches."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self.groups: list[dict[str, int]] = []
        self._writer = parquet_writer(path, schema)
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0
        self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows; columns that the schema does not name are left out, missing ones are null."""
        if batch.num_rows == 0:
            return
        fitted = fit(batch, self.schema)
        self._waiting.append(fitted)
        self._rows += fitted.num_rows
        self._bytes += fitted.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> int:
        """Write what waits and the footer. Returns the number of rows in the file."""
        self._flush()
        self._writer.close()
        return sum(group["rows"] for group in self.groups)

    def _flush(self) -> None:
        if self._waiting:
            table = pa.Table.from_batches(self._waiting, self.schema)
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
            lengths = table[NUM_CHARACTERS.name] if NUM_CHARACTERS.name in table.schema.names else None
            self.groups.append(group_facts(None, lengths, table.num_rows))
            self._waiting, self._rows, self._bytes = [], 0, 0


def group_facts(reasons: pa.Array | None, lengths: pa.Array | None, rows: int) -> dict[str, int]:
    """What later plans want to know of a row group: rows, kept rows, and the kept characters."""
    kept = rows if reasons is None else reasons.null_count
    if lengths is not None and reasons is not None:
        lengths = lengths.filter(reasons.is_null())
    return {"rows": rows, "kept": kept, "characters": (pc.sum(lengths).as_py() or 0) if lengths is not None else 0}


def fit(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in exactly this schema: columns left out, null where missing, cast where the type differs."""
    arrays = []
    for field in schema:
        place = batch.schema.get_field_index(field.name)
        array = batch.column(place) if place >= 0 else pa.nulls(batch.num_rows, field.type)
        arrays.append(array if array.type == field.type else array.cast(field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class Layers:
    """The documents of one rank as the plans so far have made them."""

    def __init__(self, folder: Folder, plans: Sequence[Plan], rank: int) -> None:
        self.files = []
        for plan in plans:
            name = plan.data_name(rank)
            try:
                self.files.append(pq.ParquetFile(folder.open(name)))
            except (pa.ArrowException, OSError) as error:
                raise StorageError(f"{folder.where(name)}: is not Parquet: {error}; delete it and run again") from None
        self.num_groups = self.files[0].metadata.num_row_groups
        self.num_rows = self.files[0].metadata.num_rows
        self._owner = {name: file for file in self.files for name in file.schema_arrow.names}

    def __enter__(self) -> "Layers":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self.files:
            file.close()

    @property
    def names(self) -> list[str]:
        """All columns there are."""
        return list(self._owner)

    def read(self, group: int, columns: Sequence[str]) -> pa.RecordBatch:
        """All rows of one row group, the dropped ones too, with these columns and always `drop_reason`."""
        wanted = list(dict.fromkeys(columns))
        rows = self.files[0].metadata.row_group(group).num_rows
        arrays: dict[str, pa.Array] = {}
        for file in self.files:
            mine = [name for name in (*wanted, DROP_REASON.name) if self._owner.get(name) is file]
            if mine:
                table = file.read_row_group(group, columns=mine).combine_chunks()
                arrays |= {name: _one_array(table[name]) for name in mine}
        missing = [name for name in wanted if name not in arrays]
        if missing:
            raise StorageError(f"stored documents lack the columns {', '.join(missing)}; run the pipeline again")
        if DROP_REASON.name not in arrays:
            arrays[DROP_REASON.name] = pa.nulls(rows, DROP_REASON.type)
        ordered = [*wanted, *(n for n in arrays if n not in wanted)]
        return pa.RecordBatch.from_arrays([arrays[name] for name in ordered], names=ordered)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    """A column of one row group as one array."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.nulls(0, column.type)])


def alive(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that have not fallen, without `drop_reason`."""
    kept = batch.filter(batch.column(DROP_REASON.name).is_null())
    return kept.drop_columns([DROP_REASON.name])


def number_rows(batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
    """The batch with its rows numbered from `first` in a column `row`."""
    rows = pa.array(np.arange(first, first + batch.num_rows), ROW.type)
    return batch.append_column(ROW.name, rows)
