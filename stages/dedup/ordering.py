"""The order of members: which document of a cluster stands for it, as one number where less is better."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from xxhash import xxh3_64_intdigest

Keep = Literal["oldest", "newest", "longest", "best"]

LAST = 1 << 61  # of a document without a date or score: after all others; no real order reaches it


def order_column(keep: Keep, score: str) -> str:
    """The column that `keep` looks at."""
    return {"oldest": "date", "newest": "date", "longest": "num_characters", "best": score}[keep]


def orders(batch: pa.RecordBatch, keep: Keep, score: str) -> npt.NDArray[np.int64]:
    """The order of each document: int64, shape (num_rows,), less is better, LAST where the column is null or NaN.

    >>> batch = pa.record_batch({"num_characters": [3, None, 9], "score": [0.5, -1.0, None]})
    >>> orders(batch, "longest", "").tolist() == [-3, LAST, -9]
    True
    >>> np.argsort(orders(batch, "best", "score")).tolist()
    [0, 1, 2]
    """
    column = batch.column(order_column(keep, score))
    if pa.types.is_floating(column.type):
        values = _ordered_bits(column.cast(pa.float64()).fill_null(float("nan")).to_numpy(zero_copy_only=False))
        missing = pc.or_kleene(column.is_null(), pc.is_nan(column).fill_null(True))
    else:
        values = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        missing = column.is_null()
    found = np.clip(values if keep == "oldest" else -values, -LAST + 1, LAST - 1)
    return np.where(missing.to_numpy(zero_copy_only=False), LAST, found).astype(np.int64)


def _ordered_bits(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Integers of 61 bits in the order of the numbers; those that differ past 49 binary digits may be equal."""
    bits = (values + 0.0).view(np.int64)  # -0.0 becomes 0.0
    return np.where(bits < 0, -(bits & np.int64(0x7FFFFFFFFFFFFFFF)), bits) >> 3


def id_hashes(ids: pa.Array) -> npt.NDArray[np.uint64]:
    """XXH3-64 of each id, to break ties by something that does not hang on the order of the inputs: uint64."""
    return np.fromiter((xxh3_64_intdigest((i or "").encode()) for i in ids.to_pylist()), np.uint64, len(ids))
