import pyarrow as pa
import pytest

from stages.decode import Decode
from stages.text.decoding import decode

TEXT = "春はあけぼの。やうやう白くなりゆく山ぎは、すこしあかりて、紫だちたる雲のほそくたなびきたる。"


def batch(*payloads: bytes | None, declared: str | None = "text/html") -> pa.RecordBatch:
    types = pa.array([declared] * len(payloads), pa.string())
    return pa.RecordBatch.from_arrays([pa.array(payloads, pa.large_binary()), types], ["payload", "http_content_type"])


def test_pages_are_decoded_by_their_bytes() -> None:
    made = Decode().apply(batch(*(TEXT.encode(codec) for codec in ("utf-8", "cp932", "euc_jp", "iso2022_jp"))))
    assert made["html"].to_pylist() == [TEXT] * 4
    assert made["charset"].to_pylist() == ["utf-8", "shift_jis", "euc-jp", "iso-2022-jp"]
    assert made["replacement_fraction"].to_pylist() == [0.0] * 4
    assert made["drop_reason"].null_count == 4


def test_the_declared_charset_decides_where_bytes_do_not() -> None:
    made = Decode().apply(batch("Кана".encode("koi8-r"), declared="text/html; charset=koi8-r"))
    assert (made["html"].to_pylist(), made["charset"].to_pylist()) == (["Кана"], ["koi8-r"])


@pytest.mark.parametrize(("num_bad", "reason"), [(1, None), (2, "undecodable")])
def test_mojibake_is_dropped_above_its_share(num_bad: int, reason: str | None) -> None:
    page = (TEXT * 3)[: 100 - num_bad].encode() + b" \xff"[1:] * num_bad
    made = Decode(max_replacement_fraction=0.01).apply(batch(page))
    assert made["replacement_fraction"].to_pylist() == [num_bad / 100]
    assert made["drop_reason"].to_pylist() == [reason]


@pytest.mark.parametrize("codec", ["gb18030", "big5", "cp949", "koi8-r"])
def test_pages_in_other_languages_do_not_stop_it(codec: str) -> None:
    text = {"gb18030": "网页", "big5": "網頁", "cp949": "한국어", "koi8-r": "Кана"}[codec] * 30
    for declared in ("text/html", f"text/html; charset={codec}", "text/html; charset=shift_jis"):
        made = Decode().apply(batch(text.encode(codec), declared=declared))
        assert made["html"][0].as_py()
    assert decode(text.encode(codec), {"gb18030": "gb18030", "cp949": "euc-kr"}.get(codec, codec)) == text


def test_nothing_and_null_are_empty_pages() -> None:
    made = Decode().apply(batch(b"", None, declared=None))
    assert made["html"].to_pylist() == ["", ""]
    assert made["drop_reason"].null_count == 2


def test_an_empty_batch_passes() -> None:
    made = Decode().apply(batch())
    assert (made.num_rows, made.schema.field("html").type) == (0, pa.large_string())
