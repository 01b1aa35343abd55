"""Lines of a text: where they stand, and what they begin and end with."""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points, Text
from stages.text.segments import Counts, Segments

SHORT_CHARACTERS: Final = 10  # HojiChar, DiscardTooShortLines: a line of at most 10 characters is short

_BULLET, _END_MARK, _CLOSING, _ELLIPSIS, _DOT = (1 << bit for bit in range(5))
_KINDS: Final = (
    (_BULLET, "•‣◦・●○◆◇■□▪▫▶▷►★☆※-–—*"),
    (_END_MARK, "。．！？!?."),
    (_CLOSING, "」』）)】〉》”\"'］]"),
    (_ELLIPSIS, "…‥"),
    (_DOT, ".・。、．"),
)


class LineCounts(NamedTuple):
    """Lines of each text by kind, all int64, shape (num_texts,). White space around a line does not count.

    lines: those that hold anything. short: of at most SHORT_CHARACTERS. bullets: those that begin with a bullet.
    ellipses: those that end in …, ‥, 、、、 or three dots of another kind. ended: those that end as a sentence does.
    """

    lines: Counts
    short: Counts
    bullets: Counts
    ellipses: Counts
    ended: Counts


def lines(text: Text) -> Segments:
    """The lines of each text that hold anything but white space, without that around them.

    >>> import pyarrow as pa
    >>> from stages.text.codepoints import codepoints
    >>> lines(codepoints(pa.array(["　はい。\\n\\n いいえ", ""]))).num_per_text().tolist()
    [2, 0]
    """
    every = Segments(text.points, *_split(text.points, text.offsets)).stripped()
    held = every.lengths() > 0
    groups = np.concatenate(([0], np.cumsum(held)))[every.groups]
    return Segments(text.points, every.starts[held], every.ends[held], groups)


def line_counts(found: Segments) -> LineCounts:
    """How many lines of each text are short, begin with a bullet, end in an ellipsis, end as a sentence does.

    >>> import pyarrow as pa
    >>> from stages.text.codepoints import codepoints
    >>> text = codepoints(pa.array(["・りんご\\n続きは…\\n「もう終わりにしようよ。」\\n・みかん"]))
    >>> [int(kind[0]) for kind in line_counts(lines(text))]
    [4, 3, 2, 1, 1]
    """
    last, before, third = found.last(), found.last(2), found.last(3)
    kind, kind_before = _kinds(last), _kinds(before)
    ellipses = (kind & _ELLIPSIS != 0) | ((last == before) & (before == third) & (kind & _DOT != 0))
    in_bracket = (kind & _CLOSING != 0) & (kind_before & _END_MARK != 0)
    return LineCounts(
        found.num_per_text(),
        found.sum_per_text(found.lengths() <= SHORT_CHARACTERS),
        found.sum_per_text(_kinds(found.first()) & _BULLET != 0),
        found.sum_per_text(ellipses),
        found.sum_per_text(((kind & _END_MARK != 0) | in_bracket) & ~ellipses),
    )


@cache
def _table() -> npt.NDArray[np.uint8]:
    """What a line may begin or end with: the bits of each character of the basic plane; the last stands for others."""
    table = np.zeros(0x10001, np.uint8)
    for bit, characters in _KINDS:
        table[[ord(c) for c in characters]] |= bit
    return table


def _kinds(points: Points) -> npt.NDArray[np.uint8]:
    """The bits of each character."""
    return _table()[np.minimum(points, 0x10000)]


@kernel
def _split(points: Points, offsets: Offsets) -> tuple[Offsets, Offsets, Offsets]:
    """Starts and ends of the lines of each text, and the groups of those."""
    num_texts = len(offsets) - 1
    num_lines = num_texts
    for at in range(offsets[0], offsets[-1]):
        num_lines += points[at] == 10
    starts = np.empty(num_lines, np.int64)
    ends = np.empty(num_lines, np.int64)
    groups = np.zeros(num_texts + 1, np.int64)
    line = 0
    for text in range(num_texts):
        starts[line] = offsets[text]
        for at in range(offsets[text], offsets[text + 1]):
            if points[at] == 10:
                ends[line] = at
                line += 1
                starts[line] = at + 1
        ends[line] = offsets[text + 1]
        line += 1
        groups[text + 1] = line
    return starts, ends, groups
