"""The gzip members of an archive, one after another, and the way on after a damaged one.

A per-record archive is a chain of small gzip members. libdeflate inflates one and says where it ends, its checksum and
size verified. Where it finds none that is sound and small enough, zlib tells what can be had of it.
"""

import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from stages.warc.decompression import Readable, exactly
from stages.warc.libdeflate import Room, bytes_of, inflate

MAGIC: Final = b"\x1f\x8b\x08"
_MIN_MEMBER: Final = 18  # bytes: header of 10, trailer of 8 (RFC 1952)
_CHUNK: Final = 1 << 19  # bytes read at once; larger ones leave the cache and cost page faults
_LAST: Final = len(MAGIC) - 1
_PEEK: Final = 1024  # compressed bytes enough to inflate the first five


class Member(NamedTuple):
    """One inflated member. `offset` and `length` are of its compressed bytes; `whole` is False where the cap cut it."""

    offset: int
    length: int
    data: bytes
    whole: bool = True


class Damage(NamedTuple):
    """Bytes from which no record came. `lost` is the number of records this cost: 0 for padding, else 1."""

    kind: str
    offset: int
    lost: int


class Window:
    """The part of a forward stream that is at hand.

    data: the bytes; view: the same for kernels. base: offset in the stream of `data[0]`. last: where the last member
    seems to begin; those before it are whole, and it is too where the stream is `at_end`.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.base = 0
        self.at_end = False
        self._hold(b"")

    def advance(self, keep_from: int, size: int = _CHUNK) -> None:
        """Let go of `data[:keep_from]` and read at least as much as is kept, so that growing is never quadratic."""
        kept = self.data[keep_from:]
        chunk = exactly(self._stream, max(size, len(kept)))
        self.at_end = not chunk
        self.base += keep_from
        self._hold(kept + chunk)

    def require(self, at: int, size: int) -> int:
        """Have `size` bytes from position `at` on, or all there are; where `at` is afterwards."""
        while len(self.data) - at < size and not self.at_end:
            self.advance(at)
            at = 0
        return at

    def require_member(self, at: int, max_bytes: int) -> int:
        """Have what seems to be the whole member at `at`, if that is in `max_bytes`; where `at` is afterwards."""
        while at >= self.last and not self.at_end and len(self.data) - at <= max_bytes:
            self.advance(at)
            at = 0
        return at

    def _hold(self, data: bytes) -> None:
        self.data = data
        self.view = bytes_of(data)
        self.last = len(data) if self.at_end else max(data.rfind(MAGIC), 0)


def inflated_head(data: memoryview, max_bytes: int) -> bytes:
    """The first bytes of a member, as many as come before damage; empty where no member begins."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data, max_bytes)
    except zlib.error:
        return b""


def members(window: Window, max_bytes: int) -> Iterator[Member | Damage]:
    """Every member in turn, and what lay between. Memory stays within a small multiple of `max_bytes`.

    A member above `max_bytes` is yielded cut to that size. After damage the way goes on at the next member whose
    content begins as a record does.
    """
    room = Room.of(max_bytes)
    found, at = next_member(window, 0, room)
    while found:
        yield found
        found, at = next_member(window, at, room)


def next_member(window: Window, at: int, room: Room) -> tuple[Member | Damage | None, int]:
    """What is found at position `at` of the window, None at the end, and the position after it."""
    at = window.require(at, _MIN_MEMBER)
    if at == len(window.data):
        return None, at
    if not window.data.startswith(MAGIC, at):
        damage = Damage("garbage_between_members", window.base + at, 0)
        return damage, _resynchronised(window, at)
    max_bytes = len(room.content)
    at = window.require_member(at, max_bytes)
    if inflate(room, window.view, at, len(window.view)):
        length, size = room.sizes.tolist()
        return Member(window.base + at, length, room.content[:size].tobytes()), at + length
    return _careful(window, at, max_bytes)


def _careful(window: Window, at: int, max_bytes: int) -> tuple[Member | Damage, int]:
    """What zlib finds at `at`, be it whole, too large or damaged, and where to go on."""
    at = window.require(at, max_bytes + max_bytes // 64 + 1024)
    offset = window.base + at
    stream = zlib.decompressobj(wbits=31)
    try:
        content = stream.decompress(memoryview(window.data)[at:], max_bytes + 1)
    except zlib.error:
        return Damage("gzip_damaged", offset, 1), _resynchronised(window, at + 1)
    if stream.eof and len(content) <= max_bytes:
        end = len(window.data) - len(stream.unused_data)
        return Member(offset, end - at, content), end
    if len(content) > max_bytes:
        following = _resynchronised(window, at + 1)
        return Member(offset, window.base + following - offset, content[:max_bytes], whole=False), following
    kind = "gzip_cut_at_end" if window.at_end else "gzip_damaged"
    return Damage(kind, offset, 1), _resynchronised(window, at + 1)


def _resynchronised(window: Window, at: int) -> int:
    """Where the next sound member begins at or after `at`; the window's end where none does."""
    while True:
        view = memoryview(window.data)
        start = window.data.find(MAGIC, at)
        while start >= 0 and (window.at_end or len(view) - start >= _PEEK):
            if inflated_head(view[start : start + _PEEK], 5) == b"WARC/":
                return start
            start = window.data.find(MAGIC, start + 1)
        if start < 0:
            start = max(at, len(view) - _LAST)
        if window.at_end:
            return len(view)
        window.advance(start)
        at = 0
