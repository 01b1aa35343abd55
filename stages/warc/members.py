"""The gzip members of an archive, one after another, and the way on after a damaged one.

A per-record archive is a chain of small gzip members. The next `1f 8b 08` is taken for the member's end; its last
eight bytes then hold length and checksum, which libdeflate verifies. Where that fails (the three bytes also occur in
compressed data) zlib says where the member really ends.
"""

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

import deflate
import numpy as np
import numpy.typing as npt
from numba import njit

from stages.warc.decompression import Readable, exactly

MAGIC: Final = b"\x1f\x8b\x08"
_MIN_MEMBER: Final = 18  # bytes: header of 10, trailer of 8 (RFC 1952)
_MAX_RATIO: Final = 1032  # no deflate stream inflates further: https://zlib.net/zlib_tech.html
_CHUNK: Final = 1 << 19  # bytes read at once; larger ones leave the cache and cost page faults
_LAST: Final = len(MAGIC) - 1
_PEEK: Final = 1024  # compressed bytes enough to inflate the first five


class Member(NamedTuple):
    """One inflated member. `offset` and `length` are of its compressed bytes; `whole` is False where the cap cut it."""

    offset: int
    length: int
    data: bytes | bytearray
    whole: bool = True


class Damage(NamedTuple):
    """Bytes from which no record came. `lost` is the number of records this cost: 0 for padding, else 1."""

    kind: str
    offset: int
    lost: int


class Window:
    """The part of a forward stream that is at hand, with the places where a member may begin.

    base: offset in the stream of `data[0]`. starts: positions in `data` of every `1f 8b 08`, ascending.
    sizes: what is claimed to be in the member that ends where the next begins, in bytes; -1 where that cannot be.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.data = b""
        self.base = 0
        self.at_end = False
        self.starts: list[int] = []
        self.sizes: list[int] = []

    def advance(self, keep_from: int, size: int = _CHUNK) -> None:
        """Let go of `data[:keep_from]` and read at least as much as is kept, so that growing is never quadratic."""
        kept = self.data[keep_from:]
        chunk = exactly(self._stream, max(size, len(kept)))
        self.at_end = not chunk
        self.base += keep_from
        self.data = kept + chunk
        self.starts, self.sizes = member_bounds(self.data)

    def require(self, at: int, size: int) -> int:
        """Have `size` bytes from position `at` on, or all there are; where `at` is afterwards."""
        while len(self.data) - at < size and not self.at_end:
            self.advance(at)
            at = 0
        return at


def member_bounds(data: bytes) -> tuple[list[int], list[int]]:
    """Positions of `1f 8b 08`, ascending: every member's first byte, and now and then a place inside one.

    And how many bytes each holds by its trailer if it ends where the next begins, -1 where that cannot be.

    >>> member_bounds(b"\\x1f\\x8b\\x08 \\x1f\\x8b\\x07 \\x1f\\x8b\\x08")
    ([0, 8], [-1])
    """
    if len(data) < len(MAGIC):
        return [], []
    view = np.frombuffer(data, np.uint8)
    starts = _starts(view)
    trailers = view[starts[1:, None] + np.arange(-4, 0)].view("<u4").ravel().astype(np.int64)
    lengths = np.diff(starts)
    possible = (lengths >= _MIN_MEMBER) & (trailers <= _MAX_RATIO * lengths)
    return starts.tolist(), np.where(possible, trailers, -1).tolist()


@njit(cache=True)  # type: ignore[untyped-decorator]
def _starts(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Positions of the magic; blocks without a trace of it are passed over by vector instructions."""
    found = np.empty(len(data) // 3 + 1, np.int64)
    num_found = 0
    end = len(data) - 2
    one = np.uint64(1)
    for start in range(0, end, 512):
        stop = min(start + 512, end)
        trace = np.uint8(0)
        for at in range(np.uint64(start), np.uint64(stop)):
            pair = (data[at] == np.uint8(0x1F)) & (data[at + one] == np.uint8(0x8B))
            trace = np.uint8(trace | np.uint8(pair))
        if trace:
            for i in range(start, stop):
                if data[i] == 0x1F and data[i + 1] == 0x8B and data[i + 2] == 0x08:
                    found[num_found] = i
                    num_found += 1
    return found[:num_found].copy()


def inflate(data: memoryview, max_bytes: int) -> bytearray | None:
    """The content of `data` where it is exactly one sound member of at most `max_bytes`; None where it is not."""
    if len(data) < _MIN_MEMBER:
        return None
    size = int.from_bytes(data[-4:], "little")
    return inflated(data, size) if size <= max_bytes and size <= _MAX_RATIO * len(data) else None


def inflated(data: memoryview, size: int) -> bytearray | None:
    """The content of `data` where it is exactly one sound member of `size` bytes; None where it is not."""
    try:
        content: bytearray = deflate.gzip_decompress(data, size or 1)
    except (deflate.DeflateError, ValueError):
        return None
    return content if len(content) == size else None


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
    at = 0
    while True:
        starts, base, view = window.starts, window.base, memoryview(window.data)
        following = bisect_right(starts, at)
        if following and starts[following - 1] == at:
            # The quick way, as long as each member ends where the next begins.
            for end, size in zip(starts[following:], window.sizes[following - 1 :], strict=False):
                content = inflated(view[at:end], size) if 0 <= size <= max_bytes else None
                if content is None:
                    break
                yield Member(base + at, end - at, content)
                at = end
        found, at = next_member(window, at, max_bytes)
        if found is None:
            return
        yield found


def next_member(window: Window, at: int, max_bytes: int) -> tuple[Member | Damage | None, int]:
    """What is found at position `at` of the window, None at the end, and the position after it."""
    at = window.require(at, _MIN_MEMBER)
    if at == len(window.data):
        return None, at
    if not window.data.startswith(MAGIC, at):
        damage = Damage("garbage_between_members", window.base + at, 0)
        return damage, _resynchronised(window, at)
    content, at, end = _quick(window, at, max_bytes)
    if content is not None:
        return Member(window.base + at, end - at, content), end
    return _careful(window, at, max_bytes)


def _quick(window: Window, at: int, max_bytes: int) -> tuple[bytearray | None, int, int]:
    """The member at `at`, if it ends where the next seems to begin; then where it begins and ends in the window."""
    while True:
        starts = window.starts
        following = bisect_right(starts, at)
        if following < len(starts):
            end = starts[following]
        elif window.at_end:
            end = len(window.data)
        elif len(window.data) - at > max_bytes:
            return None, at, at
        else:
            window.advance(at)
            at = 0
            continue
        return inflate(memoryview(window.data)[at:end], max_bytes), at, end


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
        for start in window.starts[bisect_left(window.starts, at) :]:
            if len(view) - start < _PEEK and not window.at_end:
                break
            if inflated_head(view[start : start + _PEEK], 5) == b"WARC/":
                return start
        else:
            start = max(at, len(view) - _LAST)
        if window.at_end:
            return len(view)
        window.advance(start)
        at = 0
