import gzip
import io
import random

import pytest

from stages.warc.archive import archive_records
from stages.warc.cld2 import Skipped, is_annotated_other, metadata_first_records
from stages.warc.members import MAGIC, Damage
from stages.warc.records import Record
from tests.shared import shared_data
from tests.stages.warc.archives import ENGLISH, JAPANESE, capture, http, members_of, record

INFO = record("warcinfo", b"software: ours\r\n", Content_Type="application/warc-fields")


def read(archive: bytes) -> list[Record | Damage | Skipped]:
    return list(metadata_first_records(io.BytesIO(archive), 1 << 20))


def kinds(found: list[Record | Damage | Skipped]) -> list[str]:
    return [each.type if isinstance(each, Record) else type(each).__name__ for each in found]


def test_a_response_whose_annotation_excludes_japanese_is_passed_over() -> None:
    japanese = capture(2, JAPANESE, ["en", "de", "ja"])
    found = read(members_of([INFO, *capture(1, ENGLISH), *japanese, *capture(3, ENGLISH)]))
    assert kinds(found) == ["warcinfo", "Skipped", "request", "response", "metadata", "Skipped"]


def test_a_response_without_annotation_is_read() -> None:
    assert kinds(read(members_of([INFO, *capture(1, ENGLISH, None), *capture(2, ENGLISH, [])]))) == [
        "warcinfo",
        *["request", "response", "metadata"] * 2,
    ]


def test_what_was_passed_over_says_where_it_lies() -> None:
    archive = members_of([INFO, *capture(1, ENGLISH)])
    [_, skipped] = read(archive)
    assert isinstance(skipped, Skipped)
    [_, _, response, _] = archive_records(io.BytesIO(archive), 1 << 20)
    assert isinstance(response, Record)
    assert (skipped.offset, skipped.length, skipped.url) == (response.offset, response.length, response.url)


@pytest.mark.parametrize("order", [(1, 2), (0, 1), (1, 0, 2), (0, 2, 1), (2, 0, 1), (0, 1, 1, 2)])
def test_captures_in_another_order_are_read_in_full(order: tuple[int, ...]) -> None:
    records = capture(1, ENGLISH)
    found = read(members_of([INFO, *(records[n] for n in order)]))
    assert kinds(found)[1:] == [("request", "response", "metadata")[n] for n in order]


def test_metadata_of_another_page_passes_nothing_over() -> None:
    request, response, _ = capture(1, ENGLISH)
    *_, other = capture(2, ENGLISH)
    assert kinds(read(members_of([INFO, request, response, other])))[1:] == ["request", "response", "metadata"]


def test_metadata_of_the_request_passes_nothing_over() -> None:
    request, response, metadata = capture(1, ENGLISH)
    of_request = metadata.replace(b"000000000011>", b"000000000010>")
    assert of_request != metadata
    assert kinds(read(members_of([INFO, request, response, of_request])))[1:] == ["request", "response", "metadata"]


def test_two_records_in_one_small_member_are_both_read() -> None:
    request, response, metadata = capture(1, ENGLISH)
    found = read(members_of([INFO, request, response, metadata + metadata]))
    assert kinds(found)[1:] == ["request", "response", "metadata", "metadata"]


def test_a_request_without_response_is_read_and_the_next_capture_passed_over() -> None:
    lonely, *_ = capture(1, ENGLISH)
    assert kinds(read(members_of([INFO, lonely, *capture(2, ENGLISH)]))) == ["warcinfo", "request", "Skipped"]


def test_after_a_capture_that_was_passed_over_a_large_member_is_no_request() -> None:
    _, response, metadata = capture(2, ENGLISH)
    large = record("response", http(random.Random(1).randbytes(9000)), number=21, url="https://example.jp/21")
    found = read(members_of([*capture(1, ENGLISH), large, response, metadata]))
    assert kinds(found) == ["Skipped", "response", "response", "metadata"]


def test_after_a_capture_that_was_read_the_request_is_looked_into_again() -> None:
    _, response, metadata = capture(3, ENGLISH)
    archive = members_of([*capture(1, ENGLISH), *capture(2, JAPANESE, ["ja"]), response, response, metadata])
    assert kinds(read(archive))[:1] == ["Skipped"]
    assert kinds(read(archive))[4:] == ["response", "response", "metadata"]


def test_a_magic_inside_a_response_is_no_boundary() -> None:
    request, _, metadata = capture(1, ENGLISH)
    tricky = record("response", http(b"<html>" + MAGIC * 50), number=11, url="https://example.jp/1")
    archive = members_of([INFO, request]) + gzip.compress(tricky, 0) + members_of([metadata, *capture(2, ENGLISH)])
    assert kinds(read(archive)) == ["warcinfo", "request", "response", "metadata", "Skipped"]


def test_a_damaged_response_that_is_read_costs_only_itself() -> None:
    parts = [members_of([each]) for each in [INFO, *capture(1, JAPANESE, ["ja"]), *capture(2, ENGLISH)]]
    parts[2] = parts[2][:-30]
    assert kinds(read(b"".join(parts))) == ["warcinfo", "request", "Damage", "metadata", "Skipped"]


def test_a_damaged_metadata_record_passes_nothing_over() -> None:
    parts = [members_of([each]) for each in [INFO, *capture(1, ENGLISH), *capture(2, ENGLISH)]]
    parts[3] = parts[3][:-30]
    assert kinds(read(b"".join(parts))) == ["warcinfo", "request", "response", "Damage", "Skipped"]


def test_captures_over_the_borders_of_what_is_read_at_once_are_passed_over() -> None:
    records = [each for n in range(4000) for each in capture(n, ENGLISH)]
    archive = members_of(records, level=0)
    assert len(archive) > 4_000_000
    assert kinds(read(archive)) == ["Skipped"] * 4000


@pytest.mark.parametrize(
    "line", [b"", b"languages-cld2: {", b'languages-cld2: {"reliable":false}', b'languages-cld2: {"languages":[]}']
)
def test_no_languages_are_no_annotation(line: bytes) -> None:
    assert not is_annotated_other(b"fetchTimeMs: 1\r\n" + line)


def test_only_the_annotation_is_looked_at() -> None:
    assert is_annotated_other(b'\nx: "code":"ja"\r\nlanguages-cld2: {"languages":[{"code":"jv"}]}\r\ny: "code":"ja"')


def test_plain_archives_are_read_in_full() -> None:
    assert kinds(read(b"".join(capture(1, ENGLISH)))) == ["request", "response", "metadata"]


def test_on_real_captures_every_record_is_told_once_and_japanese_is_kept() -> None:
    data = shared_data("web.warc.gz").read_bytes()
    found = read(data)
    everything = {each.offset: each for each in archive_records(io.BytesIO(data), 1 << 23) if isinstance(each, Record)}
    num_told = sum(1 + each.num_others if isinstance(each, Skipped) else 1 for each in found)
    assert num_told == len(everything)
    for each in found:
        if isinstance(each, Skipped):
            assert everything[each.offset].type == "response"
            assert everything[each.offset].url == each.url
            assert everything[each.offset].length == each.length
