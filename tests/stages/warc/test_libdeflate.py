import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.warc.libdeflate import Room, bytes_of, inflate

CONTENT = "春はあけぼの。".encode() * 50


def inflated(room: Room, data: bytes, at: int = 0) -> tuple[int, bytes] | None:
    """Bytes of the member and its content."""
    if not inflate(room, bytes_of(data), at, len(data)):
        return None
    length, size = room.sizes.tolist()
    return length, room.content[:size].tobytes()


@given(st.binary(max_size=2000), st.integers(0, 9), st.binary(max_size=20), st.binary(max_size=20))
def test_a_member_is_what_zlib_says_wherever_it_stands(content: bytes, level: int, before: bytes, after: bytes) -> None:
    member = gzip.compress(content, level)
    assert inflated(Room.of(2000), before + member + after, len(before)) == (len(member), zlib.decompress(member, 31))


@pytest.mark.parametrize("excess", [0, 1])
def test_a_content_without_room_is_none(excess: int) -> None:
    found = inflated(Room.of(len(CONTENT) - excess), gzip.compress(CONTENT))
    assert (found is None) is bool(excess)


@given(st.data())
def test_no_damage_changes_a_content_that_is_taken_for_sound(data: st.DataObject) -> None:
    member = gzip.compress(CONTENT)
    at = data.draw(st.integers(0, len(member) - 1))
    damaged = member[:at] + bytes([member[at] ^ data.draw(st.integers(1, 255))]) + member[at + 1 :]
    found = inflated(Room.of(1 << 16), damaged)
    assert found is None or found == (len(member), CONTENT)  # some bits say nothing, as those after the last code
    assert inflated(Room.of(1 << 16), member[:at]) is None


def test_the_room_is_used_again() -> None:
    room = Room.of(1 << 16)
    for content in (CONTENT, b"", CONTENT[:9]):
        assert inflated(room, gzip.compress(content)) == (len(gzip.compress(content)), content)
