import gzip
from pathlib import Path

import pytest
import zstandard
from warcio.archiveiterator import ArchiveIterator

from stages.warc.archive import archive_records, has_member_for_each_record
from stages.warc.members import Damage
from stages.warc.records import Record
from tests.shared import shared_data
from tests.stages.warc.archives import members_of, page, read_all

PAGES = [page(number=n, url=f"https://example.jp/{n}") for n in range(1, 6)]
WELL_FORMED = [
    "chatnoir-resiliparse-block-sized-records.warc",
    "chatnoir-resiliparse-block-sized-records.warc.gz",
    "chatnoir-resiliparse-warcfile.warc.gz",
    "dolma-sample-0000.warc.gz",
    "dolma-sample-0001.warc.gz",
    "warcio-example-digest.warc",
    "warcio-example-iana.org-chunked.warc",
    "warcio-example-resource.warc.gz",
    "warcio-example-space-in-target-uri.warc.gz",
    "warcio-example-space-in-url.arc",
    "warcio-example-trunc.warc",
    "warcio-example-wget-bad-target-uri.warc.gz",
    "warcio-example.arc",
    "warcio-example.arc.gz",
    "warcio-example.warc",
    "warcio-example.warc.gz",
    "warcio-post-test.warc.gz",
    "whirlwind-python-whirlwind.warc",
    "whirlwind-python-whirlwind.warc.gz",
    "whirlwind-python-whirlwind.warc.wat.gz",
    "whirlwind-python-whirlwind.warc.wet",
    "whirlwind-python-whirlwind.warc.wet.gz",
]


def comparable(fields: list[tuple[str, str]], is_arc: bool) -> list[tuple[str, str]]:
    """Header fields without what warcio changes: it repairs URLs, and gives ARC records an id by chance."""
    fields = [(name, value) for name, value in fields if not (is_arc and name == "WARC-Record-ID")]
    return [(name, value.strip("<>").replace(" ", "%20") if name.endswith("-URI") else value) for name, value in fields]


def same_as_warcio(path: Path) -> None:
    is_arc = ".arc" in path.name
    with path.open("rb") as ours, path.open("rb") as theirs:
        oracle = ArchiveIterator(theirs, no_record_parse=True, arc2warc=True)
        found = (each for each in archive_records(ours, 1 << 23) if isinstance(each, Record))
        for expected, record in zip(oracle, found, strict=True):
            assert comparable(record.headers.items(), is_arc) == comparable(expected.rec_headers.headers, is_arc)
            assert record.block == expected.raw_stream.read()
            assert record.whole
            if has_member_for_each_record(path.read_bytes()[: 1 << 22]):
                assert (record.offset, record.length) == (oracle.get_record_offset(), oracle.get_record_length())


@pytest.mark.parametrize("name", WELL_FORMED)
def test_records_are_those_of_warcio_header_for_header_and_byte_for_byte(name: str) -> None:
    same_as_warcio(shared_data(f"peer_warcs/{name}"))


def test_records_of_real_captures_are_those_of_warcio() -> None:
    path = shared_data("web.warc.gz")
    with path.open("rb") as ours, path.open("rb") as theirs:
        oracle = ArchiveIterator(theirs, no_record_parse=True)
        for expected, record in zip(oracle, archive_records(ours, 1 << 23), strict=True):
            assert isinstance(record, Record)
            assert record.headers.items() == expected.rec_headers.headers
            assert record.block == expected.raw_stream.read()


@pytest.mark.parametrize(
    "name",
    [
        "chatnoir-resiliparse-clipped.warc.gz",
        "warcio-bad.arc",
        "warcio-example-bad-non-chunked.warc.gz",
        "warcio-example-bad.warc.gz.bad",
        "warcio-example-wrong-chunks.warc.gz",
    ],
)
def test_ill_formed_archives_of_others_are_read_as_far_as_they_go(name: str) -> None:
    records, _ = read_all(shared_data(f"peer_warcs/{name}").read_bytes())
    assert records


