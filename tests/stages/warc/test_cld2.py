import gzip
import io
import random
from collections import Counter

import pytest

from stages.warc.archive import archive_records
from stages.warc.cld2 import excludes_japanese
from stages.warc.libdeflate import bytes_of
from stages.warc.members import MAGIC, Damage
from stages.warc.records import Record
from stages.warc.selection import Excluded, Selection
from tests.shared import shared_data
from tests.stages.warc.archives import ENGLISH, JAPANESE, capture, http, members_of, record

INFO = record("warcinfo", b"software: ours\r\n", Content_Type="application/warc-fields")


class Told(Counter[str]):
    """What was passed over, by reason. Every page and every excluded response is asked to be shown."""

    def until_example(self, reason: str) -> int:
        return 0

    def drop_many(self, reason: str, count: int) -> None:
        self[reason] += count

    def bytes(self, position: int) -> None:
        pass


def read(archive: bytes) -> tuple[list[str], int]:
    """Of each response what became of it, and damage by name; and the number of other records, told or counted."""
    told = Told()
    kinds = []
    for found in Selection("cld2", 1 << 20, ("text/html",), told).records(io.BytesIO(archive)):
        if isinstance(found, Excluded):
            kinds.append("excluded")
        elif isinstance(found, Damage):
            kinds.append(found.kind)
        elif found.type == "response":
            kinds.append("read")
        else:
            told["not_a_response"] += 1
    assert not told["not_japanese_cld2"]
    return kinds, told["not_a_response"]


def test_a_response_whose_annotation_excludes_japanese_is_passed_over() -> None:
    japanese = capture(2, JAPANESE, ["en", "de", "ja"])
    archive = members_of([INFO, *capture(1, ENGLISH), *japanese, *capture(3, ENGLISH)])
    assert read(archive) == (["excluded", "read", "excluded"], 7)


def test_a_response_without_annotation_is_read() -> None:
    archive = members_of([INFO, *capture(1, ENGLISH, None), *capture(2, ENGLISH, [])])
    assert read(archive) == (["read", "read"], 5)


def test_what_was_passed_over_says_where_it_lies() -> None:
    archive = members_of([INFO, *capture(1, ENGLISH)])
    [_, _, response, _] = archive_records(io.BytesIO(archive), 1 << 20)
    assert isinstance(response, Record)
    [_, excluded] = Selection("cld2", 1 << 20, (), Told()).records(io.BytesIO(archive))
    assert isinstance(excluded, Excluded)
    about = excluded.metadata
    assert excluded.reason == "not_japanese_cld2"
    assert (about.offset, about.length, about.url) == (response.offset, response.length, response.url)


@pytest.mark.parametrize("order", [(1, 2), (0, 1), (1, 0, 2), (0, 2, 1), (2, 0, 1), (0, 1, 1, 2)])
def test_captures_in_another_order_are_read_in_full(order: tuple[int, ...]) -> None:
    records = capture(1, ENGLISH)
    num_responses = order.count(1)
    found = read(members_of([INFO, *(records[n] for n in order)]))
    assert found == (["read"] * num_responses, 1 + len(order) - num_responses)


def test_metadata_of_another_page_passes_nothing_over() -> None:
    request, response, _ = capture(1, ENGLISH)
    *_, other = capture(2, ENGLISH)
    assert read(members_of([INFO, request, response, other])) == (["read"], 3)


def test_metadata_of_the_request_passes_nothing_over() -> None:
    request, response, metadata = capture(1, ENGLISH)
    of_request = metadata.replace(b"000000000011>", b"000000000010>")
    assert of_request != metadata
    assert read(members_of([INFO, request, response, of_request])) == (["read"], 3)


def test_two_records_in_one_small_member_are_both_read() -> None:
    request, response, metadata = capture(1, ENGLISH)
    assert read(members_of([INFO, request, response, metadata + metadata])) == (["read"], 4)


