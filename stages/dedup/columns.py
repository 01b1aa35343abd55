"""Columns of sketches, links and verdicts: as numbers, and what they take on the disk."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_ID_BYTES = 51  # <urn:uuid:…> and its length


def bytes_of(schema: pa.Schema) -> int:
    """A row on the disk, in bytes, where a string is the id of a record and its length; without contents.

    >>> bytes_of(pa.schema([("row", pa.int64()), ("id", pa.string())]))
    59
    """
    fixed = (kind.bit_width for kind in schema.types if not pa.types.is_string(kind) and kind != pa.large_binary())
    return int(-(-sum(fixed) // 8) + _ID_BYTES * sum(map(pa.types.is_string, schema.types)))


def numbers(batch: pa.RecordBatch, column: str) -> npt.NDArray[Any]:
    """A column without nulls as numpy."""
    return np.asarray(batch.column(column).to_numpy(zero_copy_only=False))
