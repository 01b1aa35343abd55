"""WARC records in inflated bytes: header parsed, body seen through a memoryview, never copied."""

from typing import Final

from stages.warc.header_layout import header_layout, record_layout
from stages.warc.headers import MAX_HEADER_BYTES, Headers
from stages.warc.libdeflate import bytes_of
from stages.warc.members import Damage

LENGTH_TOO_LARGE: Final = "length_too_large"
LENGTH_TOO_SMALL: Final = "length_too_small"
LENGTH_MISSING: Final = "length_missing"
HEADER_UNREADABLE: Final = "header_unreadable"


class Record:
    """One WARC record and where it lies.

    type: WARC-Type in lower case, empty where the header does not say. block: the content, a view. offset, length: of
    the compressed member that holds it, in bytes of the file (of the plain stream where there are no members).
    damage: what was wrong with it, by name. whole: False where a size cap cut the block. is_candidate: whether it is
    known already to be a page that may be Japanese.
    """

    __slots__ = ("_head", "_headers", "block", "damage", "is_candidate", "length", "offset", "type", "whole")

    def __init__(
        self,
        head: bytes | memoryview,
        kind: str,
        block: memoryview,
        offset: int,
        length: int,
        damage: tuple[str, ...] = (),
        whole: bool = True,
        is_candidate: bool = False,
    ) -> None:
        self._head = head
        self._headers: Headers | None = None
        self.type = kind
        self.block = block
        self.offset = offset
        self.length = length
        self.damage = damage
        self.whole = whole
        self.is_candidate = is_candidate

    @property
    def head(self) -> bytes:
        """The WARC header as it stands."""
        return bytes(self._head)

    @property
    def headers(self) -> Headers:
        """The WARC header."""
        if self._headers is None:
            self._headers = Headers(self.head)
        return self._headers

    @property
    def record_id(self) -> str:
        """WARC-Record-ID without `<urn:uuid:` and `>`; empty where there is none."""
        return _bare_id(self.headers.get("warc-record-id"))

    @property
    def url(self) -> str:
        """WARC-Target-URI without the angle brackets that old wget wrote."""
        return (self.headers.get("warc-target-uri") or "").removeprefix("<").removesuffix(">")

    @property
    def date(self) -> str:
        """WARC-Date as written."""
        return self.headers.get("warc-date") or ""


def _bare_id(value: str | None) -> str:
    return (value or "").removeprefix("<").removesuffix(">").removeprefix("urn:uuid:")


def record_type(value: bytes | memoryview) -> str:
    """WARC-Type as records are told apart by it: in lower case."""
    return str(value, "latin-1").lower()


def records(data: bytes, offset: int = 0, length: int = 0, whole: bool = True) -> list[Record | Damage]:
    """The records of one inflated member, nearly always one, and damage that cost one.

    Where Content-Length contradicts the bytes, the member's own end and the next `WARC/` line are believed.
    """
    head_end, start, stop, type_start, type_end = record_layout(bytes_of(data), len(data))
    if head_end < 0:
        return _odd_records(data, offset, length, whole)
    view = memoryview(data)
    return [Record(view[:head_end], record_type(view[type_start:type_end]), view[start:stop], offset, length)]


def _odd_records(data: bytes, offset: int, length: int, whole: bool) -> list[Record | Damage]:
    """The records of a member that is not one record from end to end as its Content-Length says."""
    found: list[Record | Damage] = []
    at, size = 0, len(data)
    view, raw = memoryview(data), bytes_of(data)
    while at < size:
        if not data.startswith(b"WARC/", at) and (at := _past_blank_lines(data, at)) == size:
            break
        head_end, start, claimed, type_start, type_end = header_layout(raw, at, min(size, at + MAX_HEADER_BYTES))
        if head_end < 0 or not data.startswith(b"WARC/", at):
            found.append(Damage(HEADER_UNREADABLE, offset, 1))
            at = _next_record(data, at + 1)
            continue
        head, kind = view[at:head_end], record_type(view[type_start:type_end])
        stop, damage = _block_end(data, start, claimed, whole)
        cut = not whole and stop == size
        found.append(Record(head, kind, view[start:stop], offset, length, damage, not cut))
        at = stop
    return found


def _block_end(data: bytes, start: int, claimed: int, whole: bool) -> tuple[int, tuple[str, ...]]:
    """Where a block that begins at `start` ends, and what its Content-Length got wrong."""
    size = len(data)
    if claimed >= 0:
        stop = start + claimed
        if stop > size:
            return (size, ()) if not whole else (_without_end(data, start), (LENGTH_TOO_LARGE,))
        after = _past_blank_lines(data, stop)
        if after == size or data.startswith(b"WARC/", after):
            return stop, ()
        damage = LENGTH_TOO_SMALL
    else:
        damage = LENGTH_MISSING
    following = _next_record(data, start)
    return (_without_end(data, start) if following == size else following - 4), (damage,)


def _without_end(data: bytes, start: int) -> int:
    """The end of the data before the blank lines that close a record."""
    return max(start, len(data) - 4) if data.endswith(b"\r\n\r\n") else len(data)


def _past_blank_lines(data: bytes, at: int) -> int:
    size = len(data)
    while at < size and data[at] in b"\r\n":
        at += 1
    return at


def _next_record(data: bytes, at: int) -> int:
    """Where the next version line begins after a record's closing blank lines; the data's end where none does."""
    found = data.find(b"\r\n\r\nWARC/", at)
    return len(data) if found < 0 else found + 4
