"""Stretches of texts (lines, sentences, paragraphs): where they are, and sums over those of one text."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points

Counts = npt.NDArray[np.int64]

_FIRST_WIDE: Final = 0x1680  # the first white space beyond Latin-1
_LAST_WIDE: Final = 0x3000
_WIDE_SPACES: Final = tuple(point for point in range(_FIRST_WIDE, _LAST_WIDE + 1) if chr(point).isspace())


class Segments(NamedTuple):
    """Segment k is `points[starts[k]:ends[k]]`; those of text i are numbers `groups[i]` to `groups[i + 1]`.

    points: uint32, code points. starts, ends: int64, shape (num_segments,). groups: int64, shape (num_texts + 1,).
    """

    points: Points
    starts: Offsets
    ends: Offsets
    groups: Offsets

    def lengths(self) -> Counts:
        """Characters of each segment: int64, shape (num_segments,)."""
        return self.ends - self.starts

    def num_per_text(self) -> Counts:
        """Segments of each text: int64, shape (num_texts,)."""
        return np.diff(self.groups)

    def sum_per_text(self, values: npt.ArrayLike) -> Counts:
        """Sum of one number per segment over each text: int64, shape (num_texts,)."""
        running = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
        return np.asarray(running[self.groups[1:]] - running[self.groups[:-1]], np.int64)

    def characters_per_text(self) -> Counts:
        """Characters in the segments of each text: int64, shape (num_texts,)."""
        return self.sum_per_text(self.lengths())

    def longest_per_text(self) -> Counts:
        """Characters of the longest segment of each text, 0 where it has none: int64, shape (num_texts,)."""
        longest = np.zeros(len(self.groups) - 1, np.int64)
        filled = self.num_per_text() > 0
        if filled.any():
            longest[filled] = np.maximum.reduceat(self.lengths(), self.groups[:-1][filled])
        return longest

    def stripped(self) -> "Segments":
        """The same segments without white space (as `str.strip` knows it) at their ends."""
        starts, ends = _strip(self.points, self.starts, self.ends)
        return Segments(self.points, starts, ends, self.groups)

    def last(self, back: int = 1) -> Points:
        """The character `back` from the end of each segment, 0 where it is shorter: uint32, shape (num_segments,)."""
        return self._at(self.ends - back)

    def last_visible(self) -> Points:
        """The last character of each segment that is no white space, 0 where there is none: as `last`."""
        return _last_visible(self.points, self.starts, self.ends)

    def first(self) -> Points:
        """The first character of each segment, 0 where it is empty: uint32, shape (num_segments,)."""
        return self._at(self.starts)

    def _at(self, where: Offsets) -> Points:
        inside = (where >= self.starts) & (where < self.ends)
        characters = np.zeros(len(where), np.uint32)
        characters[inside] = self.points[where[inside]]
        return characters


@kernel
def _is_space(point: int) -> bool:
    """Whether `str.isspace` holds for the character."""
    if point <= 0x20:
        return point == 0x20 or 9 <= point <= 13 or 28 <= point <= 31
    if point < _FIRST_WIDE:
        return point == 0x85 or point == 0xA0
    return point <= _LAST_WIDE and point in _WIDE_SPACES


@kernel
def _strip(points: Points, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """Starts and ends with the white space left outside."""
    new_starts = starts.copy()
    new_ends = ends.copy()
    for k in range(len(starts)):
        start = starts[k]
        end = ends[k]
        while start < end and _is_space(points[start]):
            start += 1
        while start < end and _is_space(points[end - 1]):
            end -= 1
        new_starts[k] = start
        new_ends[k] = end
    return new_starts, new_ends


@kernel
def _last_visible(points: Points, starts: Offsets, ends: Offsets) -> Points:
    found = np.zeros(len(starts), np.uint32)
    for k in range(len(starts)):
        end = ends[k]
        while starts[k] < end and _is_space(points[end - 1]):
            end -= 1
        if starts[k] < end:
            found[k] = points[end - 1]
    return found
