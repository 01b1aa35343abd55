import gzip
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.warc.decompression import Replay
from stages.warc.members import MAGIC, Damage, Member, Window, members
from tests.stages.warc.archives import members_of, page

PAGES = [page(number=n, url=f"https://example.jp/{n}") for n in range(1, 6)]


def found_in(data: bytes, max_bytes: int = 1 << 20) -> list[Member | Damage]:
    return list(members(Window(io.BytesIO(data)), max_bytes))


def contents(found: list[Member | Damage]) -> list[bytes]:
    return [bytes(each.data) for each in found if isinstance(each, Member)]


def kinds(found: list[Member | Damage]) -> list[tuple[str, int]]:
    return [(each.kind, each.lost) for each in found if isinstance(each, Damage)]


def stored_member(content: bytes) -> bytes:
    """A member whose deflate stream holds the content as it stands."""
    return gzip.compress(content, 0, mtime=0)


def test_members_are_found_with_offset_and_length() -> None:
    data = members_of(PAGES)
    found = found_in(data)
    assert contents(found) == PAGES
    for each in found:
        assert isinstance(each, Member)
        assert gzip.decompress(data[each.offset : each.offset + each.length]) == bytes(each.data)


def test_a_magic_inside_compressed_data_does_not_split_a_member() -> None:
    tricky = b"WARC/1.0\r\n\r\n" + b"".join(MAGIC + bytes([n]) * 9 for n in range(40))
    data = stored_member(tricky) + members_of(PAGES)
    assert data.count(MAGIC) > 40
    found = found_in(data)
    assert contents(found) == [tricky, *PAGES]
    assert kinds(found) == []


def test_a_whole_member_inside_a_stored_member_is_not_taken_for_one() -> None:
    outer = b"WARC/1.0\r\n\r\n" + members_of(PAGES[:2])
    assert contents(found_in(stored_member(outer) + members_of(PAGES[2:]))) == [outer, *PAGES[2:]]


@pytest.mark.parametrize("position", [0, 1, 4])
def test_a_cut_member_costs_only_itself(position: int) -> None:
    parts = [members_of([each]) for each in PAGES]
    parts[position] = parts[position][: len(parts[position]) // 2]
    found = found_in(b"".join(parts))
    assert contents(found) == [each for n, each in enumerate(PAGES) if n != position]
    assert kinds(found) == [("gzip_cut_at_end" if position == 4 else "gzip_damaged", 1)]


def test_a_wrong_checksum_costs_only_its_member() -> None:
    parts = [members_of([each]) for each in PAGES]
    parts[2] = parts[2][:-8] + b"\0\0\0\0" + parts[2][-4:]
    found = found_in(b"".join(parts))
    assert contents(found) == [*PAGES[:2], *PAGES[3:]]
    assert kinds(found) == [("gzip_damaged", 1)]


def test_garbage_between_members_costs_no_record() -> None:
    first, *rest = (members_of([each]) for each in PAGES)
    found = found_in(b"".join([first, b"garbage \x1f\x8b\x08 and more" * 50, *rest]))
    assert contents(found) == PAGES
    assert kinds(found) == [("garbage_between_members", 0)]


def test_garbage_that_looks_like_a_larger_size_is_no_part_of_a_member() -> None:
    member = members_of([PAGES[0]])
    larger = (len(PAGES[0]) + 100).to_bytes(4, "little")
    [found, damage] = found_in(member + b"garbage" + larger)
    assert isinstance(found, Member)
    assert (found.length, bytes(found.data)) == (len(member), PAGES[0])
    assert damage == Damage("garbage_between_members", len(member), 0)


def test_padding_at_the_end_costs_no_record() -> None:
    found = found_in(members_of(PAGES) + b"\0" * 512)
    assert contents(found) == PAGES
    assert kinds(found) == [("garbage_between_members", 0)]


@pytest.mark.parametrize("excess", [0, 1])
def test_a_member_is_cut_only_above_the_largest_size(excess: int) -> None:
    large = page("あ" * 30_000)
    found = found_in(members_of([PAGES[0], large, PAGES[1]]), max_bytes=len(large) - excess)
    assert contents(found) == [PAGES[0], large[: len(large) - excess], PAGES[1]]
    assert [each.whole for each in found if isinstance(each, Member)] == [True, not excess, True]


def test_a_lie_about_the_inflated_size_is_damage_even_where_it_is_huge() -> None:
    member = members_of([PAGES[0]])
    lying = member[:-4] + b"\xff\xff\xff\x7f"
    found = found_in(lying + member)
    assert contents(found) == [PAGES[0]]
    assert kinds(found) == [("gzip_damaged", 1)]


def test_a_bomb_is_inflated_no_further_than_the_largest_size() -> None:
    bomb = gzip.compress(b"WARC/1.0\r\n" + bytes(50_000_000), 9)
    [cut, after] = found_in(bomb + members_of(PAGES[:1]), max_bytes=1 << 16)
    assert isinstance(cut, Member)
    assert isinstance(after, Member)
    assert (len(cut.data), cut.whole, bytes(after.data)) == (1 << 16, False, PAGES[0])


def test_members_longer_than_what_is_read_at_once_are_whole() -> None:
    noise = random.Random(0)
    large = [page(number=n) + noise.randbytes(900_000 + n) for n in range(3)]
    assert contents(found_in(members_of(large), max_bytes=1 << 20)) == large


def test_a_stream_that_gives_little_at_a_time_gives_the_same() -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 7))

    data = members_of(PAGES)
    assert list(members(Window(Trickle(data)), 1 << 20)) == found_in(data)
    assert list(members(Window(Replay(data[:11], Trickle(data[11:]))), 1 << 20)) == found_in(data)


def test_nothing_holds_no_members() -> None:
    assert found_in(b"") == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_to_bytes_loses_no_member_elsewhere(data: st.DataObject) -> None:
    parts = [members_of([each]) for each in PAGES]
    hit = data.draw(st.integers(0, len(parts) - 1))
    at = data.draw(st.integers(0, len(parts[hit]) - 1))
    parts[hit] = parts[hit][:at] + data.draw(st.binary(max_size=40)) + parts[hit][at + 1 :]
    kept = contents(found_in(b"".join(parts)))
    assert [each for each in kept if each in PAGES[:hit] + PAGES[hit + 1 :]] == PAGES[:hit] + PAGES[hit + 1 :]
