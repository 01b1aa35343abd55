"""Contents: runs of 32-bit numbers as one binary column, and back."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Values = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]


def binary(values: Values, offsets: Offsets) -> pa.Array:
    """A large_binary column whose entry i holds `values[offsets[i]:offsets[i + 1]]`, little-endian."""
    buffers = [None, pa.py_buffer(4 * offsets.astype(np.int64)), pa.py_buffer(values.astype("<u4"))]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)


def unpacked(column: pa.ChunkedArray) -> tuple[Values, Offsets]:
    """Values and offsets as `binary` took them.

    >>> values, offsets = unpacked(pa.chunked_array([binary(np.array([7, 8, 9], np.uint32), np.array([0, 2, 2, 3]))]))
    >>> values.tolist(), offsets.tolist()
    ([7, 8, 9], [0, 2, 2, 3])
    """
    values, lengths = [np.empty(0, np.uint32)], [np.zeros(1, np.int64)]
    for chunk in column.chunks:
        _, offsets, data = chunk.buffers()
        bounds = np.frombuffer(offsets, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        lengths.append(np.diff(bounds) // 4)
        if len(chunk) and data is not None:
            values.append(np.frombuffer(data, "<u4")[bounds[0] // 4 : bounds[-1] // 4])
    return np.concatenate(values, dtype=np.uint32), np.cumsum(np.concatenate(lengths))
