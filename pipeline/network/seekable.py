"""A remote file that can be read at any place."""

import io
from collections.abc import Callable
from typing import BinaryIO, cast


def seekable(size: int, read_range: Callable[[int, int], bytes], step: int) -> BinaryIO:
    """A file of `size` bytes, of which `read_range(start, stop)` gives some or all, asked for `step` bytes or more.

    >>> file = seekable(10, lambda start, stop: b"0123456789"[start:stop], 4)
    >>> file.seek(-3, 2), file.read()
    (7, b'789')
    """
    return cast("BinaryIO", io.BufferedReader(_Ranges(size, read_range), step))


class _Ranges(io.RawIOBase):
    def __init__(self, size: int, read_range: Callable[[int, int], bytes]) -> None:
        self._size = size
        self._read_range = read_range
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """The bytes from here on; 0 at the end."""
        view = memoryview(buffer).cast("B")
        stop = min(self._size, self._position + len(view))
        data = self._read_range(self._position, stop) if stop > self._position else b""
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
