"""Common Crawl's language annotation read first, so that most responses are never inflated.

Since August 2018 a Common Crawl archive holds request, response and metadata in this order, a gzip member each, and
the metadata record carries CLD2's languages. Request and metadata are small: inflated and verified, they show that the
one member between them is the response, and where it begins and ends. While captures follow one another in this shape,
the metadata record of the next shows enough.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from stages.warc.archive import HEADER_SLACK, open_archive, records_of
from stages.warc.decompression import Readable
from stages.warc.members import Damage, Window, inflate, next_member
from stages.warc.records import Record

_MAX_SMALL: Final = 1 << 12  # compressed bytes of a request or metadata record worth looking at; both have about 500
_MAX_SMALL_INFLATED: Final = 1 << 16
_END: Final = b"\r\n\r\n"
_NEXT: Final = b"\r\n\r\nWARC/"
_REQUEST: Final = b"\nWARC-Type: request\r\n"
_METADATA: Final = b"\nWARC-Type: metadata\r\n"


class Skipped(NamedTuple):
    """A capture whose response was not inflated. `num_others`: its other records, request and metadata.

    metadata: the metadata record. offset, length: of the response's member.
    """

    metadata: bytearray
    offset: int
    length: int
    num_others: int = 2

    @property
    def url(self) -> str:
        """WARC-Target-URI of the capture."""
        return _field(self.metadata, b"WARC-Target-URI").decode("utf-8", "replace")


def is_annotated_other(content: bytes | bytearray) -> bool:
    """Whether a metadata record names languages and Japanese is not among them.

    >>> is_annotated_other(b'\\nlanguages-cld2: {"languages":[{"code":"en"},{"code":"de"}]}')
    True
    >>> is_annotated_other(b'\\nlanguages-cld2: {"languages":[{"code":"en"},{"code":"ja"}]}')
    False
    >>> is_annotated_other(b"fetchTimeMs: 12")
    False
    """
    at = content.find(b"\nlanguages-cld2:")
    if at < 0:
        return False
    end = content.find(b"\n", at + 1)
    end = len(content) if end < 0 else end
    return content.find(b'"code":"', at, end) >= 0 and content.find(b'"code":"ja"', at, end) < 0


def metadata_first_records(stream: Readable, max_page_bytes: int) -> Iterator[Record | Damage | Skipped]:
    """As `archive_records`, but a response whose annotation excludes Japanese is passed over as `Skipped`.

    Captures that do not stand as Common Crawl writes them, or carry no annotation, are read in full.
    """
    opened = open_archive(stream, max_page_bytes)
    if not isinstance(opened, Window):
        yield from opened
        return
    window, at = opened, 0
    skipped: Skipped | None = None
    while True:
        skipped, at = _skipped(window, at, follows_capture=skipped is not None)
        if skipped:
            yield skipped
            continue
        found, at = next_member(window, at, max_page_bytes + HEADER_SLACK)
        if found is None:
            return
        if isinstance(found, Damage):
            yield found
        else:
            yield from records_of(found)


def _skipped(window: Window, at: int, follows_capture: bool) -> tuple[Skipped | None, int]:
    """The capture that begins at `at`, if its response may be passed over, and where the next one begins.

    `follows_capture`: another one that was passed over ends there, so that the first member is taken for the request.
    """
    starts = window.starts
    following = bisect_right(starts, at)
    if following + 2 >= len(starts) and not window.at_end:
        window.advance(at)
        at, starts = 0, window.starts
        following = bisect_right(starts, at)
    if following + 1 >= len(starts):
        return None, at
    response, metadata = starts[following], starts[following + 1]
    end = starts[following + 2] if following + 2 < len(starts) else len(window.data)
    if response - at > _MAX_SMALL:
        return None, at
    annotation = _small_record(window, metadata, end, _METADATA)
    if annotation is None or not is_annotated_other(annotation):
        return None, at
    if not follows_capture and not _belong_together(_small_record(window, at, response, _REQUEST), annotation):
        return None, at
    return Skipped(annotation, window.base + response, metadata - response), end


def _belong_together(request: bytearray | None, metadata: bytearray) -> bool:
    """Whether both are of the same URL, and the metadata record is not the request's own."""
    if request is None:
        return False
    url = _field(request, b"WARC-Target-URI")
    is_own = _field(metadata, b"WARC-Concurrent-To") == _field(request, b"WARC-Record-ID")
    return bool(url) and _field(metadata, b"WARC-Target-URI") == url and not is_own


def _small_record(window: Window, at: int, end: int, type_line: bytes) -> bytearray | None:
    """The one record of the member that fills [at, end) exactly, if it is sound, small and of this type."""
    if end - at > _MAX_SMALL:
        return None
    content = inflate(memoryview(window.data)[at:end], _MAX_SMALL_INFLATED)
    if content is None or not content.startswith(b"WARC/") or not content.endswith(_END):
        return None
    header_end = content.find(_END)
    is_one = content.find(type_line, 0, header_end + 2) >= 0 and content.find(_NEXT, header_end) < 0
    return content if is_one else None


def _field(record: bytearray, name: bytes) -> bytearray:
    """A field of the header as Common Crawl writes it; empty where it is not there."""
    header_end = record.find(_END)
    at = record.find(b"\n" + name + b": ", 0, header_end) + len(name) + 3
    return record[at : record.find(b"\r\n", at)] if at > len(name) + 2 else bytearray()
