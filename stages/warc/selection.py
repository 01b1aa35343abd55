"""The records of an archive that must be looked at closely; those that need not are passed over and counted."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, Protocol

import numpy as np

from stages.warc.archive import HEADER_SLACK, open_archive, records_of
from stages.warc.cld2 import CAPTURE, IS_PASSED, LENGTH, RESPONSE, pass_captures
from stages.warc.decompression import Readable
from stages.warc.header_layout import Layout
from stages.warc.libdeflate import Room, bytes_of
from stages.warc.members import Damage, Window, next_member
from stages.warc.passing import (
    CANDIDATE,
    EXCLUDED,
    LACKS_DATA,
    NOT_JAPANESE_CLD2,
    REASONS,
    RECORD,
    Rules,
    pass_over,
)
from stages.warc.records import Record, record_type

Select = Literal["bytes", "cld2", "all"]

_WITH_EXAMPLES: Final = [(n, r) for n, r in enumerate(REASONS) if r not in ("not_a_response", "revisit")]
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
        self._by_annotation = select == "cld2"
        self._counting = counting
        self._room = Room.of(max_page_bytes + HEADER_SLACK)
        names = b"".join(name.encode() + b"\0" for name in mime_types)
        self._rules = Rules(bytes_of(names), max_page_bytes, select != "all", np.full(len(REASONS), _NO_LIMIT))
        self._counts = np.zeros(len(REASONS), np.int64)
        self._capture = np.zeros(len(CAPTURE), np.int64)

    def records(self, stream: Readable) -> Iterator[Record | Damage | Excluded]:
        """Every record that was not passed over, and damage. A record is to be used before the next is asked for.

        Of an archive without a member for each record, nothing is passed over.
        """
        opened = open_archive(stream, self._rules.max_page_bytes)
        if not isinstance(opened, Window):
            yield from opened
            return
        window, at = opened, 0
        while True:
            at, stop, layout = self._pass(window, at)
            if stop in (RECORD, CANDIDATE):
                length = int(self._room.sizes[0])
                yield self._record(layout, window.base + at, length, stop == CANDIDATE)
                at += length
            elif stop == EXCLUDED:
                record = self._record(layout, *self._capture[[RESPONSE, LENGTH]].tolist())
                yield Excluded(REASONS[NOT_JAPANESE_CLD2], record)
            elif stop == LACKS_DATA and not window.at_end and len(window.data) - at <= len(self._room.content):
                window.advance(at)
                at = 0
            else:
                self._capture[IS_PASSED] = False
                found, at = next_member(window, at, self._room)
                if found is None:
                    return
                yield from [found] if isinstance(found, Damage) else records_of(found)

    def _pass(self, window: Window, at: int) -> tuple[int, int, Layout]:
        """Pass over records from `at` on, and count them, as `pass_over` or `pass_captures` does."""
        counts, budgets = self._counts, self._rules.budgets
        counts[:] = 0
        for number, reason in _WITH_EXAMPLES:
            budgets[number] = self._counting.until_example(reason)
        budgets[NOT_JAPANESE_CLD2] += 1  # the example is passed over as well
        asked = window.view, at, window.last, self._room, self._rules, counts
        stopped = pass_captures(window.base, self._capture, *asked) if self._by_annotation else pass_over(*asked)
        counts[NOT_JAPANESE_CLD2] -= stopped[1] == EXCLUDED
        for reason, count in zip(REASONS, counts.tolist(), strict=True):
            if count:
                self._counting.drop_many(reason, count)
        self._counting.bytes(window.base + stopped[0])
        return stopped

    def _record(self, layout: Layout, offset: int, length: int, is_candidate: bool = False) -> Record:
        """The record that fills the room."""
        head_end, start, stop, type_start, type_end = layout
        view = memoryview(self._room.content.data)
        kind = record_type(view[type_start:type_end])
        return Record(view[:head_end], kind, view[start:stop], offset, length, is_candidate=is_candidate)
