"""Read candidate pages out of web archives, at about the speed of decompression."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import pyarrow as pa

from pipeline.stage import Bytes, Column, Input, Source, Tally
from stages.warc.archive import archive_records
from stages.warc.cld2 import Skipped, metadata_first_records
from stages.warc.http import Response, decoded_body, looks_like_html, mime_type, parse_response
from stages.warc.japanese_bytes import may_be_japanese
from stages.warc.members import Damage
from stages.warc.records import Record

_MAX_ROWS = 512  # of a batch
_MAX_PAYLOAD_BYTES = 32_000_000  # of a batch, beyond which no page is added
_PAGES = ("response", "resource", "conversion")  # record types that hold a page

_COLUMNS = (
    Column("id", pa.string(), "WARC-Record-ID, or one made from file and offset where the record has none", "UUID"),
    Column("url", pa.string(), "WARC-Target-URI"),
    Column("host", pa.string(), "host of the URL in lower case; empty where the URL has none"),
    Column("date", pa.timestamp("us", tz="UTC"), "WARC-Date; null where it is no date"),
    Column("warc_file", pa.string(), "the archive, by the name it was given as input"),
    Column("warc_offset", pa.int64(), "where the record's member begins in the archive", "bytes"),
    Column("warc_length", pa.int64(), "length of the record's compressed member", "bytes"),
    Column("http_content_type", pa.string(), "Content-Type as sent; null where none was"),
    Column("http_robots", pa.string(), "X-Robots-Tag as sent; null where none was"),
    Column("payload", pa.large_binary(), "body with transfer and content encodings undone", transient=True),
)
_SCHEMA = pa.schema([(column.name, column.type) for column in _COLUMNS])


@dataclass(frozen=True, kw_only=True)
class Read(Source):
    """Read web archives and keep the pages that may be Japanese."""

    writes: ClassVar[tuple[Column, ...]] = _COLUMNS

    select: Annotated[
        Literal["bytes", "cld2", "all"],
        "candidates: by a test on raw bytes, by Common Crawl's language annotation first, or every page",
    ] = "bytes"
    max_page_bytes: Annotated[Bytes, "largest page read, after its encodings are undone"] = 8_000_000
    mime_types: Annotated[tuple[str, ...], "media types of pages"] = ("text/html", "application/xhtml+xml")

    def read(self, source: Input, tally: Tally) -> Iterator[pa.RecordBatch]:
        """Batches of candidate pages. Every record of the archive is a row or counted under one reason."""
        rows: list[dict[str, Any]] = []
        payload_bytes = 0
        with source.open() as stream:
            find = metadata_first_records if self.select == "cld2" else archive_records
            for found in find(stream, self.max_page_bytes):
                if isinstance(found, Damage):
                    tally.damage(found.kind, found.offset)
                    tally.drop_many(found.kind, found.lost)
                    continue
                tally.bytes(found.offset + found.length)
                if isinstance(found, Skipped):
                    tally.drop_many("not_a_response", found.num_others)
                    tally.drop("not_japanese_cld2", url=found.url, warc_offset=found.offset, warc_length=found.length)
                    continue
                row = self._row(found, source.name, tally)
                if row:
                    rows.append(row)
                    payload_bytes += len(row["payload"])
                    if len(rows) >= _MAX_ROWS or payload_bytes >= _MAX_PAYLOAD_BYTES:
                        yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)
                        rows, payload_bytes = [], 0
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)

    def warm(self) -> None:
        """Compile the kernels."""
        may_be_japanese("かなの検査".encode() * 20)

    def _row(self, record: Record, name: str, tally: Tally) -> dict[str, Any] | None:
        """The row of a candidate page; None, counted under its reason, for every other record."""
        kind = record.type
        if kind not in _PAGES:
            tally.drop_many("revisit" if kind == "revisit" else "not_a_response", 1)
            return None
        response = parse_response(record.block) if _holds_http(record, kind) else None
        content_type = response.content_type if response else record.headers.get("content-type")
        payload, damage = decoded_body(response, self.max_page_bytes) if response else (record.block, ())
        for fault in (*record.damage, *damage):
            tally.damage(fault, record.offset)
        reason = self._reason(record, response, content_type, payload)
        if reason:
            tally.drop(
                reason, url=record.url, id=record.record_id, warc_offset=record.offset, warc_length=record.length
            )
            return None
        return {
            "id": record.record_id or str(uuid5(NAMESPACE_URL, f"{name}#{record.offset}")),
            "url": record.url,
            "host": host_of(record.url),
            "date": date_of(record.date),
            "warc_file": name,
            "warc_offset": record.offset,
            "warc_length": record.length,
            "http_content_type": content_type,
            "http_robots": response.robots if response else None,
            "payload": payload,
        }

    def _reason(
        self, record: Record, response: Response | None, content_type: str | None, payload: memoryview
    ) -> str | None:
        """Why this page is no candidate; None where it is one."""
        if response and response.status not in (0, 200):
            return "status_not_200"
        mime = mime_type(content_type)
        if mime not in self.mime_types and (mime or not looks_like_html(payload)):
            return "not_html"
        if not record.whole or len(payload) > self.max_page_bytes:
            return "too_large"
        if not bytes(payload[:4096]).strip(b"\0 \t\r\n") and not bytes(payload).strip(b"\0 \t\r\n"):
            return "empty"
        if self.select != "all" and not may_be_japanese(payload):
            return "not_japanese_bytes"
        return None


def _holds_http(record: Record, kind: str) -> bool:
    return kind == "response" and not mime_type(record.headers.get("content-type")).startswith("text/")


def host_of(url: str) -> str:
    """The host in lower case, without port; empty where there is none.

    >>> host_of("https://Example.JP:8080/頁"), host_of("http://例え.テスト/日本語 ページ"), host_of("http://[broken/")
    ('example.jp', '例え.テスト', '')
    """
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def date_of(written: str) -> datetime | None:
    """A WARC-Date as a time with its zone; None where it is no date.

    >>> date_of("2024-02-20T21:10:59Z").isoformat(), date_of("yesterday")
    ('2024-02-20T21:10:59+00:00', None)
    """
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None
