"""A whole archive decompressed as one forward stream, with bounded memory."""

import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, Protocol, cast

import zstandard

_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_DICTIONARY_MAGIC: Final = b"\x5d\x2a\x4d\x18"  # https://iipc.github.io/warc-specifications/specifications/warc-zstd/
_MAX_DICTIONARY: Final = 1 << 26  # bytes
_MAX_WINDOW: Final = 1 << 27  # bytes a zstd frame may look back
_STEP: Final = 1 << 16


class Readable(Protocol):
    """What can be read forward."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


def exactly(stream: Readable, size: int) -> bytes:
    """As many bytes as asked for; fewer only at the end."""
    first = stream.read(size)
    if len(first) == size or not first:
        return first
    parts = [first]
    left = size - len(first)
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class Replay:
    """A forward stream again from its beginning, after its first bytes were looked at."""

    def __init__(self, head: bytes, stream: Readable) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """The next bytes: what is left of the head first."""
        if not self._head:
            return self._stream.read(size)
        part, self._head = self._head[:size], self._head[size:]
        return part


class Decompressed:
    """The plain content of a stream. It ends where it cannot be decompressed further, and `fault` says why.

    position: bytes of content read so far.
    """

    def __init__(self, stream: Readable, magic: bytes) -> None:
        self.fault: str | None = None
        self.position = 0
        if magic[:2] == b"\x1f\x8b":
            self._parts = _gunzipped(stream)
        elif magic[:4] in (_ZSTD_MAGIC, _DICTIONARY_MAGIC):
            self._parts = _unzstd(stream)
        else:
            self._parts = iter(lambda: stream.read(_STEP), b"")
        self._left = b""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, as many as one step of decompression gives; none at the end."""
        if not self._left and not self.fault:
            try:
                self._left = next(self._parts, b"")
            except EOFError:
                self.fault = "gzip_cut_at_end"
            except zlib.error:
                self.fault = "gzip_damaged"
            except zstandard.ZstdError:
                self.fault = "zstd_damaged"
        part, self._left = self._left[:size], self._left[size:]
        self.position += len(part)
        return part

    def again(self, head: bytes) -> BinaryIO:
        """This stream from its beginning, of which `head` was read."""
        return cast("BinaryIO", Replay(head, self))


def _gunzipped(stream: Readable) -> Iterator[bytes]:
    """The content of all members of a gzip stream, end to end. Raises EOFError where one is cut."""
    inflater = zlib.decompressobj(wbits=31)
    waiting = stream.read(_STEP)
    while waiting:
        content = inflater.decompress(waiting, _STEP)
        if content:
            yield content
        if inflater.eof:
            waiting = inflater.unused_data or stream.read(_STEP)
            if not waiting.lstrip(b"\0"):
                return
            inflater = zlib.decompressobj(wbits=31)
        else:
            waiting = inflater.unconsumed_tail or stream.read(_STEP)
    raise EOFError("the gzip stream ends in the middle of a member")


def _unzstd(stream: Readable) -> Iterator[bytes]:
    """The content of all frames of a .warc.zst, with the dictionary that its first, skippable frame may hold."""
    head = exactly(stream, 8)
    dictionary = None
    if head[:4] == _DICTIONARY_MAGIC:
        packed = exactly(stream, min(int.from_bytes(head[4:], "little"), _MAX_DICTIONARY))
        head = b""
        if packed[:4] == _ZSTD_MAGIC:
            packed = zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MAX_DICTIONARY)
        dictionary = zstandard.ZstdCompressionDict(packed)
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=_MAX_WINDOW)
    source = cast("BinaryIO", Replay(head, stream))
    read: Callable[[], bytes] = lambda: reader.read(_STEP)  # noqa: E731
    with decompressor.stream_reader(source, read_across_frames=True, closefd=False) as reader:
        yield from iter(read, b"")
