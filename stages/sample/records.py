"""WARC records as bytes: headers in Common Crawl's order, digests, a gzip member each."""

import struct
import zlib
from base64 import b32encode
from hashlib import sha1, sha256
from uuid import UUID

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"  # no name, no time: the same bytes at any hour


def record_id(seed: int, number: int | str, role: str) -> str:
    """A WARC-Record-ID that depends on nothing but its arguments."""
    return f"<urn:uuid:{UUID(bytes=sha256(f'{seed} {number} {role}'.encode()).digest()[:16], version=4)}>"


def digest(content: bytes) -> str:
    """A digest in the form of WARC headers: SHA-1 in base 32."""
    return f"sha1:{b32encode(sha1(content).digest()).decode()}"


def record(headers: list[tuple[str, str]], block: bytes) -> bytes:
    """A whole record. `headers` without Content-Length, which comes fourth as in Common Crawl's files."""
    lines = [f"{name}: {value}" for name, value in headers]
    if not any(name == "Content-Length" for name, _ in headers):
        lines.insert(3, f"Content-Length: {len(block)}")
    return b"WARC/1.0\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def member(content: bytes) -> bytes:
    """The content as one gzip member."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    compressed = deflate.compress(content) + deflate.flush()
    return _GZIP_HEADER + compressed + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)


def warcinfo(seed: int, filename: str, date: str) -> bytes:
    """The first record of the file, as a gzip member."""
    fields = {
        "isPartOf": "CC-MAIN-2026-03-SAMPLE",
        "publisher": "Wabun",
        "description": "Synthetic pages in the layout of Common Crawl; every text was written for this sample",
        "software": "wabun sample",
        "robots": "none: no page was fetched",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    block = ("".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n").encode()
    headers = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Date", date),
        ("WARC-Record-ID", record_id(seed, "file", "warcinfo")),
        ("Content-Type", "application/warc-fields"),
        ("WARC-Filename", filename),
        ("WARC-Block-Digest", digest(block)),
    ]
    return member(record(headers, block))
