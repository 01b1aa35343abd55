"""Whether a gzip stream that flows by ends where a member ends: what tells a whole file from a cut one."""

import zlib
from collections import deque
from typing import Final

_MAGIC: Final = b"\x1f\x8b\x08"
_TAIL_BYTES: Final = 16_000_000  # a last member longer than this, after others, is taken for a cut one
_MAX_CANDIDATES: Final = 64  # places in the tail where a member may begin; chance makes one in 16 MB
_STEP: Final = 1 << 20


class GzipEnd:
    """Looks at the bytes of a gzip file as they pass; at the end says whether the last member is whole.

    The first member is inflated on the way, so that a file of one member is checked in full. Where more follow, the
    last bytes are kept and the last member is looked for in them. Memory is bounded.
    """

    def __init__(self) -> None:
        self._first: zlib._Decompress | None = zlib.decompressobj(wbits=31)
        self._only_one = False  # the first member is whole, and nothing but padding has followed it
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0

    def feed(self, data: bytes) -> None:
        """The next bytes of the file."""
        self._tail.append(data)
        self._tail_bytes += len(data)
        while self._tail_bytes - len(self._tail[0]) >= _TAIL_BYTES:
            self._tail_bytes -= len(self._tail.popleft())
        if self._first is not None:
            data = self._inflated(self._first, data)
        if data.strip(b"\0"):
            self._only_one = False

    def is_whole(self) -> bool:
        """Whether the file may end here: its last member's length and checksum agree with its content."""
        return self._only_one or (self._first is None and _ends_with_member(b"".join(self._tail)))

    def _inflated(self, member: "zlib._Decompress", data: bytes) -> bytes:
        """What follows the first member in this data. Its content is not kept."""
        try:
            while data and not member.eof:
                member.decompress(data, _STEP)
                data = member.unconsumed_tail
        except zlib.error:
            self._first = None
            return b""
        if not member.eof:
            return b""
        self._first = None
        self._only_one = True
        return member.unused_data


def _ends_with_member(tail: bytes) -> bool:
    """Whether the last thing in these bytes, but for padding, is a whole gzip member."""
    view = memoryview(tail)
    start = len(tail)
    for _ in range(_MAX_CANDIDATES):
        start = tail.rfind(_MAGIC, 0, start)
        if start < 0:
            return False
        rest = _after_member(view[start:])
        if rest is not None:
            return not rest.strip(b"\0")
    return False


def _after_member(data: memoryview) -> bytes | None:
    """What follows the sound member with which the data begin; None where they begin with none."""
    member = zlib.decompressobj(wbits=31)
    left: bytes | memoryview = data
    try:
        while left and not member.eof:
            member.decompress(left, _STEP)
            left = member.unconsumed_tail
    except zlib.error:
        return None
    return member.unused_data if member.eof else None
