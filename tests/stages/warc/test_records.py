import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.warc.members import Damage
from stages.warc.records import Record, records
from tests.stages.warc.archives import page, record


def only(data: bytes) -> Record:
    [found] = records(data)
    assert isinstance(found, Record)
    return found


def test_a_record_carries_its_header_and_a_view_of_its_block() -> None:
    found = only(record("response", b"block", number=7))
    assert (found.type, found.url, found.date) == ("response", "https://example.jp/", "2024-02-20T21:10:59Z")
    assert found.record_id == "00000000-0000-4000-8000-000000000007"
    assert (bytes(found.block), found.damage, found.whole) == (b"block", (), True)


@pytest.mark.parametrize("version", ["WARC/0.17", "WARC/0.18", "WARC/1.0", "WARC/1.1"])
def test_every_version_is_read(version: str) -> None:
    assert only(page().replace(b"WARC/1.0", version.encode(), 1)).headers.first_line == version


def test_angle_brackets_around_the_url_are_removed() -> None:
    assert only(record("response", b"", url="<https://example.jp/頁>")).url == "https://example.jp/頁"


def test_header_names_are_matched_whatever_their_case() -> None:
    assert only(page().replace(b"WARC-Type", b"warc-TYPE")).type == "response"


def test_header_values_may_go_on_in_the_next_line() -> None:
    data = page().replace(b"WARC-Target-URI: https://example.jp/", b"WARC-Target-URI:\r\n https://example.jp/next")
    assert only(data).url == "https://example.jp/next"


def test_bare_line_feeds_end_a_header() -> None:
    head, block = page().split(b"\r\n\r\n", 1)
    found = only(head.replace(b"\r\n", b"\n") + b"\n\n" + block)
    assert (found.type, found.damage) == ("response", ())


def test_two_records_of_one_member_are_both_found() -> None:
    data = page(number=1) + page(number=2)
    found = [each for each in records(data, 5, 9) if isinstance(each, Record)]
    assert [each.record_id[-1] for each in found] == ["1", "2"]
    assert [(each.offset, each.length) for each in found] == [(5, 9), (5, 9)]


@pytest.mark.parametrize(
    ("claimed", "damage"),
    [(99_999_999, "length_too_large"), (3, "length_too_small"), (None, "length_missing"), ("many", "length_missing")],
)
def test_a_wrong_length_yields_the_block_to_the_end_of_the_member(claimed: object, damage: str) -> None:
    found = only(record("response", b"the whole block", Content_Length=claimed))
    assert (bytes(found.block), found.damage) == (b"the whole block", (damage,))


@pytest.mark.parametrize("claimed", [3, None])
def test_a_wrong_length_does_not_swallow_the_next_record(claimed: int | None) -> None:
    data = record("response", b"first", Content_Length=claimed) + page(number=2)
    first, second = records(data)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (bytes(first.block), second.record_id[-1], second.damage) == (b"first", "2", ())


def test_a_record_within_a_record_stays_inside() -> None:
    inner = page(number=2)
    assert bytes(only(record("resource", inner)).block) == inner


def test_what_is_no_record_is_damage_and_the_next_is_found() -> None:
    damage, found = records(b"no record\r\n\r\n" + page(number=2))
    assert damage == Damage("header_unreadable", 0, 1)
    assert isinstance(found, Record)
    assert records(b"no record") == [Damage("header_unreadable", 0, 1)]


def test_a_block_that_a_cap_cut_is_not_whole() -> None:
    [found] = records(page()[:300], whole=False)
    assert isinstance(found, Record)
    assert (found.whole, found.damage) == (False, ())


def test_blank_members_hold_no_records() -> None:
    assert records(b"") == []
    assert records(b"\r\n\r\n") == []


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    for prefix in (b"", b"WARC/1.0\r\n", b"WARC/1.0\r\nContent-Length: 5\r\n\r\n"):
        for each in records(prefix + data):
            assert isinstance(each, Damage) or len(each.block) <= len(prefix + data)
