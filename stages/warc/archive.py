"""Records of an archive of any kind: member by member where each record has its own, else as one stream."""

import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

from stages.warc.decompression import Decompressed, Readable, Replay, exactly
from stages.warc.members import MAGIC, Damage, Member, Window, members
from stages.warc.records import LENGTH_TOO_LARGE, Record, records
from stages.warc.streaming import streamed_records

HEADER_SLACK: Final = 1 << 20  # bytes of headers that a member may hold beside a page of the largest size
_HEAD: Final = 1 << 22  # bytes looked at to tell what kind of archive this is


def archive_records(stream: Readable, max_page_bytes: int) -> Iterator[Record | Damage]:
    """Every record of an archive in order, and damage that cost one. Memory is bounded by `max_page_bytes`.

    A block above the bound is cut and its record not `whole`.
    """
    opened = open_archive(stream, max_page_bytes)
    if not isinstance(opened, Window):
        yield from opened
        return
    for found in members(opened, max_page_bytes + HEADER_SLACK):
        if isinstance(found, Damage):
            yield found
        else:
            yield from records_of(found)


def open_archive(stream: Readable, max_page_bytes: int) -> Window | Iterator[Record | Damage]:
    """A window on the members of a per-record archive; for one of any other kind, its records."""
    head = exactly(stream, _HEAD)
    replay = Replay(head, stream)
    if not head or has_member_for_each_record(head):
        return Window(replay)
    return streamed_records(Decompressed(replay, head[:4]), max_page_bytes + HEADER_SLACK)


def records_of(member: Member) -> list[Record | Damage]:
    """The records of one member."""
    return records(member.data, member.offset, member.length, member.whole)


def has_member_for_each_record(head: bytes) -> bool:
    """Whether gzip members and records coincide, as far as the first bytes of an archive show.

    An archive that begins with damage is taken for one that does, if a member further on begins a record.
    """
    if not head.startswith(MAGIC):
        return False
    found = list(islice(members(Window(io.BytesIO(head)), 4 * _HEAD), 2))
    if isinstance(found[0], Damage):
        return len(found) == 2 and isinstance(found[1], Member) and found[1].data.startswith(b"WARC/")
    if not found[0].whole or not found[0].data.startswith(b"WARC/"):
        return False
    first, *more = records_of(found[0])
    if more:
        return False
    if isinstance(first, Record) and LENGTH_TOO_LARGE not in first.damage:
        return True
    return len(found) == 2 and isinstance(found[1], Member) and found[1].data.startswith(b"WARC/")
