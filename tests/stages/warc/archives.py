"""Makers of small archives: records as bytes, and members of them."""

import gzip
import io
import json
from collections.abc import Iterable
from typing import Any

from stages.warc.archive import archive_records
from stages.warc.members import Damage
from stages.warc.records import Record

JAPANESE = "<html><title>枕草子</title><p>春はあけぼの。やうやう白くなりゆく山ぎは、すこしあかりて、紫だちたる雲の"
ENGLISH = "<html><title>Walden</title><p>When I wrote the following pages, I lived alone, in the woods, a mile away."


def record(kind: str, block: bytes, *, number: int = 1, url: str = "https://example.jp/", **fields: Any) -> bytes:
    """One WARC record. `fields` replace or add header fields: `Content_Length=5`; None leaves one out."""
    header = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "WARC-Date": "2024-02-20T21:10:59Z",
        "WARC-Target-URI": url,
        "Content-Type": f"application/http; msgtype={kind}",
        "Content-Length": len(block),
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in header.items() if value is not None]
    return "\r\n".join(["WARC/1.0", *lines, "", ""]).encode() + block + b"\r\n\r\n"


def http(body: bytes, status: str = "200 OK", **fields: str) -> bytes:
    """An HTTP response: HTML unless `Content_Type` says otherwise."""
    header = {"Content-Type": "text/html"} | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in header.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def page(text: str = JAPANESE, *, number: int = 1, encoding: str = "utf-8", **fields: Any) -> bytes:
    """A response record of a page."""
    return record("response", http(text.encode(encoding)), number=number, **fields)


def capture(number: int, text: str, languages: Iterable[str] | None = ("en",)) -> list[bytes]:
    """Request, response and metadata as Common Crawl writes them; no annotation where `languages` is None."""
    url = f"https://example.jp/{number}"
    response_id = f"<urn:uuid:00000000-0000-4000-8000-{10 * number + 1:012d}>"
    annotation = {"reliable": True, "languages": [{"code": code} for code in languages or ()]}
    lines = "fetchTimeMs: 12\r\n"
    if languages is not None:
        lines += f"languages-cld2: {json.dumps(annotation, separators=(',', ':'))}\r\n"
    return [
        record("request", b"GET / HTTP/1.1\r\n\r\n", number=10 * number, url=url),
        record("response", http(text.encode()), number=10 * number + 1, url=url),
        record(
            "metadata",
            lines.encode(),
            number=10 * number + 2,
            url=url,
            WARC_Concurrent_To=response_id,
            Content_Type="application/warc-fields",
        ),
    ]


def members_of(records: Iterable[bytes], level: int = 6) -> bytes:
    """A per-record archive."""
    return b"".join(gzip.compress(each, level, mtime=0) for each in records)


def read_all(archive: bytes, max_page_bytes: int = 1 << 20) -> tuple[list[Record], list[Damage]]:
    """Records and damage of an archive."""
    found = list(archive_records(io.BytesIO(archive), max_page_bytes))
    return [x for x in found if isinstance(x, Record)], [x for x in found if isinstance(x, Damage)]
