"""Header blocks as WARC and HTTP have them: looked up in the raw bytes, decoded only where asked."""

from functools import cache
from typing import Final

MAX_HEADER_BYTES: Final = 1 << 18  # a longer block is damage, whatever follows


def header_end(data: bytes | bytearray, start: int, stop: int) -> tuple[int, int]:
    """Where the header block ends and where what follows begins; (-1, -1) where no blank line is near.

    >>> header_end(b"A: 1\\r\\n\\r\\nbody", 0, 14), header_end(b"A: 1\\n\\nbody", 0, 10), header_end(b"A: 1", 0, 4)
    ((6, 8), (5, 6), (-1, -1))
    """
    stop = min(stop, start + MAX_HEADER_BYTES)
    crlf = data.find(b"\n\r\n", start, stop)
    bare = data.find(b"\n\n", start, stop if crlf < 0 else crlf + 1)
    if bare >= 0:
        return bare + 1, bare + 2
    return (crlf + 1, crlf + 3) if crlf >= 0 else (-1, -1)


_FOLDED: Final = (b" ", b"\t")  # what a continuation line begins with


class Headers:
    """One header block: a first line and fields. Names are matched whatever their case.

    >>> block = Headers(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html;\\r\\n charset=EUC-JP\\r\\nX: \\x93\\xfa\\r\\n")
    >>> block.first_line, block.get("content-type"), block.get("type")
    ('HTTP/1.1 200 OK', 'text/html; charset=EUC-JP', None)
    >>> block.items()
    [('Content-Type', 'text/html; charset=EUC-JP'), ('X', '\\x93ú')]
    """

    __slots__ = ("_lower", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._lower = raw.lower()

    @property
    def first_line(self) -> str:
        """The version or status line."""
        return text_of(self.raw.split(b"\n", 1)[0])

    def get(self, name: str) -> str | None:
        """The first value of this name (given in lower case), continuation lines joined; None where there is none."""
        at = self._lower.find(_needle(name))
        if at < 0:
            return None
        at += len(name) + 2
        end = self.raw.find(b"\n", at)
        if self.raw[end + 1 : end + 2] in _FOLDED:
            return self._value(at)[0]
        return text_of(self.raw[at:end] if end >= 0 else self.raw[at:])

    def get_all(self, name: str) -> list[str]:
        """Every value of this name, in order."""
        return [value for key, value in self.items() if key.lower() == name]

    def items(self) -> list[tuple[str, str]]:
        """Every field, in order, as written. A line without a colon is not a field."""
        found = []
        at = self.raw.find(b"\n") + 1
        while 0 < at < len(self.raw):
            line_end = self.raw.find(b"\n", at)
            line_end = len(self.raw) if line_end < 0 else line_end
            colon = self.raw.find(b":", at, line_end)
            if colon < 0:
                at = line_end + 1
                continue
            value, end = self._value(colon + 1)
            found.append((text_of(self.raw[at:colon]), value))
            at = end + 1
        return found

    def _value(self, at: int) -> tuple[str, int]:
        """The value that begins at `at`, and where its last line ends."""
        parts = []
        while True:
            end = self.raw.find(b"\n", at)
            end = len(self.raw) if end < 0 else end
            parts.append(text_of(self.raw[at:end]))
            if end + 1 >= len(self.raw) or self.raw[end + 1] not in b" \t":
                return " ".join(part for part in parts if part) if len(parts) > 1 else parts[0], end
            at = end + 1


@cache
def _needle(name: str) -> bytes:
    """What a field of this name begins with, in lower case."""
    return f"\n{name}:".encode()


def text_of(raw: bytes) -> str:
    """A line as text: UTF-8, else Latin-1, without the white space around it."""
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()
