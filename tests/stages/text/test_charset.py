import gzip
import io
import json
import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.charset import declared_in_page, detect
from stages.text.encodings import encoding_name
from stages.warc.archive import archive_records
from stages.warc.http import declared_charset, decoded_body, parse_response
from stages.warc.records import Record
from tests.shared import shared_data

TEXT = "春はあけぼの。やうやう白くなりゆく山ぎは、すこしあかりて、紫だちたる雲のほそくたなびきたる。"
LAW = "第一条　此ノ法律ニ於テ帝国臣民ト称スルハ戸籍ノ本籍ヲ有スル者ヲ謂フ"
CODECS = {"utf-8": "utf-8", "shift_jis": "cp932", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp"}
LABELS = ["utf-8", "shift_jis", "euc-jp", "iso-2022-jp", "windows-1252", "euc-kr", "gbk", "big5", "utf-16", "none"]
DECLARATION = re.compile(rb"""(charset\s*=\s*["']?\s*|encoding\s*=\s*["'])([^\s"'/>;]{1,40})""", re.IGNORECASE)


@pytest.mark.parametrize("declared", [None, *LABELS])
@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("text", [TEXT, LAW])
def test_evidence_beats_any_declaration(text: str, name: str, declared: str | None) -> None:
    page = f'<meta charset="{declared}"><p>{text}'
    assert detect(page.encode(CODECS[name]), declared) == name


@pytest.mark.parametrize("cut", [1, 2])
def test_a_cut_last_character_does_not_matter(cut: int) -> None:
    assert detect(TEXT.encode()[:-cut], "shift_jis") == "utf-8"
    assert detect((TEXT + "漢").encode("cp932")[:-1], "euc-jp") == "shift_jis"
    assert detect((TEXT + "漢").encode("euc_jp")[:-1], "shift_jis") == "euc-jp"


@pytest.mark.parametrize(("num_valid", "name"), [(60, "utf-8"), (59, "windows-1252")])
def test_utf8_may_be_broken_in_one_sequence_of_twenty(num_valid: int, name: str) -> None:
    assert detect("é ".encode() * num_valid + b"\xff\xff\xff ", "windows-1252") == name


@pytest.mark.parametrize(("codec", "name"), [("utf-8", "utf-8"), ("utf-16-le", "utf-16le"), ("utf-16-be", "utf-16be")])
def test_a_byte_order_mark_beats_everything(codec: str, name: str) -> None:
    assert detect(("\ufeff" + TEXT).encode(codec), "euc-jp") == name


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("한국어로 쓴 문서는 그대로 둔다. ㅋㅋㅋ 정말 그렇다. ", "cp949", "euc-kr"),
        ("网页上没有假名，所以不是候选。每个句子都是汉字。", "gb18030", "gbk"),
        ("網頁上沒有假名，所以不是候選。中人大不之他們。", "big5", "big5"),
        ("Русский текст не содержит каны, и этого достаточно. ", "koi8-r", "koi8-r"),
        ("Русский текст не содержит каны, и этого достаточно. ", "cp1251", "windows-1251"),
        ("L'été dernier, à la campagne, nous étions très près. ", "cp1252", "windows-1252"),
        ("ภาษาไทยไม่มีคะนะ", "cp874", "windows-874"),
    ],
)
def test_other_languages_keep_their_declaration(text: str, codec: str, name: str) -> None:
    assert detect((text * 20).encode(codec), name) == name
    assert detect(f'<meta charset="{name}">{text * 20}'.encode(codec)) == name
    assert encoding_name(detect((text * 20).encode(codec)))


def test_the_header_beats_the_page_and_unknown_labels_are_passed_over() -> None:
    russian = '<meta charset="windows-1251">Кана'.encode("cp1251")
    assert detect(russian, "koi8-r") == "koi8-r"
    assert detect(russian, "none") == "windows-1251"
    assert detect(russian, "utf-8") == "windows-1251"
    assert detect(b"caf\xe9") == "windows-1252"


def test_kanji_alone_are_read_as_declared_if_that_can_be() -> None:
    assert detect("東京都庁".encode("euc_jp"), "euc-jp") == "euc-jp"
    assert detect("東京都庁".encode("cp932"), "shift_jis") == "shift_jis"
    assert detect("東京都庁".encode("cp932"), "euc-jp") == "shift_jis"


def test_plain_ascii_and_nothing_are_utf8() -> None:
    assert detect(b"<html>", "shift_jis") == "utf-8"
    assert detect(b"") == "utf-8"


def test_utf16_is_believed_only_where_zeros_are() -> None:
    assert detect("日本 Русский text".encode("utf-16-le") * 9, "utf-16le") == "utf-16le"
    assert detect(b"caf\xe9 au lait", "utf-16") == "windows-1252"


@pytest.mark.parametrize(
    ("page", "label"),
    [
        (b"<META HTTP-EQUIV=Content-Type CONTENT='text/html; CHARSET=x-sjis'>", "x-sjis"),
        (b"<meta charset = euc-jp >", "euc-jp"),
        (b'<?xml version="1.0" encoding="EUC-JP"?>', "EUC-JP"),
        (b"<p>charset=euc-jp", None),
        (b" " * 9000 + b"<meta charset=euc-jp>", None),
    ],
)
def test_declarations_in_pages_are_found(page: bytes, label: str | None) -> None:
    assert declared_in_page(page) == label


def test_a_hostile_declaration_is_searched_in_bounded_time() -> None:
    assert declared_in_page(b"<meta " * 20_000) is None
    assert declared_in_page(b"<?xml" + b" " * 100_000) is None


@given(st.binary(max_size=300), st.sampled_from([None, *LABELS]))
def test_any_bytes_have_an_encoding_that_is_known(payload: bytes, declared: str | None) -> None:
    assert encoding_name(detect(payload, declared))


@cache
def japanese_pages() -> list[tuple[str, bytes, str | None]]:
    """True encoding, body and declared label of every real page that is labelled Japanese."""
    with gzip.open(shared_data("web.labels.jsonl.gz"), "rt", encoding="utf-8") as lines:
        labels = {row["warc_record_id"][10:-1]: row for row in map(json.loads, lines) if row["language"] == "ja"}
    pages = []
    for record in archive_records(io.BytesIO(shared_data("web.warc.gz").read_bytes()), 8_000_000):
        assert isinstance(record, Record)
        label = labels.get(record.record_id)
        if label:
            response = parse_response(record.block)
            body, _ = decoded_body(response, 8_000_000)
            pages.append((label["charset"], bytes(body), declared_charset(response.content_type)))
    return pages


def right_fraction(results: list[bool]) -> float:
    return sum(results) / len(results)


def test_real_pages_are_told_with_their_declarations() -> None:
    assert right_fraction([detect(body, label) == truth for truth, body, label in japanese_pages()]) >= 0.995


def test_real_pages_are_told_without_declarations() -> None:
    bare = [(truth, DECLARATION.sub(b"x=", body)) for truth, body, _ in japanese_pages()]
    assert right_fraction([detect(body) == truth for truth, body in bare]) >= 0.995


@pytest.mark.parametrize("wrong", LABELS)
def test_real_pages_are_told_with_wrong_declarations(wrong: str) -> None:
    other = "euc-jp" if wrong != "euc-jp" else "shift_jis"
    results = []
    for truth, body, _ in japanese_pages():
        label = wrong if wrong != truth else other
        results.append(detect(DECLARATION.sub(rb"\g<1>" + label.encode(), body), label) == truth)
    assert right_fraction(results) >= 0.995
