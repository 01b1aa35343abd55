"""The sample as a file: request, response and metadata of each page, some of them damaged on purpose."""

from datetime import UTC, datetime, timedelta
from os import PathLike
from pathlib import Path
from random import Random
from typing import BinaryIO, Literal, NamedTuple, cast, get_args
from urllib.parse import urlsplit

from stages.sample.annotation import metadata_block
from stages.sample.low import LOW_KINDS
from stages.sample.pages import Page, make_pages
from stages.sample.records import digest, member, record, record_id, warcinfo
from stages.sample.similarity import jaccard
from stages.sample.truth import Damage, RecordTruth, SampleTruth

_START = datetime(2026, 1, 15, 6, 0, 0, tzinfo=UTC)
_FILENAME = "CC-MAIN-20260115060000-20260115070000-00000.warc.gz"
_SERVERS = ("nginx", "Apache", "Apache/2.4.29 (Ubuntu)", "LiteSpeed", "openresty")
_PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
_STATUS = {"not_found": (404, "Not Found"), "redirect": (301, "Moved Permanently"), "revisit": (304, "Not Modified")}
_MIME = {"pdf": "application/pdf", "garbage_body": "", "revisit": ""}


class Capture(NamedTuple):
    """The bytes of one capture and where in them the member of its response (or revisit) lies."""

    content: bytes
    offset: int
    length: int
    truth: RecordTruth


def write_sample(path_or_stream: str | PathLike[str] | BinaryIO, *, num_pages: int = 400, seed: int = 0) -> SampleTruth:
    """Write a WARC of `num_pages` captures, the same bytes for the same (num_pages, seed); return what is true of it.

    Raises ValueError for a negative num_pages, OSError when the file cannot be written.

    >>> from io import BytesIO
    >>> truth = write_sample(BytesIO(), num_pages=20)
    >>> len(truth.records), {"ja", "en"} <= {r.language for r in truth.records}
    (20, True)
    """
    pages = make_pages(num_pages, seed)
    if isinstance(path_or_stream, str | PathLike):
        with Path(path_or_stream).open("wb") as stream:
            return _write(stream, pages, seed)
    return _write(path_or_stream, pages, seed)


def _write(stream: BinaryIO, pages: list[Page], seed: int) -> SampleTruth:
    order = list(range(len(pages)))
    Random(f"wabun sample order {seed}").shuffle(order)
    position = stream.write(warcinfo(seed, _FILENAME, _date(0)))
    records = []
    for place, number in enumerate(order):
        capture = _capture(pages, number, place, seed)
        records.append(capture.truth._replace(offset=position + capture.offset, length=capture.length))
        position += stream.write(capture.content)
    return SampleTruth(tuple(records), position)


