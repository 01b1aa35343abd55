"""Read candidate pages out of web archives, at about the speed of decompression."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from gzip import compress
from io import BytesIO
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pyarrow as pa

from pipeline.stage import Bytes, Column, Input, Source, Tally
from stages.warc.http import looks_like_html
from stages.warc.japanese_bytes import may_be_japanese
from stages.warc.libdeflate import bytes_of
from stages.warc.pages import Page
from stages.warc.passing import is_blank
from stages.warc.records import Record
from stages.warc.selection import Excluded, Select, Selection

_MAX_ROWS = 512  # of a batch
_MAX_PAYLOAD_BYTES = 4_000_000  # of a batch, beyond which no page is added; larger ones are paged in anew each time
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

    reads_archives: ClassVar = True
    writes: ClassVar[tuple[Column, ...]] = _COLUMNS

    select: Annotated[
        Select,
        "candidates: by a test on raw bytes, by Common Crawl's language annotation first, or every page",
    ] = "bytes"
    max_page_bytes: Annotated[Bytes, "largest page read, after its encodings are undone"] = 8_000_000
    mime_types: Annotated[tuple[str, ...], "media types of pages"] = ("text/html", "application/xhtml+xml")

    def read(self, source: Input, tally: Tally) -> Iterator[pa.RecordBatch]:
        """Batches of candidate pages. Every record of the archive is a row or counted under one reason."""
        rows = _Rows(source)
        with source.open() as stream:
            selection = Selection(self.select, self.max_page_bytes, self.mime_types, tally)
            for found in selection.records(stream):
                if isinstance(found, Record):
                    if found.type not in _PAGES:
                        tally.drop("revisit" if found.type == "revisit" else "not_a_response")
                        continue
                    tally.bytes(found.offset + found.length)
                    self._take(found, source, rows, tally)
                    if rows.are_enough():
                        yield rows.batch()
                        rows = _Rows(source)
                elif isinstance(found, Excluded):
                    tally.drop(found.reason, url=found.metadata.url, **_coordinates(source, found.metadata))
                else:
                    tally.damage(found.kind, found.offset)
                    tally.drop_many(found.kind, found.lost)
        if rows.ids:
            yield rows.batch()

    def warm(self) -> None:
        """Compile the kernels."""
        page = bytes_of(b"\x88\xea\x82\xa0" * 20)
        is_blank(page)
        may_be_japanese(page.data)
        archive = BytesIO(compress(b"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n"))
        for _ in Selection(self.select, 1, self.mime_types, Tally()).records(archive):
            pass

    def _take(self, record: Record, source: Input, rows: "_Rows", tally: Tally) -> None:
        """Make a candidate page a row; count every other page under its reason."""
        page = Page.of(record)
        damage = record.damage
        if page.status not in (0, 200):
            reason: str | None = "status_not_200"
        elif page.mime and page.mime not in self.mime_types:
            reason = "not_html"
        else:
            body, faults = page.decoded_body(self.max_page_bytes)
            damage += faults
            reason = None if record.is_candidate else self._reason(record, page, body)
        for fault in damage:
            tally.damage(fault, record.offset)
        if not reason:
            rows.add(record, page, body)
        elif tally.wants_example(reason):
            tally.drop(reason, url=record.url, id=record.record_id, **_coordinates(source, record))
        else:
            tally.drop(reason)

    def _reason(self, record: Record, page: Page, body: memoryview) -> str | None:
        """Why this page of the right status and type is no candidate; None where it is one."""
        if not page.mime and not looks_like_html(body):
            return "not_html"
        if not record.whole or len(body) > self.max_page_bytes:
            return "too_large"
        if is_blank(bytes_of(body)):
            return "empty"
        if self.select != "all" and not may_be_japanese(body):
            return "not_japanese_bytes"
        return None


class _Rows:
    """Candidate pages on their way into a batch; each body is copied once, as it comes."""

    def __init__(self, source: Input) -> None:
        self.source = source
        self.ids: list[str] = []
        self.payload = bytearray()
        self.ends = [0]
        self.columns: list[tuple[Any, ...]] = []

    def add(self, record: Record, page: Page, body: memoryview) -> None:
        """One row more."""
        name, offset = self.source.locate(record.offset)
        self.ids.append(record.record_id or str(uuid5(NAMESPACE_URL, f"{name}#{offset}")))
        url = record.url
        self.columns.append(
            (url, host_of(url), date_of(record.date), name, offset, record.length, page.content_type, page.robots)
        )
        self.payload += body
        self.ends.append(len(self.payload))

    def are_enough(self) -> bool:
        """Whether the batch is as large as batches get."""
        return len(self.ids) >= _MAX_ROWS or self.ends[-1] >= _MAX_PAYLOAD_BYTES

    def batch(self) -> pa.RecordBatch:
        """The rows as a batch; no row may be added afterwards."""
        ends = pa.py_buffer(np.array(self.ends, np.int64))
        buffers = [None, ends, pa.py_buffer(self.payload)]
        payload = pa.Array.from_buffers(pa.large_binary(), len(self.ids), buffers, null_count=0)
        values = (self.ids, *zip(*self.columns, strict=True))
        arrays = [pa.array(column, field.type) for column, field in zip(values, _SCHEMA, strict=False)]
        return pa.RecordBatch.from_arrays([*arrays, payload], schema=_SCHEMA)


def _coordinates(source: Input, found: Record) -> dict[str, Any]:
    """Where a record lies, as the columns of a document say it."""
    name, offset = source.locate(found.offset)
    return {"warc_file": name, "warc_offset": offset, "warc_length": found.length}


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
