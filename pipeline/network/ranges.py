"""Chosen records of archives as one stream: near ones come with one request, and several requests at a time."""

import io
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, pairwise
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO, Final, NamedTuple

import deflate
import numpy as np

from pipeline.errors import InputError
from pipeline.network.fetch import Fetching
from pipeline.network.locations import is_remote, join
from pipeline.network.remote import Download, RangesIgnored, fetch
from pipeline.network.requests import Integers, Records, Span, records_in

MAX_REQUEST_BYTES: Final = 16_000_000  # of several records together; a longer one comes alone
_MAX_CHECKED_BYTES: Final = 64_000_000  # inflated size up to which a member is checked as it comes
_STEP: Final = 1 << 20


class Block(NamedTuple):
    """Records of one archive that come with one request. offsets, lengths: bytes, shape (num_records,)."""

    location: str
    start: int
    stop: int
    offsets: Integers
    lengths: Integers


def blocks_of(records: Records, base: str, gap: int) -> Iterator[Block]:
    """The requests for some records of an archive: those at most `gap` bytes apart together."""
    offsets = records.offsets
    ends = np.maximum.accumulate(offsets + records.lengths)
    cuts = np.flatnonzero(offsets[1:] - ends[:-1] > gap) + 1
    location = join(base, records.file)
    for near, far in pairwise([0, *cuts.tolist(), len(offsets)]):
        first = near
        while first < far:
            # the first of them in any case, and those after it that end within the bound
            last = max(first + 1, int(np.searchsorted(ends[:far], offsets[first] + MAX_REQUEST_BYTES, side="right")))
            part = slice(first, last)
            yield Block(location, int(offsets[first]), int(ends[last - 1]), offsets[part], records.lengths[part])
            first = last


@dataclass(frozen=True)
class RangedInput:
    """Rows of a table of requests as an input (see pipeline.stage.Input): the stream holds those records alone.

    digest: of the rows. base: the folder or URL that the archives' names are relative to.
    """

    requests: str  # path or URL of the table
    first: int
    rows: int
    size: int
    digest: str
    base: str = ""
    fetching: Fetching = field(default=Fetching(), compare=False)

    @classmethod
    def of(cls, requests: str, span: Span, base: str, fetching: Fetching) -> "RangedInput":
        """A span of a table."""
        return cls(requests, span.first, span.rows, span.bytes, span.digest, base, fetching)

    @property
    def name(self) -> str:
        """Which rows these are; each record has its own archive's name."""
        return f"{Path(self.requests).name}[{self.first}:{self.first + self.rows}]"

    @property
    def path(self) -> Path | None:
        """There is no file that holds just these bytes."""
        return None

    def open(self) -> BinaryIO:
        """The records one after another. Raises InputError, here or while reading, when they cannot be had whole."""
        blocks = (
            block for records in self._records for block in blocks_of(records, self.base, self.fetching.gap_bytes)
        )
        return io.BufferedReader(_Stream(blocks, self.fetching), _STEP)

    def locate(self, offset: int) -> tuple[str, int]:
        """The archive and the place in it of a byte of the stream."""
        place = int(np.searchsorted(self._starts, offset, side="right")) - 1
        run = int(np.searchsorted(self._counts, place, side="right")) - 1
        records = self._records[run]
        begin = int(records.offsets[place - int(self._counts[run])])
        return records.file, begin + offset - int(self._starts[place])

    def as_plain(self) -> dict[str, Any]:
        """The input as a plan's JSON holds it."""
        plain = {key: getattr(self, key) for key in ("first", "rows", "size", "digest", "base")}
        return {"name": self.name, "requests": self.requests, **plain}

    @classmethod
    def from_plain(cls, plain: dict[str, Any], fetching: Fetching) -> "RangedInput":
        """Back from `as_plain`."""
        given = {key: plain[key] for key in ("first", "rows", "size", "digest", "base")}
        return cls(plain["requests"], **given, fetching=fetching)

    @cached_property
    def _records(self) -> Sequence[Records]:
        return list(records_in(self.requests, self.first, self.rows))

    @cached_property
    def _starts(self) -> Integers:
        """Where each record begins in the stream."""
        lengths = np.concatenate([[0], *(records.lengths for records in self._records)])
        return np.cumsum(lengths)[:-1]

    @cached_property
    def _counts(self) -> Integers:
        """How many records stand before each run of them."""
        return np.cumsum([0, *(len(records.offsets) for records in self._records)])


