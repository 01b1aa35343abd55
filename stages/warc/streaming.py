"""The slow path, for archives without a member for each record: plain and one-member WARC, .warc.zst, ARC."""

import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

import zstandard
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from stages.warc.headers import Headers
from stages.warc.members import Damage
from stages.warc.records import LENGTH_TOO_LARGE, Record

ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
ZSTD_DICTIONARY_MAGIC: Final = (
    b"\x5d\x2a\x4d\x18"  # https://iipc.github.io/warc-specifications/specifications/warc-zstd/
)
_MAX_DICTIONARY: Final = 1 << 26  # bytes
_STEP: Final = 1 << 16


def plain_stream(stream: BinaryIO, magic: bytes) -> BinaryIO:
    """The stream itself, or its decompressed content, by its first bytes. Memory is bounded whatever it holds."""
    if magic[:2] == b"\x1f\x8b":
        return io.BufferedReader(_Gunzip(stream), _STEP)
    if magic[:4] in (ZSTD_MAGIC, ZSTD_DICTIONARY_MAGIC):
        return io.BufferedReader(_unzstd(stream), _STEP)
    return stream


def streamed_records(stream: BinaryIO, max_bytes: int) -> Iterator[Record | Damage]:
    """Every record that warcio finds in a plain stream; blocks above `max_bytes` are cut to that size.

    Offsets are those of the plain stream. Where warcio can go no further, the damage is told and the rest is lost.
    """
    archive = ArchiveIterator(stream, no_record_parse=True, arc2warc=True, check_digests=False)
    offset = 0
    try:
        for found in archive:
            offset = archive.get_record_offset()
            block = _block(found.raw_stream, max_bytes)
            expected = found.length if found.length is not None else len(block)
            left = 0
            while part := found.raw_stream.read(_STEP):
                left += len(part)
            damage = (LENGTH_TOO_LARGE,) if len(block) + left < expected else ()
            yield Record(
                Headers(_header_bytes(found)),
                memoryview(block),
                offset=offset,
                length=archive.get_record_length(),
                damage=damage,
                whole=not left,
            )
    except (ArchiveLoadFailed, EOFError, OSError, ValueError, zlib.error, zstandard.ZstdError):
        yield Damage("rest_unreadable", offset, 1)


def _block(stream: Any, max_bytes: int) -> bytes:
    """The first `max_bytes` of a record's content."""
    parts = []
    size = 0
    while size < max_bytes and (part := stream.read(min(_STEP, max_bytes - size))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _header_bytes(found: Any) -> bytes:
    """The header block as bytes again: one shape of record for both paths."""
    lines = [found.rec_headers.protocol, *(f"{name}: {value}" for name, value in found.rec_headers.headers)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


class _Gunzip(io.RawIOBase):
    """The content of all members of a gzip stream, end to end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._inflater = zlib.decompressobj(wbits=31)
        self._waiting = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as one step goes; 0 at the end. Raises EOFError where a member is cut."""
        while True:
            if self._inflater.eof:
                self._waiting = self._inflater.unused_data or self._stream.read(_STEP)
                if not self._waiting.lstrip(b"\0"):
                    return 0
                self._inflater = zlib.decompressobj(wbits=31)
            elif not self._waiting:
                self._waiting = self._stream.read(_STEP)
                if not self._waiting:
                    raise EOFError("the gzip stream ends in the middle of a member")
            content = self._inflater.decompress(self._waiting, len(buffer))
            self._waiting = self._inflater.unconsumed_tail
            if content:
                buffer[: len(content)] = content
                return len(content)


def _unzstd(stream: BinaryIO) -> Any:
    """A reader of all frames of a .warc.zst, with the dictionary that its first, skippable frame may hold."""
    head = stream.read(8)
    dictionary = None
    if head[:4] == ZSTD_DICTIONARY_MAGIC:
        packed = stream.read(min(int.from_bytes(head[4:], "little"), _MAX_DICTIONARY))
        head = b""
        if packed[:4] == ZSTD_MAGIC:
            packed = zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MAX_DICTIONARY)
        dictionary = zstandard.ZstdCompressionDict(packed)
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=1 << 27)
    return decompressor.stream_reader(cast("BinaryIO", Replay(head, stream)), read_across_frames=True)


class Replay(io.RawIOBase):
    """A forward stream again from its beginning, after its first bytes were looked at."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer from the head, then from the stream."""
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes: what is left of the head first. A negative size reads all."""
        if size is None or size < 0:
            part, self._head = self._head + self._stream.read(), b""
        elif self._head:
            part, self._head = self._head[:size], self._head[size:]
            if len(part) < size:
                part += self._stream.read(size - len(part))
        else:
            part = self._stream.read(size)
        return part
