"""Character n-grams of each text, counted exactly: how often the most frequent comes, how many come again."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit

from stages.text.codepoints import Offsets, Points, Text
from stages.text.segments import Counts

MIN_N: Final = 2
MAX_N: Final = 10

_REPETITION_N: Final = 5  # HojiChar, CharRepetitionRatioFilter: ngram_size=5
_NUM_CODE_POINTS: Final = 0x110000


class NgramCounts(NamedTuple):
    """Counts of the n-grams of each text. All int64; row n - MIN_N is for n, column i for text i.

    occurrences: positions at which an n-gram stands.
    types: different n-grams.
    top: occurrences of the most frequent one.
    repeated_types: different n-grams that occur more than once.
    repeated: occurrences of those.
    frequent: shape (num_texts,), occurrences of the sqrt(types) most frequent repeated 5-grams.
    """

    occurrences: Counts
    types: Counts
    top: Counts
    repeated_types: Counts
    repeated: Counts
    frequent: Counts


def ngram_counts(text: Text) -> NgramCounts:
    """Exact counts of character n-grams, n from 2 to 10.

    Positions where the same n-gram stands form a group; the next character parts each group into those of the
    (n+1)-grams. A group of one is given up at once: its longer n-grams occur once too. So nothing is hashed, no two
    n-grams can be mistaken, and the time is linear in the characters whatever the text.

    >>> import pyarrow as pa
    >>> from stages.text.codepoints import codepoints
    >>> counts = ngram_counts(codepoints(pa.array(["すもももももももものうち"])))
    >>> counts.top[0].tolist(), counts.types[0].tolist(), counts.repeated_types[0].tolist()
    ([7], [5], [1])
    """
    counts, frequent = _count(text.points, text.offsets)
    occurrences, repeated_types, repeated, top = np.ascontiguousarray(counts.transpose(2, 1, 0))
    types = occurrences - repeated + repeated_types
    return NgramCounts(occurrences, types, top, repeated_types, repeated, frequent)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _count(points: Points, offsets: Offsets) -> tuple[Counts, Counts]:
    """Occurrences, repeated types, repeated, top: shape (num_texts, MAX_N - MIN_N + 1, 4); and `frequent`."""
    num_texts = len(offsets) - 1
    counts = np.zeros((num_texts, MAX_N - MIN_N + 1, 4), np.int64)
    frequent = np.zeros(num_texts, np.int64)
    longest = np.int64(0)
    for text in range(num_texts):
        longest = max(longest, offsets[text + 1] - offsets[text])
    numbers = np.zeros(longest + 3, np.uint32)
    new_numbers = np.zeros(longest + 3, np.uint32)
    grouped = np.empty(longest + 1, np.uint32)
    bounds = np.zeros(longest + 2, np.uint32)
    sorted_ = np.empty(longest + 1, np.uint32)
    places = np.empty((2, longest + 2), np.uint32)
    number_of = np.zeros(_NUM_CODE_POINTS, np.uint32)
    for text in range(num_texts):
        start = offsets[text]
        length = offsets[text + 1] - start
        num_groups = 0
        for at in range(length):
            point = points[start + at]
            number = np.int64(number_of[point])
            is_new = int(number == 0)
            num_groups += is_new
            number += num_groups * is_new
            number_of[point] = number
            numbers[at] = number
            grouped[at] = at
        for at in range(length):
            number_of[points[start + at]] = 0
        numbers[length] = 0
        num_grouped = length
        for n in range(MIN_N, min(MAX_N, length) + 1):
            new_numbers[: length + 1] = 0
            num_groups, num_grouped = lengthen(
                numbers, num_groups, grouped, num_grouped, new_numbers, bounds, sorted_, places
            )
            numbers, new_numbers = new_numbers, numbers
            top = np.int64(1)
            for group in range(num_groups):
                top = max(top, np.int64(bounds[group + 1]) - np.int64(bounds[group]))
            of_n = counts[text, n - MIN_N]
            of_n[0] = length - n + 1
            of_n[1] = num_groups
            of_n[2] = num_grouped
            of_n[3] = top
            if n == _REPETITION_N:
                types = length - n + 1 - num_grouped + num_groups
                frequent[text] = _most_frequent(bounds, num_groups, top, int(np.sqrt(types)))
    return counts, frequent


@njit(cache=True)  # type: ignore[untyped-decorator]
def lengthen(
    numbers: Points,
    num_groups: int,
    grouped: Points,
    num_grouped: int,
    new_numbers: Points,
    bounds: Points,
    sorted_: Points,
    all_places: Points,
) -> tuple[int, int]:
    """From groups of n-grams to those of n-grams one longer; how many groups there are and positions in them.

    The longer one is the pair of n-grams at a position and at the next: a radix sort by the two numbers brings equals
    together. No branch depends on the text, which is where the time would go.

    numbers: the group of the n-gram at each position, from 1; 0 where it occurs once. new_numbers: zeros, becomes the
    same of the longer ones. grouped: positions in groups, group after group; becomes that of the longer ones, with
    group g at `bounds[g - 1]` to `bounds[g]`.
    """
    places = all_places[0, : num_groups + 2]
    next_places = all_places[1, : num_groups + 2]
    places[:] = 0
    next_places[:] = 0
    num_candidates = 0
    for k in range(num_grouped):
        at = grouped[k]
        following = numbers[at + 1]
        grouped[num_candidates] = at
        repeats = int(following != 0)
        places[numbers[at] + 1] += repeats
        next_places[following + 1] += repeats
        num_candidates += repeats
    for group in range(1, num_groups + 1):
        places[group + 1] += places[group]
        next_places[group + 1] += next_places[group]
    for k in range(num_candidates):
        following = numbers[grouped[k] + 1]
        sorted_[next_places[following]] = grouped[k]
        next_places[following] += 1
    for k in range(num_candidates):
        number = numbers[sorted_[k]]
        grouped[places[number]] = sorted_[k]
        places[number] += 1
    grouped[num_candidates] = len(numbers) - 2  # where no n-gram stands: unlike every other
    first = numbers[grouped[0]]
    second = numbers[grouped[0] + 1]
    num_grouped = num_groups = same = 0
    for k in range(num_candidates):
        at = grouped[k]
        after = grouped[k + 1]
        was_same = same
        same = int((first == numbers[after]) & (second == numbers[after + 1]))
        first = numbers[after]
        second = numbers[after + 1]
        num_groups += same & ~was_same
        in_group = same | was_same
        new_numbers[at] = num_groups * in_group
        grouped[num_grouped] = at
        num_grouped += in_group
        bounds[num_groups] = num_grouped
    bounds[0] = 0
    return num_groups, num_grouped


@njit(cache=True)  # type: ignore[untyped-decorator]
def _most_frequent(bounds: Points, num_groups: int, largest: int, quota: int) -> int:
    """Sum of the sizes of the `quota` largest groups."""
    by_size = np.zeros(largest + 1, np.int64)
    for group in range(num_groups):
        by_size[np.int64(bounds[group + 1]) - np.int64(bounds[group])] += 1
    total = 0
    for size in range(largest, 1, -1):
        taken = min(quota, by_size[size])
        total += taken * size
        quota -= taken
    return total
