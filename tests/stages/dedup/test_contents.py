import numpy as np
import pyarrow as pa

from stages.dedup.contents import binary, unpacked


def test_contents_come_back_after_filters_and_slices():
    values, offsets = np.arange(100, 110, dtype=np.uint32), np.array([0, 3, 3, 6, 10])
    column = binary(values, offsets)
    assert [len(entry) for entry in column.to_pylist()] == [12, 0, 12, 16]
    back = unpacked(pa.chunked_array([column.slice(2), column.filter(pa.array([True, True, False, False]))]))
    assert back[0].tolist() == [103, 104, 105, 106, 107, 108, 109, 100, 101, 102]
    assert back[1].tolist() == [0, 3, 7, 10, 10]


def test_no_contents_come_back_as_none():
    empty = binary(np.empty(0, np.uint32), np.zeros(1, np.int64))
    assert len(empty) == 0
    assert unpacked(pa.chunked_array([empty]))[1].tolist() == [0]