def test_a_request_without_response_is_read_and_the_next_capture_passed_over() -> None:
    lonely, *_ = capture(1, ENGLISH)
    assert read(members_of([INFO, lonely, *capture(2, ENGLISH)])) == (["excluded"], 4)


def test_after_a_capture_that_was_passed_over_a_large_member_is_no_request() -> None:
    _, response, metadata = capture(2, ENGLISH)
    large = record("response", http(random.Random(1).randbytes(9000)), number=21, url="https://example.jp/21")
    found = read(members_of([*capture(1, ENGLISH), large, response, metadata]))
    assert found == (["excluded", "read", "read"], 3)


def test_after_a_capture_that_was_read_the_request_is_looked_into_again() -> None:
    _, response, metadata = capture(3, ENGLISH)
    archive = members_of([*capture(1, ENGLISH), *capture(2, JAPANESE, ["ja"]), response, response, metadata])
    assert read(archive) == (["excluded", "read", "read", "read"], 5)


def test_after_something_odd_the_request_is_looked_into_again() -> None:
    request, response, metadata = capture(3, ENGLISH)
    archive = members_of([*capture(1, ENGLISH), request, metadata, response, response, metadata])
    assert read(archive) == (["excluded", "read", "read"], 5)


def test_a_magic_inside_a_response_is_no_boundary() -> None:
    request, _, metadata = capture(1, ENGLISH)
    tricky = record("response", http(b"<html>" + MAGIC * 50), number=11, url="https://example.jp/1")
    archive = members_of([INFO, request]) + gzip.compress(tricky, 0) + members_of([metadata, *capture(2, ENGLISH)])
    assert read(archive) == (["read", "excluded"], 5)


def test_a_damaged_response_that_is_read_costs_only_itself() -> None:
    parts = [members_of([each]) for each in [INFO, *capture(1, JAPANESE, ["ja"]), *capture(2, ENGLISH)]]
    parts[2] = parts[2][:-30]
    assert read(b"".join(parts)) == (["gzip_damaged", "excluded"], 5)


def test_a_damaged_metadata_record_passes_nothing_over() -> None:
    parts = [members_of([each]) for each in [INFO, *capture(1, ENGLISH), *capture(2, ENGLISH)]]
    parts[3] = parts[3][:-30]
    assert read(b"".join(parts)) == (["read", "gzip_damaged", "excluded"], 4)


def test_captures_over_the_borders_of_what_is_read_at_once_are_passed_over() -> None:
    records = [each for n in range(4000) for each in capture(n, ENGLISH)]
    archive = members_of(records, level=0)
    assert len(archive) > 4_000_000
    assert read(archive) == (["excluded"] * 4000, 8000)


@pytest.mark.parametrize(
    "line", [b"", b"languages-cld2: {", b'languages-cld2: {"reliable":false}', b'languages-cld2: {"languages":[]}']
)
def test_no_languages_are_no_annotation(line: bytes) -> None:
    assert not excludes_japanese(bytes_of(b"fetchTimeMs: 1\r\n" + line))


def test_only_the_annotation_is_looked_at() -> None:
    line = b'\nx: "code":"ja"\r\nlanguages-cld2: {"languages":[{"code":"jv"}]}\r\ny: "code":"ja"'
    assert excludes_japanese(bytes_of(line))


def test_plain_archives_are_read_in_full() -> None:
    assert read(b"".join(capture(1, ENGLISH))) == (["read"], 2)


def test_on_real_captures_every_record_is_told_once() -> None:
    data = shared_data("web.warc.gz").read_bytes()
    everything = {each.offset: each for each in archive_records(io.BytesIO(data), 1 << 23) if isinstance(each, Record)}
    kinds, num_others = read(data)
    assert len(kinds) + num_others == len(everything)
    for found in Selection("cld2", 1 << 23, ("text/html",), Told()).records(io.BytesIO(data)):
        if isinstance(found, Excluded):
            response = everything[found.metadata.offset]
            assert (response.type, response.url) == ("response", found.metadata.url)
            assert response.length == found.metadata.length
