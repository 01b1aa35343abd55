"""Remote files as streams: a cut body is taken up where it ended, and what is not whole is never taken for whole."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO, Final

from pipeline.errors import InputError, NetworkFault
from pipeline.network.fetch import Fault, Fetching, Reply, Tries, get, head
from pipeline.network.gzip_end import GzipEnd
from pipeline.network.seekable import seekable

_BUFFER_BYTES: Final = 1 << 18
_STEP: Final = 1 << 20


class RangesIgnored(InputError):  # noqa: N818 - a property of the server, told like an error
    """The server answers a request for a range with the whole file."""


@dataclass(frozen=True)
class RemoteInput:
    """A file behind an http(s) or s3 URL (see pipeline.stage.Input).

    size, validator: as the server told them when the input was named; unknown for files out of a list, which are asked
    for only when they are read. Where they are known, another file in their place is an error.
    """

    name: str
    url: str
    size: int | None = None
    validator: str = ""
    fetching: Fetching = field(default=Fetching(), compare=False)

    @property
    def path(self) -> Path | None:
        """There is no local file."""
        return None

    def open(self) -> BinaryIO:
        """The bytes from their beginning. Raises InputError, here or while reading, when they cannot be had whole."""
        if self.name.endswith(".parquet"):
            return open_seekable(self.url, self.fetching)
        raw = Download(self.url, self.fetching, size=self.size, validator=self.validator)
        return io.BufferedReader(raw, _BUFFER_BYTES)

    def locate(self, offset: int) -> tuple[str, int]:
        """The archive and the place in it of a byte of the stream."""
        return self.name, offset

    def as_plain(self) -> dict[str, Any]:
        """The input as a plan's JSON holds it."""
        return {"name": self.name, "url": self.url, "size": self.size, "validator": self.validator}


class Download(io.RawIOBase):
    """Bytes [start, stop) of a remote file, or all of it, as a forward stream.

    Raises InputError when no try is left, when the file is not the one that was named or changes under way, and at the
    end of a gzip file that ends inside a member; RangesIgnored when only a part was asked for and the whole came.
    """

    def __init__(
        self,
        location: str,
        fetching: Fetching,
        start: int = 0,
        stop: int | None = None,
        *,
        size: int | None = None,
        validator: str = "",
        stopped: Event | None = None,
    ) -> None:
        self._location = location
        self._fetching = fetching
        self._start = self._position = start
        self._stop = stop
        self._is_part = stop is not None
        self._size = size
        self._validator = validator
        self._tries = Tries(location, fetching.tries, stopped)
        self._reply: Reply | None = None
        named_gzip = location.partition("?")[0].endswith(".gz")
        self._end = GzipEnd() if named_gzip and not self._is_part else None

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; 0 at the end."""
        view = memoryview(buffer).cast("B")
        while True:
            try:
                if self._reply is None and not self._is_done():
                    self._reply = self._connect()
                if self._is_done():
                    self._check_end()
                    return 0
                data = self._next(self._reply, len(view))
            except Fault as fault:
                self._hang_up()
                self._tries.wait_after(fault)
                continue
            view[: len(data)] = data
            return len(data)

    def close(self) -> None:
        """Let go of the connection."""
        self._hang_up()
        super().close()

    def _is_done(self) -> bool:
        return self._stop is not None and self._position >= self._stop

    def _next(self, reply: Reply | None, size: int) -> bytes:
        """The next bytes of the reply, never none. Raises Fault when it has ended too early."""
        assert reply is not None and self._stop is not None
        left = self._stop - self._position
        data = reply.read(min(size, left))
        if not data:
            raise Fault(f"the body ended {left:,} bytes before its end")
        if self._end:
            self._end.feed(data)
        self._position += len(data)
        self._tries.progressed(len(data))
        return data

    def _connect(self) -> Reply:
        """A reply that goes on at the position."""
        reply = get(self._location, self._fetching, self._position, self._stop)
        try:
            self._check_same(reply)
            if reply.start < self._position:
                if self._is_part and self._start:
                    raise RangesIgnored(f"{self._location}: the server does not serve parts of a file")
                self._pass_over(reply, self._position - reply.start)
        except (Fault, InputError):
            reply.close()
            raise
        return reply

    def _check_same(self, reply: Reply) -> None:
        """Whether the reply is of the same file as the one before, or as the plan names. Raises InputError."""
        for known, told, what in ((self._size, reply.total, "bytes"), (self._validator, reply.validator, "version")):
            if known not in (None, "") and told not in (None, "") and known != told:
                raise InputError(
                    f"{self._location}: is another file than it was: {what} {told}, not {known}; plan the run again"
                )
        if self._stop is None:
            self._stop = reply.total
        if self._stop > reply.total:
            raise InputError(f"{self._location}: has {reply.total:,} bytes; bytes up to {self._stop:,} were asked for")
        self._size = reply.total
        self._validator = reply.validator

    def _pass_over(self, reply: Reply, size: int) -> None:
        """Read what is known already."""
        while size:
            data = reply.read(min(size, _STEP))
            if not data:
                raise Fault("the body ended before the place where the last one was cut")
            size -= len(data)

    def _check_end(self) -> None:
        if self._end and not self._end.is_whole():
            raise NetworkFault(
                f"{self._location}: its {self._position:,} bytes end inside a gzip member; run the command again; "
                "an archive that is itself damaged can be read from disk"
            )

    def _hang_up(self) -> None:
        if self._reply is not None:
            self._reply.close()
            self._reply = None


def fetch(
    location: str,
    fetching: Fetching,
    start: int = 0,
    stop: int | None = None,
    *,
    at_most: int,
    stopped: Event | None = None,
) -> bytes:
    """Bytes [start, stop) of a remote file, or all of it. Raises InputError when they cannot be had or are too many."""
    found = bytearray()
    with Download(location, fetching, start, stop, stopped=stopped) as download:
        while part := download.read(_STEP):
            found += part
            if len(found) > at_most:
                raise InputError(f"{location}: is longer than {at_most:,} bytes")
    return bytes(found)


def open_seekable(location: str, fetching: Fetching) -> BinaryIO:
    """A remote file that can be read anywhere, a request per place. Raises InputError when it cannot be had."""
    size, _ = head(location, fetching)
    if size is None:
        raise InputError(f"{location}: the server does not say how long the file is")
    return seekable(size, lambda start, stop: fetch(location, fetching, start, stop, at_most=stop - start), _STEP)