def packed(kind: str) -> bytes:
    plain = b"".join(PAGES)
    return {
        "member for each": members_of(PAGES),
        "plain": plain,
        "one member": gzip.compress(plain),
        "members that end anywhere": members_of([plain[:100], plain[100:1000], plain[1000:]]),
        "zstandard": zstandard.compress(plain),
        "zstandard frames": b"".join(map(zstandard.compress, PAGES)),
        "zstandard with dictionary": with_dictionary(PAGES),
    }[kind]


def with_dictionary(pages: list[bytes]) -> bytes:
    content = b"WARC/1.0\r\nWARC-Type: response\r\n" * 10
    dictionary = zstandard.ZstdCompressionDict(content)
    compressor = zstandard.ZstdCompressor(dict_data=dictionary)
    frame = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
    return frame + b"".join(compressor.compress(each) for each in pages)


KINDS = [
    "member for each",
    "plain",
    "one member",
    "members that end anywhere",
    "zstandard",
    "zstandard frames",
    "zstandard with dictionary",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_archive_gives_the_same_records(kind: str) -> None:
    records, damage = read_all(packed(kind))
    assert [each.url for each in records] == [f"https://example.jp/{n}" for n in range(1, 6)]
    assert [bytes(each.block) for each in records] == [bytes(each.block) for each in read_all(members_of(PAGES))[0]]
    assert damage == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_cut_anywhere_gives_what_stands_before(kind: str) -> None:
    data = packed(kind)
    for at in range(0, len(data), 97):
        records, _ = read_all(data[:at])
        assert [each.url for each in records if not each.damage] == [f"https://example.jp/{n}" for n in range(1, 6)][
            : sum(not each.damage for each in records)
        ]


@pytest.mark.parametrize("excess", [0, 1])
def test_a_plain_block_is_cut_only_above_the_largest_size(excess: int) -> None:
    large = page("あ" * 800_000)
    size = len(large) - large.index(b"HTTP/1.1") - len(b"\r\n\r\n")
    found, _ = read_all(large + PAGES[0], max_page_bytes=size - excess - (1 << 20))
    assert [each.whole for each in found] == [not excess, True]


def test_a_large_block_of_a_plain_archive_is_passed_over() -> None:
    large = page("あ" * 3_000_000)
    for data in (large + PAGES[0], gzip.compress(large + PAGES[0]), members_of([large, PAGES[0]])):
        cut, after = read_all(data, max_page_bytes=1 << 16)[0]
        assert (cut.whole, after.whole, after.url) == (False, True, "https://example.jp/1")
        assert len(cut.block) <= (1 << 16) + (1 << 20)


@pytest.mark.parametrize("claimed", [3, None, 10**17])
def test_a_plain_record_that_lies_about_its_length_is_yielded(claimed: int | None) -> None:
    lying = page(number=9, url="https://example.jp/9", Content_Length=claimed)
    records, _ = read_all(PAGES[0] + lying + PAGES[1])
    assert [each.url[-1] for each in records] == ["1", "9", "2"]


def test_a_plain_record_of_any_claimed_length_ends_with_the_archive() -> None:
    lying = page("あ" * 800_000, Content_Length=10**17)
    [found], _ = read_all(lying, max_page_bytes=1 << 16)
    assert (found.damage, found.whole) == (("length_too_large",), False)


def test_garbage_in_a_plain_archive_costs_no_record() -> None:
    records, damage = read_all(PAGES[0] + b"garbage\r\n" * 20_000 + PAGES[1])
    assert [each.url[-1] for each in records] == ["1", "2"]
    assert [(each.kind, each.lost) for each in damage] == [("garbage_between_records", 0)]


def test_what_is_no_archive_holds_no_records() -> None:
    assert read_all(b"") == ([], [])
    for data in (b"<html>" * 1000, gzip.compress(b"<html>" * 1000), b"\x28\xb5\x2f\xfd" + b"x" * 500):
        records, damage = read_all(data)
        assert records == []
        assert all(isinstance(each, Damage) for each in damage)
        assert damage
