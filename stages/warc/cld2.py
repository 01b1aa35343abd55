"""Common Crawl's language annotation read first, so that most responses are never inflated.

Since August 2018 a Common Crawl archive holds request, response and metadata in this order, a gzip member each, and
the metadata record carries CLD2's languages. Request and metadata are small: inflated and verified, they show that the
one member between them is the response, and where it begins and ends.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from stages.warc.archive import HEADER_SLACK, open_archive, records_of
from stages.warc.decompression import Readable
from stages.warc.members import Damage, Member, Window, inflate, next_member
from stages.warc.records import Record

_MAX_SMALL: Final = 1 << 16  # compressed bytes of a request or metadata record worth looking at
_MAX_SMALL_INFLATED: Final = 1 << 20
_ANNOTATION: Final = re.compile(rb"^languages-cld2:(.*)$", re.MULTILINE)
_CODE: Final = re.compile(rb'"code"\s*:\s*"([^"]*)"')


class Skipped(NamedTuple):
    """A capture whose response was not inflated. `num_others`: its other records, request and metadata.

    offset, length: of the response's member.
    """

    metadata: Record
    offset: int
    length: int
    num_others: int = 2

    @property
    def url(self) -> str:
        """The capture's URL."""
        return self.metadata.url

    @property
    def record_id(self) -> str:
        """The response's id."""
        return self.metadata.concurrent_to


def is_annotated_other(content: bytes | bytearray) -> bool:
    """Whether a metadata record names languages and Japanese is not among them.

    >>> is_annotated_other(b'languages-cld2: {"languages":[{"code":"en"},{"code":"de"}]}')
    True
    >>> is_annotated_other(b'languages-cld2: {"languages":[{"code":"en"},{"code":"ja"}]}')
    False
    >>> is_annotated_other(b"fetchTimeMs: 12")
    False
    """
    found = _ANNOTATION.search(content)
    codes = _CODE.findall(found[1]) if found else []
    return bool(codes) and b"ja" not in codes


def metadata_first_records(stream: Readable, max_page_bytes: int) -> Iterator[Record | Damage | Skipped]:
    """As `archive_records`, but a response whose annotation excludes Japanese is passed over as `Skipped`.

    Captures that do not stand as Common Crawl writes them, or carry no annotation, are read in full.
    """
    opened = open_archive(stream, max_page_bytes)
    if not isinstance(opened, Window):
        yield from opened
        return
    window, at = opened, 0
    while True:
        skipped, at = _skipped(window, at)
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


def _skipped(window: Window, at: int) -> tuple[Skipped | None, int]:
    """The capture that begins at `at`, if its response may be passed over, and where the next one begins."""
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
    request_record = _small_record(window, at, response, "request")
    if not request_record:
        return None, at
    metadata_record = _small_record(window, metadata, end, "metadata")
    if (
        not metadata_record
        or metadata_record.url != request_record.url
        or metadata_record.concurrent_to == request_record.record_id
        or not is_annotated_other(bytes(metadata_record.block))
    ):
        return None, at
    return Skipped(metadata_record, window.base + response, metadata - response), end


def _small_record(window: Window, at: int, end: int, kind: str) -> Record | None:
    """The one record of the member that fills [at, end) exactly, if it is sound, small and of this kind."""
    if end - at > _MAX_SMALL:
        return None
    content = inflate(memoryview(window.data)[at:end], _MAX_SMALL_INFLATED)
    if content is None or b"WARC-Type: " + kind.encode() not in content[:1024]:
        return None
    found = list(records_of(Member(window.base + at, end - at, content)))
    if len(found) == 1 and isinstance(found[0], Record) and found[0].type == kind and not found[0].damage:
        return found[0]
    return None
