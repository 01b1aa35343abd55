"""How much of a text repeats itself: segments that come again, and runs of one character."""

from typing import Final, NamedTuple

import numpy as np

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points, Text
from stages.text.segments import Counts, Segments

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads keys over the table
_HALF: Final = np.uint64(32)
_ONE: Final = np.uint64(1)
_TWO: Final = np.uint64(2)
_THREE: Final = np.uint64(3)
_FOUR: Final = np.uint64(4)


class Duplicates(NamedTuple):
    """Occurrences of segments beyond the first of their kind, and all segments; int64, shape (num_texts,)."""

    num_segments: Counts
    num_characters: Counts
    all_segments: Counts
    all_characters: Counts


def duplicates(segments: Segments) -> Duplicates:
    """The segments of each text that have stood there before. Exact: equal hashes are compared character by character.

    >>> import pyarrow as pa
    >>> from stages.text.codepoints import codepoints
    >>> from stages.text.sentences import sentences_and_paragraphs
    >>> found, _ = sentences_and_paragraphs(codepoints(pa.array(["はい。いいえ。はい。", "はい。"])))
    >>> duplicates(found).num_characters.tolist()
    [3, 0]
    """
    num_segments, num_characters = _duplicates(*segments)
    return Duplicates(num_segments, num_characters, segments.num_per_text(), segments.characters_per_text())


def longest_run(text: Text) -> Counts:
    """Length of the longest run of one character in each text: int64, shape (num_texts,).

    >>> import pyarrow as pa
    >>> from stages.text.codepoints import codepoints
    >>> longest_run(codepoints(pa.array(["ああああー", "。", ""]))).tolist()
    [4, 1, 0]
    """
    runs: Counts = _longest_run(text.points, text.offsets)
    return runs


@kernel
def _longest_run(points: Points, offsets: Offsets) -> Counts:
    longest = np.zeros(len(offsets) - 1, np.int64)
    for text in range(len(offsets) - 1):
        begin = offsets[text]
        best = 0
        for at in range(offsets[text], offsets[text + 1]):
            if points[at] != points[begin]:
                begin = at
            best = max(best, at + 1 - begin)
        longest[text] = best
    return longest


@kernel
def _duplicates(points: Points, starts: Offsets, ends: Offsets, groups: Offsets) -> tuple[Counts, Counts]:
    num_texts = len(groups) - 1
    num_duplicates = np.zeros(num_texts, np.int64)
    num_characters = np.zeros(num_texts, np.int64)
    bits = 1
    for text in range(num_texts):
        while (1 << bits) < 2 * (groups[text + 1] - groups[text]):
            bits += 1
    table = np.empty(1 << bits, np.int64)  # number of the first segment of its kind, -1 where free
    hashes = np.empty(len(starts), np.uint64)
    for text in range(num_texts):
        bits = 1
        while (1 << bits) < 2 * (groups[text + 1] - groups[text]):
            bits += 1
        mask = (1 << bits) - 1
        table[: mask + 1] = -1
        for k in range(groups[text], groups[text + 1]):
            start = starts[k]
            length = ends[k] - start
            hashes[k] = key = _hash(points, np.uint64(start), np.uint64(ends[k]))
            slot = np.int64((key * _MULTIPLIER) >> np.uint64(64 - bits))
            while True:
                first = table[slot]
                if first < 0:
                    table[slot] = k
                    break
                if hashes[first] == key and ends[first] - starts[first] == length:
                    same = 0
                    while same < length and points[starts[first] + same] == points[start + same]:
                        same += 1
                    if same == length:
                        num_duplicates[text] += 1
                        num_characters[text] += length
                        break
                slot = (slot + 1) & mask
    return num_duplicates, num_characters


@kernel
def _hash(points: Points, start: np.uint64, end: np.uint64) -> np.uint64:
    """A key of `points[start:end]`, in two halves, two characters at a time: a multiplication waits for the last."""
    key, other = end - start, _MULTIPLIER
    at = start
    while at + _FOUR <= end:
        key = (key ^ np.uint64(points[at]) ^ np.uint64(points[at + _ONE]) << _HALF) * _MULTIPLIER
        other = (other ^ np.uint64(points[at + _TWO]) ^ np.uint64(points[at + _THREE]) << _HALF) * _MULTIPLIER
        at += _FOUR
    while at < end:
        key = (key ^ np.uint64(points[at])) * _MULTIPLIER
        at += _ONE
    return (key ^ other >> _HALF) * _MULTIPLIER
