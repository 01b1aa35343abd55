"""The sample is the same for a seed, readable as Common Crawl's files are, and labelled truly."""

import gzip
import json
import re
import zlib
from collections import Counter
from functools import cache
from io import BytesIO

import pytest
from warcio.archiveiterator import ArchiveIterator

from stages.sample import SampleTruth, write_sample
from stages.sample.similarity import jaccard

NUM_PAGES = 400


@cache
def sample(num_pages: int = NUM_PAGES, seed: int = 0) -> tuple[bytes, SampleTruth]:
    stream = BytesIO()
    truth = write_sample(stream, num_pages=num_pages, seed=seed)
    return stream.getvalue(), truth


def inflated(offset: int, length: int) -> bytes:
    return gzip.decompress(sample()[0][offset : offset + length])


def body_of(offset: int, length: int) -> bytes:
    return inflated(offset, length).split(b"\r\n\r\n", 2)[2]


def test_bytes_and_truth_are_the_same_for_a_seed():
    stream = BytesIO()
    assert write_sample(stream, num_pages=NUM_PAGES, seed=0) == sample()[1]
    assert stream.getvalue() == sample()[0]


def test_another_seed_gives_other_texts():
    texts = {r.text for r in sample(60, 1)[1].records if r.quality == "prose"}
    others = {r.text for r in sample(60, 2)[1].records if r.quality == "prose"}
    assert texts and not texts & others


def test_a_path_is_written_like_a_stream(tmp_path):
    truth = write_sample(tmp_path / "sample.warc.gz", num_pages=30, seed=4)
    assert (tmp_path / "sample.warc.gz").read_bytes() == sample(30, 4)[0]
    assert truth == sample(30, 4)[1]


@pytest.mark.parametrize("num_pages", [0, 1, 7, 60])
def test_small_samples_hold_as_many_captures_as_asked(num_pages):
    assert len(sample(num_pages)[1].records) == num_pages


def test_every_kind_is_there_from_sixty_captures():
    records = sample(60)[1].records
    assert {r.language for r in records} == {"ja", "en", "zh-Hans", "zh-Hant", "ko", ""}
    assert {r.damage for r in records} == {
        None,
        "truncated_member",
        "long_content_length",
        "short_content_length",
        "garbage_before_member",
        "garbage_body",
    }
    assert {"pdf", "redirect", "not_found", "revisit", "link_list", "keywords", "katakana", "short"} <= {
        r.kind for r in records
    }
    assert {"exact", "near"} <= {r.duplicate_kind for r in records}


def test_nearly_half_is_japanese_in_four_charsets():
    japanese = [r for r in sample()[1].records if r.language == "ja"]
    assert 0.42 <= len(japanese) / NUM_PAGES <= 0.48
    charsets = Counter(r.charset for r in japanese)
    assert set(charsets) == {"utf-8", "shift_jis", "euc-jp", "iso-2022-jp"}
    assert min(charsets.values()) >= 8


def test_offset_and_length_name_one_gzip_member_with_the_record():
    for record in sample()[1].records:
        if record.damage != "truncated_member":
            head = inflated(record.offset, record.length)
            assert head.startswith(b"WARC/1.0\r\nWARC-Type: " + record.warc_type.encode())
            assert record.record_id.encode() in head


def test_a_truncated_member_does_not_inflate():
    records = [r for r in sample()[1].records if r.damage == "truncated_member"]
    assert records
    for record in records:
        with pytest.raises(EOFError):
            inflated(record.offset, record.length)


def test_bytes_decode_in_the_true_charset_and_hold_the_main_text():
    for record in sample()[1].pages():
        page = body_of(record.offset, record.length).decode(record.charset)
        plain = re.sub(r"<rp>.*?</rp>|<rt>.*?</rt>|<[^>]*>|\s", "", page)
        for line in record.text.split("\n"):
            bare = re.sub(r"\s", "", line).replace("&", "&amp;")
            assert bare.replace("<", "&lt;").replace(">", "&gt;") in plain


def test_declarations_are_right_wrong_and_absent():
    japanese = sample()[1].pages("ja")
    for record in japanese:
        page = body_of(record.offset, record.length)
        found = re.search(rb'charset="?([\w-]+)', page)
        assert (found[1].decode() if found else None) == record.meta_charset
    assert any(r.http_charset is None and r.meta_charset is None for r in japanese)
    assert any(r.meta_charset and "jis" in r.meta_charset.lower() and r.charset == "utf-8" for r in japanese)


def test_warcio_reads_triples_of_request_response_and_metadata():
    content = sample()[0]
    undamaged = {r.record_id for r in sample(60)[1].records if r.damage is None}
    types = Counter()
    stream = BytesIO(b"".join(whole_members(sample(60)[0])))
    for record in ArchiveIterator(stream):
        types[record.rec_type] += 1
        undamaged.discard(record.rec_headers["WARC-Record-ID"])
    assert content.startswith(b"\x1f\x8b\x08\x00\x00\x00\x00\x00")
    assert not undamaged
    assert types["warcinfo"] == 1
    assert types["request"] == types["metadata"] == 60
    assert types["response"] + types["revisit"] == 57


def whole_members(content: bytes) -> list[bytes]:
    """Members that inflate, without those that lie about their length, which would upset a sequential reader."""
    found = []
    starts = [m.start() for m in re.finditer(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", content)]
    for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
        try:
            inflate = zlib.decompressobj(wbits=31)
            inflated = inflate.decompress(content[start:end])
        except zlib.error:
            continue
        if not inflate.eof:
            continue
        head, _, block = inflated.partition(b"\r\n\r\n")
        claimed = int(re.search(rb"Content-Length: (\d+)", head)[1])
        if claimed == len(block) - 4:
            found.append(gzip.compress(inflated))
    return found


def test_metadata_carries_the_languages_of_cld2():
    annotated = 0
    for record in ArchiveIterator(BytesIO(b"".join(whole_members(sample(60)[0])))):
        if record.rec_type == "metadata":
            found = re.search(r"languages-cld2: (.*)", record.content_stream().read().decode())
            if found:
                annotated += 1
                first = json.loads(found[1])["languages"][0]
                assert list(first) == ["code", "code-iso-639-3", "text-covered", "score", "name"]
    assert annotated > 40


def test_unrelated_japanese_pages_are_no_near_duplicates():
    texts = [r.text for r in sample()[1].pages("ja") if r.quality == "prose" and r.duplicate_of is None]
    assert len(texts) > 90
    assert max(jaccard(a, b) for i, a in enumerate(texts) for b in texts[:i]) < 0.5


def test_duplicates_are_as_alike_as_their_kind_says():
    records = sample()[1].by_id()
    for record in records.values():
        if record.duplicate_of:
            likeness = jaccard(record.text, records[record.duplicate_of].text)
            assert likeness == record.duplicate_jaccard
            assert (likeness == 1) == (record.duplicate_kind == "exact")
            assert likeness > 0.8


def test_hosts_are_under_reserved_names():
    reserved = re.compile(r"https?://[a-z.-]+\.(example|example\.(com|org|net)|test)/")
    assert all(reserved.match(r.url) for r in sample()[1].records)


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="num_pages"):
        write_sample(BytesIO(), num_pages=-1)
