import io
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pytest

from pipeline.stage import Tally
from stages.read import Read
from tests.shared import shared_data
from tests.stages.warc.archives import ENGLISH, JAPANESE, capture, http, members_of, page, record


class Archive:
    """An archive in memory as an input."""

    path: Path | None = None

    def __init__(self, data: bytes, name: str = "test.warc.gz") -> None:
        self.data = data
        self.name = name
        self.size: int | None = len(data)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)

    def locate(self, offset: int) -> tuple[str, int]:
        return self.name, offset


def read(data: bytes, **options: object) -> tuple[list[dict[str, object]], Tally]:
    tally = Tally(examples_per_reason=3)
    batches = list(Read(**options).read(Archive(data), tally))  # type: ignore[arg-type]
    return [row for batch in batches for row in batch.to_pylist()], tally


def test_a_page_becomes_a_row() -> None:
    response = http(JAPANESE.encode(), Content_Type="text/html; charset=UTF-8", X_Robots_Tag="noarchive")
    archive = members_of([record("response", response, url="https://Example.JP:8080/頁", number=5)])
    [row], tally = read(archive)
    assert row["date"].isoformat() == "2024-02-20T21:10:59+00:00"  # type: ignore[attr-defined]
    del row["date"]
    assert row == {
        "id": "00000000-0000-4000-8000-000000000005",
        "url": "https://Example.JP:8080/頁",
        "host": "example.jp",
        "warc_file": "test.warc.gz",
        "warc_offset": 0,
        "warc_length": len(archive),
        "http_content_type": "text/html; charset=UTF-8",
        "http_robots": "noarchive",
        "payload": JAPANESE.encode(),
    }
    assert not tally.dropped
    assert tally.bytes_read == len(archive)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (record("response", http(JAPANESE.encode(), "404 Not Found")), "status_not_200"),
        (record("response", http(JAPANESE.encode(), "206 Partial Content")), "status_not_200"),
        (record("response", http(JAPANESE.encode(), Content_Type="application/pdf")), "not_html"),
        (record("response", b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4 " + "かな".encode() * 30), "not_html"),
        (record("response", b"dns", Content_Type="text/dns"), "not_html"),
        (record("resource", JAPANESE.encode(), Content_Type="text/plain"), "not_html"),
        (record("revisit", http(b"")), "revisit"),
        (record("request", b"GET /"), "not_a_response"),
        (record("warcinfo", b""), "not_a_response"),
        (record("metadata", b""), "not_a_response"),
        (record("response", http(b" \0\r\n" * 999)), "empty"),
        (record("response", http(b"")), "empty"),
        (page(ENGLISH), "not_japanese_bytes"),
        (page("あ" * 40_000), "too_large"),
        (b"no record", "header_unreadable"),
    ],
)
def test_every_other_record_is_counted_under_one_reason(one: bytes, reason: str) -> None:
    rows, tally = read(members_of([page(), one, page()]), max_page_bytes=100_000)
    assert len(rows) == 2
    assert tally.dropped == {reason: 1}


@pytest.mark.parametrize(("limit", "kept"), [(0, True), (-1, False)])
def test_a_page_is_too_large_only_above_the_limit(limit: int, kept: bool) -> None:
    rows, _ = read(members_of([page()]), max_page_bytes=len(JAPANESE.encode()) + limit)
    assert bool(rows) is kept


def test_an_inflated_page_above_the_limit_is_too_large() -> None:
    import gzip as packer

    body = packer.compress(("あ" * 100_000).encode())
    _, tally = read(members_of([record("response", http(body, Content_Encoding="gzip"))]), max_page_bytes=100_000)
    assert tally.dropped == {"too_large": 1}


def test_all_selects_every_page_and_bytes_only_those_with_kana() -> None:
    archive = members_of([page(JAPANESE, number=1), page(ENGLISH, number=2)])
    assert [row["id"][-1] for row in read(archive, select="all")[0]] == ["1", "2"]  # type: ignore[index]
    assert [row["id"][-1] for row in read(archive, select="bytes")[0]] == ["1"]  # type: ignore[index]


def test_cld2_counts_what_it_passed_over() -> None:
    archive = members_of([*capture(1, ENGLISH), *capture(2, JAPANESE, ["ja"]), *capture(3, ENGLISH, None)])
    rows, tally = read(archive, select="cld2")
    assert [row["url"] for row in rows] == ["https://example.jp/2"]
    assert tally.dropped == {"not_a_response": 6, "not_japanese_cld2": 1, "not_japanese_bytes": 1}
    [(_, about)] = tally.examples["not_japanese_cld2"]
    assert about["url"] == "https://example.jp/1"


def test_a_wet_record_is_a_page_where_plain_text_is_asked_for() -> None:
    wet = record("conversion", JAPANESE.encode(), Content_Type="text/plain")
    rows, _ = read(members_of([wet]), mime_types=("text/html", "text/plain"))
    assert rows[0]["payload"] == JAPANESE.encode()


def test_a_record_without_id_gets_one_of_its_own_that_stays() -> None:
    archive = members_of([page(WARC_Record_ID=None), page(WARC_Record_ID=None)])
    first, second = (row["id"] for row in read(archive)[0])
    assert first != second
    assert [first, second] == [row["id"] for row in read(archive)[0]]
    assert UUID(str(first))


def test_a_date_that_is_none_and_a_url_that_is_none_are_no_error() -> None:
    [row], _ = read(members_of([page(WARC_Date="soon", url="http://[broken/")]))
    assert (row["date"], row["host"]) == (None, "")


def test_batches_are_bounded_in_rows_and_bytes() -> None:
    tally = Tally()
    many = members_of([page(number=n) for n in range(1100)])
    assert [b.num_rows for b in Read().read(Archive(many), tally)] == [512, 512, 76]
    large = members_of([page("あ" * 750_000, number=n) for n in range(5)])
    assert [b.num_rows for b in Read().read(Archive(large), tally)] == [2, 2, 1]


def test_batches_have_the_declared_columns() -> None:
    [batch] = Read().read(Archive(members_of([page()])), Tally())
    assert [(field.name, field.type) for field in batch.schema] == [(c.name, c.type) for c in Read.writes]
    batch.validate(full=True)
    assert isinstance(batch, pa.RecordBatch)


@pytest.mark.parametrize("select", ["bytes", "cld2", "all"])
def test_every_real_record_is_a_row_or_counted(select: str) -> None:
    data = shared_data("web.warc.gz").read_bytes()
    rows, tally = read(data, select=select)
    assert len(rows) + sum(tally.dropped.values()) == 1 + 3 * 2535
    assert len({row["id"] for row in rows}) == len(rows)
    assert tally.damaged == {}
