"""How well a text compresses: repetitive text very well, random strings hardly."""

import zlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_LEVEL = 9  # llm-jp-corpus v1, filters.py
_LZ4 = pa.Codec("lz4_raw")


def zlib_ratio(column: pa.Array) -> npt.NDArray[np.float64]:
    """Bytes of each text as zlib writes it at level 9 / bytes of its UTF-8; 0 for an empty text.

    >>> zlib_ratio(pa.array(["", "あ" * 1000, "あ"])).round(1).tolist()
    [0.0, 0.0, 3.7]
    """
    return _ratio(column, lambda raw: len(zlib.compress(raw, _LEVEL)))


def lz4_ratio(column: pa.Array) -> npt.NDArray[np.float64]:
    """Bytes of each text as one LZ4 block / bytes of its UTF-8; 0 for an empty text.

    >>> lz4_ratio(pa.array(["", "あ" * 1000, "あ"])).round(1).tolist()
    [0.0, 0.0, 1.3]
    """
    return _ratio(column, lambda raw: len(_LZ4.compress(raw)))


def _ratio(column: pa.Array, compressed_bytes: Callable[[memoryview], int]) -> npt.NDArray[np.float64]:
    ratios = np.zeros(len(column))
    for i, text in enumerate(column):
        raw = memoryview(text.as_buffer()) if text.is_valid else memoryview(b"")
        if raw.nbytes:
            ratios[i] = compressed_bytes(raw) / raw.nbytes
    return ratios
