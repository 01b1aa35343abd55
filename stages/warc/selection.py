"""The records of an archive that must be looked at closely; those that need not are passed over and counted."""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, Protocol

import numpy as np

from stages.warc.archive import HEADER_SLACK, open_archive, records_of
from stages.warc.cld2 import CAPTURE, IS_PASSED, LENGTH, RESPONSE, pass_captures
from stages.warc.decompression import Readable
from stages.warc.header_layout import Layout
from stages.warc.libdeflate import Room, bytes_of
from stages.warc.members import Damage, Window, next_member
from stages.warc.passing import NOT_JAPANESE_CLD2, REASONS, pass_over
from stages.warc.records import Record, record_type

Select = Literal["bytes", "cld2", "all"]

_WITHOUT_EXAMPLES: Final = ("not_a_response", "revisit")
_NO_LIMIT: Final = np.iinfo(np.int64).max


class Counting(Protocol):
    """What is told of the records that are passed over."""

    def until_example(self, reason: str) -> int:
        """How many more may fall for `reason`, only to be counted, before the one that is wanted as an example."""
        ...

    def drop_many(self, reason: str, count: int) -> None:
        """That many fell for `reason`."""
        ...

    def bytes(self, position: int) -> None:
        """The archive was read up to there."""
        ...


class Excluded(NamedTuple):
    """A response that its annotation excludes and that may be wanted as an example; not counted before.

    metadata: the record that says so, with offset and length of the response, which was not inflated.
    """

    reason: str
    metadata: Record


class Selection:
    """Which records of an archive are passed over, and the room in which members are inflated."""

    def __init__(self, select: Select, max_page_bytes: int, mime_types: tuple[str, ...], counting: Counting) -> None:
        self._select = select
        self._max_page_bytes = max_page_bytes
        self._mime_types = bytes_of(b"".join(name.encode() + b"\0" for name in mime_types))
        self._counting = counting
        self._room = Room(max_page_bytes + HEADER_SLACK)
        self._counts = np.zeros(len(REASONS), np.int64)
        self._budgets = np.full(len(REASONS), _NO_LIMIT)
        self._capture = np.zeros(len(CAPTURE), np.int64)

    def records(self, stream: Readable) -> Iterator[Record | Damage | Excluded]:
        """Every record that was not passed over, and damage. A record is to be used before the next is asked for.

        Of an archive without a member for each record, nothing is passed over.
        """
        opened = open_archive(stream, self._max_page_bytes)
        if not isinstance(opened, Window):
            yield from opened
            return
        window, at = opened, 0
        while True:
            at, layout, lacks_data = self._pass(window, at)
            if self._counts[NOT_JAPANESE_CLD2] == self._budgets[NOT_JAPANESE_CLD2]:
                record = self._record(layout, *self._capture[[RESPONSE, LENGTH]].tolist())
                yield Excluded(REASONS[NOT_JAPANESE_CLD2], record)
            elif layout[0] >= 0:
                length = int(self._room.sizes[0])
                yield self._record(layout, window.base + at, length)
                at += length
            elif lacks_data and not window.at_end and len(window.data) - at <= len(self._room.content):
                window.advance(at)
                at = 0
            else:
                self._capture[IS_PASSED] = False
                found, at = next_member(window, at, self._room)
                if found is None:
                    return
                yield from [found] if isinstance(found, Damage) else records_of(found)

    def _pass(self, window: Window, at: int) -> tuple[int, Layout, bool]:
        """Pass over records from `at` on, and count them, as `pass_over` or `pass_captures` does."""
        counts, budgets = self._counts, self._budgets
        counts[:] = 0
        for number, reason in enumerate(REASONS):
            if reason not in _WITHOUT_EXAMPLES:
                budgets[number] = self._counting.until_example(reason) + (number == NOT_JAPANESE_CLD2)
        room = self._room
        shared: tuple[Any, ...] = (
            *(window.view, at, window.last, room.decompressor, room.content, room.sizes),
            *(self._mime_types, self._max_page_bytes, self._select != "all", budgets, counts),
        )
        by_annotation = self._select == "cld2"
        stopped = pass_captures(window.base, self._capture, *shared) if by_annotation else pass_over(*shared)
        for reason, count, budget in zip(REASONS, counts.tolist(), budgets.tolist(), strict=True):
            if count:
                self._counting.drop_many(reason, count - (reason == REASONS[NOT_JAPANESE_CLD2] and count == budget))
        self._counting.bytes(window.base + stopped[0])
        return stopped

    def _record(self, layout: Layout, offset: int, length: int) -> Record:
        """The record that fills the room."""
        head_end, start, stop, type_start, type_end = layout
        view = memoryview(self._room.content.data)
        return Record(view[:head_end], record_type(view[type_start:type_end]), view[start:stop], offset, length)
