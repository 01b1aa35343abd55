import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.network.seekable import seekable

DATA = bytes(range(100))


@given(
    st.lists(st.tuples(st.integers(0, 120), st.sampled_from([io.SEEK_SET, io.SEEK_END]), st.integers(0, 60))),
    st.integers(1, 40),
)
def test_any_place_reads_as_in_memory_though_ranges_come_short(steps: list[tuple[int, int, int]], at_most: int) -> None:
    remote = seekable(len(DATA), lambda start, stop: DATA[start : min(stop, start + at_most)], 16)
    local = io.BytesIO(DATA)
    for offset, whence, size in steps:
        place = -min(offset, len(DATA)) if whence == io.SEEK_END else offset
        assert remote.seek(place, whence) == local.seek(place, whence)
        assert remote.read(size) == local.read(size)


def test_nothing_is_asked_for_behind_the_end() -> None:
    def none(start: int, stop: int) -> bytes:
        pytest.fail(f"asked for {start} to {stop}")

    remote = seekable(10, none, 4)
    assert remote.seek(0, io.SEEK_END) == 10
    assert remote.read() == b""
    assert remote.seek(99) == 99
    assert remote.read(5) == b""