class _Stream(io.RawIOBase):
    """The wanted bytes of blocks, in order, while the next blocks are under way."""

    def __init__(self, blocks: Iterator[Block], fetching: Fetching) -> None:
        self._fetching = fetching
        self._stopped = Event()
        self._pool = ThreadPoolExecutor(fetching.concurrency)
        self._parts = self._wanted(blocks)
        self._part = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; 0 at the end."""
        while not self._part:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._part = part
        size = min(len(buffer), len(self._part))
        buffer[:size] = self._part[:size]
        self._part = self._part[size:]
        return size

    def close(self) -> None:
        """Let go of what is under way."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        super().close()

    def _wanted(self, blocks: Iterator[Block]) -> Iterator[memoryview]:
        """The records asked for, in order."""
        whole: _Whole | None = None
        for block, coming in self._under_way(blocks):
            try:
                data = coming.result()
            except RangesIgnored:
                if whole is None or whole.location != block.location:
                    whole = _Whole(block.location, self._fetching)
                data = whole.read(block.start, block.stop)
            yield from _members(block, data)

    def _under_way(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, "Future[bytes]"]]:
        """Each block with its bytes to come; as many blocks ahead as may be fetched at a time."""
        waiting: deque[tuple[Block, Future[bytes]]] = deque()
        ahead = self._fetching.concurrency
        for block in islice(blocks, ahead):
            waiting.append((block, self._pool.submit(_block_bytes, block, self._fetching, self._stopped)))
        while waiting:
            yield waiting.popleft()
            for block in islice(blocks, 1):
                waiting.append((block, self._pool.submit(_block_bytes, block, self._fetching, self._stopped)))


class _Whole:
    """An archive whose server serves no parts, read once from its beginning as far as it is needed."""

    def __init__(self, location: str, fetching: Fetching) -> None:
        self.location = location
        self._fetching = fetching
        self._begin()

    def _begin(self) -> None:
        self._download = Download(self.location, self._fetching)
        self._position = 0

    def read(self, start: int, stop: int) -> bytes:
        """Bytes [start, stop)."""
        if start < self._position:
            self._download.close()
            self._begin()
        found = bytearray()
        while self._position < stop:
            aim = start if self._position < start else stop
            part = self._download.read(min(_STEP, aim - self._position))
            if not part:
                raise InputError(f"{self.location}: ends at {self._position:,} bytes; {stop:,} were asked for")
            if self._position >= start:
                found += part
            self._position += len(part)
        return bytes(found)


def _block_bytes(block: Block, fetching: Fetching, stopped: Event) -> bytes:
    """The bytes of a block. One with a damaged record is fetched again: what comes twice is what the archive holds."""
    data = _part(block, fetching, stopped)
    for _ in range(fetching.tries):
        if all(_is_sound(member) for member in _members(block, data)):
            return data
        again = _part(block, fetching, stopped)
        if again == data:
            return data
        data = again
    raise InputError(f"{block.location}: bytes {block.start:,} to {block.stop:,} come otherwise each time")


def _part(block: Block, fetching: Fetching, stopped: Event) -> bytes:
    """The bytes from where the archive is: behind a URL or on this machine. Never fewer than asked for."""
    size = block.stop - block.start
    if is_remote(block.location):
        return fetch(block.location, fetching, block.start, block.stop, at_most=size, stopped=stopped)
    try:
        with Path(block.location).open("rb") as file:
            file.seek(block.start)
            data = file.read(size)
    except OSError as error:
        raise InputError(f"{block.location}: cannot be read: {error.strerror}; check base_url") from None
    if len(data) < size:
        raise InputError(f"{block.location}: ends before the bytes up to {block.stop:,} that were asked for")
    return data


def _members(block: Block, data: bytes) -> Iterator[memoryview]:
    """The records asked for; what lies between them is passed over."""
    view = memoryview(data)
    for offset, length in zip(block.offsets.tolist(), block.lengths.tolist(), strict=True):
        yield view[offset - block.start : offset - block.start + length]


def _is_sound(member: memoryview) -> bool:
    """Whether a record came as it was written: a whole gzip member, or a record of a plain archive."""
    if bytes(member[:2]) != b"\x1f\x8b":
        return bytes(member[:5]) == b"WARC/"
    size = int.from_bytes(member[-4:], "little")
    if size > _MAX_CHECKED_BYTES:
        return True
    try:
        return len(deflate.gzip_decompress(member, size or 1)) == size
    except (deflate.DeflateError, ValueError):
        return False
