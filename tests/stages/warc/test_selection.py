"""What is passed over in compiled code falls for the very reason that a close look gives."""

import io
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stage import Tally
from stages.read import Read
from stages.warc import selection
from stages.warc.header_layout import NO_LAYOUT
from stages.warc.passing import LACKS_DATA, ODD
from tests.shared import shared_data
from tests.stages.warc.archives import ENGLISH, JAPANESE, capture, http, members_of, page, record

SEVERAL = [
    record("warcinfo", b""),
    page(),
    page(ENGLISH),
    page("かな" * 9 + "か"),
    page("かな" * 10),
    page("第一条　此ノ法律ニ於テ帝国臣民ト称スルハ" * 9, encoding="cp932"),
    page("网页上没有假名，所以不是候选。" * 30, encoding="gb18030"),
    page(JAPANESE, encoding="utf-16"),
    page("<p>short"),
    record("response", http(b" \0\r\n" * 9)),
    record("response", http(b"")),
    record("response", http(ENGLISH.encode() * 200)),
    record("response", http(ENGLISH.encode(), "404 Not Found")),
    record("response", http(ENGLISH.encode(), "000 Nothing")),
    record("response", http(ENGLISH.encode(), Content_Type="application/pdf")),
    record("response", http(ENGLISH.encode(), Content_Type="TEXT/HTML ; charset=x")),
    record("response", http(ENGLISH.encode(), Content_Type="application/pdf, text/html")),
    record("response", http(ENGLISH.encode(), Content_Type="テキスト")),
    record("response", http(ENGLISH.encode(), Content_Type="text/html\u00a0")),
    record("response", http(ENGLISH.encode(), Content_Type=" ; charset=x")),
    record("response", http(ENGLISH.encode(), Content_Type="")),
    record("response", http(ENGLISH.encode(), Content_Encoding="gzip")),
    record("response", http(ENGLISH.encode(), X="a\r\n folded")),
    record("response", ENGLISH.encode()),
    record("response", b""),
    record("response", http(ENGLISH.encode()), Content_Type="text/html"),
    record("response", http(ENGLISH.encode()), Content_Type="application/httpx"),
    record("response", http(ENGLISH.encode()), Content_Type=None),
    record("RESPONSE", http(ENGLISH.encode()), Content_Type="APPLICATION/HTTP"),
    record("resource", ENGLISH.encode(), Content_Type="text/html"),
    record("conversion", JAPANESE.encode(), Content_Type="text/plain"),
    record("revisit", http(b"")),
    record("request", b"GET /"),
    record("", b"?"),
    record("response", http(ENGLISH.encode()), Content_Length=12),
    record("response", http(ENGLISH.encode()), Content_Length=None),
    b"no record",
    b"",
    page() + page(ENGLISH),
]


class Archive:
    """An archive in memory as an input."""

    name = "a.warc.gz"
    path: Path | None = None
    size: int | None = None

    def __init__(self, data: bytes) -> None:
        self.data = data

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)

    def locate(self, offset: int) -> tuple[str, int]:
        return self.name, offset


def everything(data: bytes, quota: int, **options: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows of an archive and all that is told of its other records."""
    tally = Tally(examples_per_reason=quota)
    rows = [row for batch in Read(**options).read(Archive(data), tally) for row in batch.to_pylist()]
    told = {"dropped": dict(tally.dropped), "damaged": dict(tally.damaged), "examples": tally.examples}
    return rows, told


def looked_at_closely(data: bytes, quota: int, **options: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The same, nothing being passed over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            selection, "pass_over", lambda _, at, last, *__: (at, ODD if at < last else LACKS_DATA, NO_LAYOUT)
        )
        return everything(data, quota, **options)


@pytest.mark.parametrize("quota", [0, 2, 100])
@pytest.mark.parametrize("select", ["bytes", "all"])
@pytest.mark.parametrize("mime_types", [("text/html",), ("text/plain", "text/html", "application/pdf")])
def test_every_kind_of_record_falls_for_the_same_reason(select: str, quota: int, mime_types: tuple[str, ...]) -> None:
    data = members_of(SEVERAL * 3)
    options = {"select": select, "mime_types": mime_types, "max_page_bytes": 10_000}
    rows, told = everything(data, quota, **options)
    assert (rows, told) == looked_at_closely(data, quota, **options)
    assert len(told["dropped"]) > (6 if select == "bytes" else 5)


@pytest.mark.parametrize("name", ["web.warc.gz", "malformed.warc.gz"])
def test_real_and_malformed_records_fall_for_the_same_reason(name: str) -> None:
    data = shared_data(name).read_bytes()
    assert everything(data, 10) == looked_at_closely(data, 10)


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 30))
def test_damaged_archives_lose_the_same_records(rng: random.Random, num_faults: int) -> None:
    data = bytearray(members_of(SEVERAL))
    for _ in range(num_faults):
        at = rng.randrange(len(data))
        data[at : at + rng.choice([0, 1, 1, 3])] = rng.randbytes(rng.choice([0, 1, 1, 5]))
    assert everything(bytes(data), 2) == looked_at_closely(bytes(data), 2)


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 10))
def test_by_annotation_no_damage_loses_a_japanese_page_elsewhere(rng: random.Random, num_faults: int) -> None:
    records = [each for n in range(20) for each in capture(n, *((JAPANESE, ["ja"]) if n % 3 else (ENGLISH, ["en"])))]
    parts = [members_of([each]) for each in records]
    hit = rng.sample(range(1, len(parts)), num_faults)
    for number in hit:
        at = rng.randrange(len(parts[number]))
        parts[number] = parts[number][:at] + rng.randbytes(rng.choice([0, 1, 5])) + parts[number][at + 1 :]
    sound = {f"https://example.jp/{n}" for n in range(20) if n % 3 and 3 * n + 1 not in hit}
    rows, told = everything(b"".join(parts), 2, select="cld2")
    assert sound <= {row["url"] for row in rows}
    assert len(records) - num_faults <= sum(told["dropped"].values()) + len(rows) <= len(records)
