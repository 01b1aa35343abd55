"""The slow path, for archives without a member for each record: plain and one-member WARC, .warc.zst, ARC."""

from collections.abc import Iterator
from typing import Any, Final

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from stages.warc.decompression import Decompressed
from stages.warc.header_layout import header_layout
from stages.warc.headers import MAX_HEADER_BYTES
from stages.warc.members import Damage, Window
from stages.warc.records import HEADER_UNREADABLE, LENGTH_MISSING, LENGTH_TOO_LARGE, Record, record_type

_STEP: Final = 1 << 16
_ARC: Final = b"filedesc:"


def streamed_records(stream: Decompressed, max_bytes: int) -> Iterator[Record | Damage]:
    """Every record of a plain WARC or ARC stream; blocks above `max_bytes` are cut to that size.

    Offsets and lengths are those of the plain stream. Where it cannot be decompressed further, that is told at the end.
    """
    window = Window(stream)
    window.require(0, len(_ARC))
    if window.data.startswith(_ARC):
        yield from _arc_records(stream.again(window.data), max_bytes)
    else:
        yield from _warc_records(window, max_bytes)
    if stream.fault:
        yield Damage(stream.fault, stream.position, 0)


def _warc_records(window: Window, max_bytes: int) -> Iterator[Record | Damage]:
    """The records of a plain WARC stream, each found by the Content-Length of the one before."""
    at = 0
    while True:
        at = _past_blank_lines(window, window.require(at, MAX_HEADER_BYTES))
        if at == len(window.data) and window.at_end:
            return
        at = window.require(at, MAX_HEADER_BYTES)
        offset = window.base + at
        if not window.data.startswith(b"WARC/", at):
            yield Damage("garbage_between_records", offset, 0)
            at = _next_version_line(window, at)
            continue
        stop = min(len(window.data), at + MAX_HEADER_BYTES)
        head_end, start, claimed, type_start, type_end = header_layout(window.view, at, stop)
        if head_end < 0:
            yield Damage(HEADER_UNREADABLE, offset, 1)
            at = _next_version_line(window, at + 1)
            continue
        head, kind = window.data[at:head_end], record_type(window.data[type_start:type_end])
        block, true_length, at, damage = _block(window, start, claimed, max_bytes)
        length = window.base + at - offset
        yield Record(head, kind, memoryview(block), offset, length, damage, len(block) == true_length)


def _block(window: Window, start: int, claimed: int, max_bytes: int) -> tuple[bytes, int, int, tuple[str, ...]]:
    """A record's block, cut to `max_bytes`; how long it is in truth; where it ends; what its length got wrong."""
    wanted = max_bytes if claimed < 0 else min(claimed, max_bytes)
    start = window.require(start, wanted)
    block = window.data[start : start + wanted]
    damage: tuple[str, ...] = ()
    if claimed < 0 or len(block) < wanted:
        damage = (LENGTH_MISSING,) if claimed < 0 else (LENGTH_TOO_LARGE,)
        following = block.find(b"\r\n\r\nWARC/")
        block = block if following < 0 else block[:following]
        return block, len(block), start + len(block), damage
    at, left = start + len(block), claimed - wanted
    while left:
        at = window.require(at, min(left, _STEP))
        step = min(left, len(window.data) - at)
        if not step:
            return block, claimed, at, (LENGTH_TOO_LARGE,)
        at, left = at + step, left - step
    return block, claimed, at, damage


def _past_blank_lines(window: Window, at: int) -> int:
    while at < len(window.data) and window.data[at] in b"\r\n":
        at += 1
    return at


def _next_version_line(window: Window, at: int) -> int:
    """Where the next line begins that opens a record; the end where none does."""
    mark = b"\nWARC/"
    while True:
        found = window.data.find(mark, at)
        if found >= 0:
            return found + 1
        if window.at_end:
            return len(window.data)
        window.advance(max(at, len(window.data) - len(mark)))
        at = 0


def _arc_records(stream: Any, max_bytes: int) -> Iterator[Record | Damage]:
    """The records of a plain ARC stream, as warcio makes WARC of them, without the ids that it invents."""
    archive = ArchiveIterator(stream, no_record_parse=True, arc2warc=True, check_digests=False)
    offset = 0
    try:
        for found in archive:
            block = _content(found.raw_stream, max_bytes)
            left = 0
            while part := found.raw_stream.read(_STEP):
                left += len(part)
            offset = archive.get_record_offset()
            missing = max(found.length or 0, 0) - len(block) - left
            damage = (LENGTH_TOO_LARGE,) if missing > 0 else ()
            length = archive.get_record_length()
            kind = record_type((found.rec_type or "").encode())
            yield Record(_header(found), kind, memoryview(block), offset, length, damage, not left)
    except (ArchiveLoadFailed, EOFError, ValueError):
        yield Damage("rest_unreadable", offset, 1)


def _content(stream: Any, max_bytes: int) -> bytes:
    """The first `max_bytes` of a record's content."""
    parts = []
    size = 0
    while size < max_bytes and (part := stream.read(min(_STEP, max_bytes - size))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _header(found: Any) -> bytes:
    """The header block as bytes again: one shape of record for every path."""
    fields = [(name, value) for name, value in found.rec_headers.headers if name != "WARC-Record-ID"]
    lines = [found.rec_headers.protocol, *(f"{name}: {value}" for name, value in fields)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")