def _date(place: int) -> str:
    return (_START + timedelta(seconds=2 * place)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _capture(pages: list[Page], number: int, place: int, seed: int) -> Capture:
    """The request, the response and the metadata of one page."""
    page = pages[number]
    random = Random(f"wabun sample record {seed} {number}")
    address = f"192.0.2.{random.randint(1, 254)}"
    url = page.url.replace(".html", ".pdf") if page.what == "pdf" else page.url

    def headers(warc_type: str, content_type: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
        return [
            ("WARC-Type", warc_type),
            ("WARC-Date", _date(place)),
            ("WARC-Record-ID", record_id(seed, number, warc_type)),
            ("Content-Type", content_type),
            ("WARC-Warcinfo-ID", record_id(seed, "file", "warcinfo")),
            *more,
            ("WARC-Target-URI", url),
        ]

    request = _request(url)
    about = headers("request", "application/http; msgtype=request", ("WARC-IP-Address", address))
    first = member(record([*about, ("WARC-Block-Digest", digest(request))], request))
    warc_type: Literal["response", "revisit"] = "revisit" if page.what == "revisit" else "response"
    status, mime, http, body = _answer(page, random)
    block = body if page.what == "garbage_body" else http + body
    origin = ("WARC-Concurrent-To", record_id(seed, number, "request"))
    about = headers(warc_type, "application/http; msgtype=response", origin, ("WARC-IP-Address", address))
    about += [("WARC-Payload-Digest", digest(body)), ("WARC-Block-Digest", digest(block))]
    if warc_type == "revisit":
        about.append(("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified"))
    elif mime:
        about.append(("WARC-Identified-Payload-Type", mime))
    before, answer = _damaged(page.what, about, block, random)
    metadata = metadata_block(page, random)
    about = headers("metadata", "application/warc-fields", ("WARC-Concurrent-To", record_id(seed, number, warc_type)))
    last = member(record([*about, ("WARC-Block-Digest", digest(metadata))], metadata))
    original = None if page.original is None else pages[page.original]
    truth = RecordTruth(
        record_id=record_id(seed, number, warc_type),
        url=url,
        warc_type=warc_type,
        offset=0,
        length=0,
        status=status,
        mime=mime,
        language=page.language,
        charset=page.declared.charset,
        http_charset=page.declared.http,
        meta_charset=page.declared.meta,
        kind=page.kind,
        quality=_quality(page),
        title=page.blocks[0].text if page.blocks else "",
        text=page.text,
        duplicate_of=None if page.original is None else record_id(seed, page.original, "response"),
        duplicate_kind=cast("Literal['exact', 'near']", page.what) if original else None,
        duplicate_jaccard=jaccard(page.text, original.text) if original else None,
        damage=cast("Damage", page.what) if page.what in get_args(Damage) else None,
    )
    return Capture(first + before + answer + last, len(first) + len(before), len(answer), truth)


def _quality(page: Page) -> Literal["prose", "low"] | None:
    if not page.blocks or page.what == "not_found":
        return None
    return "low" if page.kind in LOW_KINDS else "prose"


def _request(url: str) -> bytes:
    parts = urlsplit(url)
    return (
        f"GET {parts.path} HTTP/1.1\r\nUser-Agent: wabun-sample/1.0\r\n"
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
        f"Accept-Encoding: br,gzip\r\nHost: {parts.netloc}\r\nConnection: Keep-Alive\r\n\r\n"
    ).encode()


def _answer(page: Page, random: Random) -> tuple[int, str, bytes, bytes]:
    """Status, MIME type, HTTP headers and body as the server sent them."""
    status, reason = _STATUS.get(page.what, (200, "OK"))
    mime = _MIME.get(page.what, "text/html")
    body = page.body
    if page.what == "pdf":
        body = _PDF
    elif page.what == "garbage_body":
        body = random.randbytes(random.randint(400, 900))
    elif page.what == "redirect":
        body = b"<html><head><title>301</title></head><body>Moved</body></html>\n"
    charset = f"; charset={page.declared.http}" if page.declared.http else ""
    lines = [f"HTTP/1.1 {status} {reason}", "Date: Thu, 15 Jan 2026 06:00:00 GMT", f"Server: {random.choice(_SERVERS)}"]
    if mime:
        lines.append(f"Content-Type: {mime}{charset}")
    if page.what == "redirect":
        lines.append(f"Location: {page.url.replace('http://', 'https://')}?moved=1")
    if random.random() < 0.4:
        lines.append("X-Crawler-Content-Encoding: gzip")
    lines.append(f"Content-Length: {len(body)}")
    return status, mime, ("\r\n".join(lines) + "\r\n\r\n").encode(), body


def _damaged(what: str, headers: list[tuple[str, str]], block: bytes, random: Random) -> tuple[bytes, bytes]:
    """Bytes that stand before the record's member, and that member, damaged as asked."""
    if what == "long_content_length":
        headers = [*headers[:3], ("Content-Length", "99000000"), *headers[3:]]
    elif what == "short_content_length":
        headers = [*headers[:3], ("Content-Length", str(len(block) // 2)), *headers[3:]]
    whole = member(record(headers, block))
    if what == "truncated_member":
        return b"", whole[: len(whole) * 3 // 5]
    if what == "garbage_before_member":
        return random.randbytes(random.randint(64, 300)).replace(b"\x1f\x8b", b"\x00\x00"), whole
    return b"", whole
