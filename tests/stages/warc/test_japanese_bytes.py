import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.warc.archive import archive_records
from stages.warc.http import decoded_body, parse_response
from stages.warc.japanese_bytes import may_be_japanese
from stages.warc.records import Record
from tests.shared import shared_data

END = b"<!-- the end -->"
KATAKANA_LAW = "第一条 此ノ法律ニ於テ帝国臣民ト称スルハ戸籍ノ本籍ヲ有スル者ヲ謂フ"


@pytest.mark.parametrize(("count", "kept"), [(20, True), (19, False)])
@pytest.mark.parametrize("kana", ["あ", "ン", "ー"])
def test_twenty_kana_in_utf8_are_enough(kana: str, count: int, kept: bool) -> None:
    assert may_be_japanese(f"<p>{'漢 '.join([kana] * count)}".encode() + END) is kept


@pytest.mark.parametrize(("count", "kept"), [(16, True), (15, False)])
@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
def test_sixteen_pairs_of_hiragana_are_enough(codec: str, count: int, kept: bool) -> None:
    # Long rows of valid UTF-8 before them: what follows is judged by pairs alone.
    before = ("é" * 40).encode()
    assert may_be_japanese(before + ("かな" * (count // 2) + "か" * (count % 2 + 1)).encode(codec) + END) is kept


@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
def test_statutes_in_katakana_are_found(codec: str) -> None:
    assert may_be_japanese((KATAKANA_LAW * 2).encode(codec) + END)


@pytest.mark.parametrize("escape", [b"\x1b$B", b"\x1b$@", b"\x1b$(D"])
def test_an_escape_of_iso_2022_jp_is_enough(escape: bytes) -> None:
    assert may_be_japanese(b"<html><title>" + escape + b"F|K\\\x1b(B</title>" + END)


@pytest.mark.parametrize("escape", [b"\x1b$A", b"\x1b$)C", b"\x1b$(A"])
def test_an_escape_of_other_languages_is_not(escape: bytes) -> None:
    assert not may_be_japanese(b"<html><title>" + escape + b"F|K\\\x1b(B</title>" + END)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_utf16_mark_is_enough(codec: str) -> None:
    assert may_be_japanese("\ufeff<html>和文".encode(codec))
    assert may_be_japanese("\ufeff".encode(codec))


@pytest.mark.parametrize("form", ["&#{};", "&#x{:x};", "&#X{:X};"])
@pytest.mark.parametrize(("first", "kept"), [(0x3042, True), (0x30A2, True), (0x4E00, False), (0x303F, False)])
def test_references_to_kana_are_counted(form: str, first: int, kept: bool) -> None:
    assert may_be_japanese((form.format(first) * 20).encode() + END) is kept
    assert not may_be_japanese((form.format(first) * 19).encode() + END)


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("网页上没有假名，所以不是候选。每个句子都是汉字。" * 50, "gb18030"),
        ("網頁上沒有假名，所以不是候選。" * 50, "big5"),
        ("한국어로 쓴 문서는 후보가 아니다. 가나가 없기 때문이다. " * 50, "cp949"),
        ("Русский текст не содержит каны, и этого достаточно. " * 50, "koi8-r"),
        ("Русский текст не содержит каны, и этого достаточно. " * 50, "cp1251"),
        ("L'été dernier, à la campagne, nous étions très près de la forêt. " * 50, "cp1252"),
        ("网页上没有假名，所以不是候选。" * 50, "utf-8"),
        ("plain English prose " * 100, "ascii"),
    ],
)
def test_other_languages_are_not_candidates(text: str, codec: str) -> None:
    assert not may_be_japanese(text.encode(codec))


@given(st.integers(0, 3000))
def test_kana_are_found_wherever_they_stand(before: int) -> None:
    assert may_be_japanese(b"x" * before + ("かな" * 10).encode() + END)


@given(st.binary(max_size=200))
def test_any_bytes_are_tested_without_an_error(payload: bytes) -> None:
    assert may_be_japanese(payload) in (True, False)


def test_every_labelled_japanese_page_is_a_candidate_and_few_others_are() -> None:
    with gzip.open(shared_data("web.labels.jsonl.gz"), "rt", encoding="utf-8") as lines:
        labels = {row["warc_record_id"][10:-1]: row for row in map(json.loads, lines)}
    counts = {True: [0, 0], False: [0, 0]}
    for record in archive_records(io.BytesIO(shared_data("web.warc.gz").read_bytes()), 8_000_000):
        assert isinstance(record, Record)
        label = labels.get(record.record_id)
        if label and label["lang_eval"]:
            body, _ = decoded_body(parse_response(record.block), 8_000_000)
            tally = counts[label["language"] == "ja"]
            tally[may_be_japanese(body)] += 1
    assert counts[True][False] == 0
    assert counts[False][True] <= 0.01 * sum(counts[False])
