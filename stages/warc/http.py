"""HTTP responses as archives keep them: status, headers, and the body with its encodings undone."""

import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import brotli
import zstandard

from stages.warc.headers import MAX_HEADER_BYTES, Headers, header_end, text_of
from stages.warc.http_layout import USUAL_BYTES, http_layout
from stages.warc.libdeflate import bytes_of

CHUNKS_DAMAGED: Final = "chunks_damaged"
CONTENT_ENCODING_DAMAGED: Final = "content_encoding_damaged"
HTTP_HEADER_MISSING: Final = "http_header_missing"
_STATUS: Final = re.compile(rb"[^\s<]+[ \t]+(\d{3})\b")
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)


class Response:
    """A response: `status` 0 and no headers where the block holds none; `body` is a view of the block.

    content_type: the first, as sent. is_encoded: whether the header tells of an encoding to be undone.
    """

    __slots__ = ("_head", "_headers", "body", "content_type", "damage", "is_encoded", "status")

    def __init__(
        self,
        status: int,
        head: bytes,
        body: memoryview,
        content_type: str | None = None,
        is_encoded: bool = False,
        damage: tuple[str, ...] = (),
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.is_encoded = is_encoded
        self.damage = damage
        self._head = head
        self._headers: Headers | None = None

    @property
    def headers(self) -> Headers:
        """The HTTP header."""
        if self._headers is None:
            self._headers = Headers(self._head)
        return self._headers

    @property
    def robots(self) -> str | None:
        """Every X-Robots-Tag, joined by commas."""
        return ", ".join(self.headers.get_all("x-robots-tag")) if self.headers.get("x-robots-tag") is not None else None


def parse_response(block: memoryview) -> Response:
    """The parts of a response block; a block without a status line is all body."""
    head = bytes(block[:USUAL_BYTES])
    status, end, start, type_start, type_end, is_encoded = http_layout(bytes_of(head))
    if end < 0:
        return _odd_response(block)
    content_type = text_of(head[type_start:type_end]) if type_end else None
    return Response(status, head[:end], block[start:], content_type, is_encoded)


def _odd_response(block: memoryview) -> Response:
    """A response whose header is long, folded, unusual or missing."""
    head = bytes(block[:MAX_HEADER_BYTES])
    found = _STATUS.match(head)
    if not found:
        return Response(0, b"", block, damage=(HTTP_HEADER_MISSING,))
    end, start = header_end(head, 0, len(head))
    damage = () if end >= 0 else (HTTP_HEADER_MISSING,)
    head, body = (head[:end], block[start:]) if end >= 0 else (head, block[len(block) :])
    return Response(int(found[1]), head, body, Headers(head).get("content-type"), True, damage)


@lru_cache(maxsize=1024)
def mime_type(content_type: str | None) -> str:
    """The media type in lower case, without parameters; empty where there is none.

    >>> mime_type("Text/HTML; charset=EUC-JP"), mime_type(None)
    ('text/html', '')
    """
    return (content_type or "").partition(";")[0].partition(",")[0].strip().lower()


def declared_charset(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type, as written.

    >>> declared_charset('text/html; charset="Shift_JIS"'), declared_charset("text/html")
    ('Shift_JIS', None)
    """
    found = _CHARSET.search(content_type or "")
    return found[1] if found else None


def looks_like_html(body: memoryview) -> bool:
    """Whether a body without Content-Type begins as HTML does: what a browser would sniff, kept simple."""
    head = bytes(body[:1024]).lstrip(b"\xef\xbb\xbf \t\r\n\x0c").lower()
    return head.startswith(
        (b"<!doctype html", b"<html", b"<head", b"<body", b"<!--", b"<?xml", b"<title", b"<meta")
    ) or (b"<html" in head)


def decoded_body(response: Response, max_bytes: int) -> tuple[memoryview, tuple[str, ...]]:
    """The body with chunking and content encodings undone, and what was wrong with them.

    At most `max_bytes + 1` bytes come of it, so a caller sees what is too large. A body that is not encoded as its
    headers say is taken as it stands: crawlers decode bodies and keep the header.
    """
    body, damage = response.body, response.damage
    if not response.is_encoded:
        return body, damage
    if "chunked" in (response.headers.get("transfer-encoding") or "").lower():
        body, sound = unchunked(body)
        damage += () if sound else (CHUNKS_DAMAGED,)
    encodings = response.headers.get("content-encoding")
    for encoding in reversed(encodings.split(",")[:4]) if encodings else ():
        undo = _DECODERS.get(encoding.strip().lower())
        if undo:
            body, sound = undo(body, max_bytes + 1)
            damage += () if sound else (CONTENT_ENCODING_DAMAGED,)
    return body, damage


def unchunked(body: memoryview) -> tuple[memoryview, bool]:
    """The body without chunk sizes, and whether they were sound. What follows a bad size stays as it is.

    >>> bytes(unchunked(memoryview(b"4\\r\\nabcd\\r\\n0\\r\\n\\r\\n"))[0]), bytes(unchunked(memoryview(b"<html>"))[0])
    (b'abcd', b'<html>')
    """
    parts: list[memoryview] = []
    at = 0
    while at < len(body):
        line = bytes(body[at : at + 256])
        end = line.find(b"\n")
        digits = line[: max(end, 0)].partition(b";")[0].strip()
        try:
            size = int(digits, 16) if 0 < len(digits) <= 16 and digits.isalnum() else -1
        except ValueError:
            size = -1
        if size < 0:
            # Crawlers undo chunking and keep the header: a body that never had chunks is whole.
            return (body, True) if not parts else (_joined([*parts, body[at:]]), False)
        if size == 0:
            return _joined(parts), True
        start = at + end + 1
        parts.append(body[start : start + size])
        if start + size > len(body):
            return _joined(parts), False
        at = start + size
        ending = bytes(body[at : at + 2])
        at += 2 if ending == b"\r\n" else ending[:1] == b"\n"
    return _joined(parts), False


def _joined(parts: list[memoryview]) -> memoryview:
    return memoryview(b"".join(parts))


def _gzip(body: memoryview, max_bytes: int) -> tuple[memoryview, bool]:
    if bytes(body[:2]) != b"\x1f\x8b":
        return body, False
    return _zlib(body, max_bytes, 31)


def _deflate(body: memoryview, max_bytes: int) -> tuple[memoryview, bool]:
    """`deflate` should be zlib; some servers send it raw."""
    content, sound = _zlib(body, max_bytes, 15)
    if sound or content is not body:
        return content, sound
    content, sound = _zlib(body, max_bytes, -15)
    return (content, True) if sound else (body, False)


def _zlib(body: memoryview, max_bytes: int, wbits: int) -> tuple[memoryview, bool]:
    """Inflated in steps, so that what precedes damage is kept."""
    stream = zlib.decompressobj(wbits=wbits)
    parts: list[bytes] = []
    size = 0
    for at in range(0, len(body), 8192):
        try:
            parts.append(stream.decompress(body[at : at + 8192], max_bytes - size))
        except zlib.error:
            return (memoryview(b"".join(parts)), False) if size else (body, False)
        size += len(parts[-1])
        if stream.eof or size >= max_bytes:
            break
    content = memoryview(b"".join(parts))
    return content, stream.eof or size >= max_bytes


def _brotli(body: memoryview, max_bytes: int) -> tuple[memoryview, bool]:
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        for at in range(0, len(body), 4096):
            parts.append(stream.process(bytes(body[at : at + 4096]), output_buffer_limit=max_bytes - size))
            size += len(parts[-1])
            while size < max_bytes and not stream.can_accept_more_data():
                parts.append(stream.process(b"", output_buffer_limit=max_bytes - size))
                size += len(parts[-1])
            if stream.is_finished() or size >= max_bytes:
                break
    except brotli.error:
        return (memoryview(b"".join(parts)), False) if size else (body, False)
    content = memoryview(b"".join(parts))[:max_bytes]  # the limit that brotli keeps is a soft one
    return content, stream.is_finished() or size >= max_bytes


def _zstd(body: memoryview, max_bytes: int) -> tuple[memoryview, bool]:
    stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body, read_across_frames=True)
    parts: list[bytes] = []
    size = 0
    try:
        while size < max_bytes and (part := stream.read(min(65536, max_bytes - size))):
            parts.append(part)
            size += len(part)
    except zstandard.ZstdError:
        return (memoryview(b"".join(parts)), False) if size else (body, False)
    return memoryview(b"".join(parts)), True


_DECODERS: Final[dict[str, Callable[[memoryview, int], tuple[memoryview, bool]]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
