"""Character n-grams of each text, counted exactly: how often the most frequent comes, how many come again."""

from typing import Final, NamedTuple

import numpy as np

from stages.compiled.kernel import kernel
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


@kernel
def _count(points: Points, offsets: Offsets) -> tuple[Counts, Counts]:
    """Occurrences, repeated types, repeated, top: shape (num_texts, MAX_N - MIN_N + 1, 4); and `frequent`."""
    num_texts = len(offsets) - 1
    counts = np.zeros((num_texts, MAX_N - MIN_N + 1, 4), np.int64)
    frequent = np.zeros(num_texts, np.int64)
    longest = np.int64(0)
    for text in range(num_texts):
        longest = max(longest, offsets[text + 1] - offsets[text])
    numbers = np.zeros(longest + 2, np.uint32)  # positions count from 1: what stands before and behind is 0
    new_numbers = np.zeros(longest + 2, np.uint32)
    grouped = np.empty(longest + 1, np.uint32)
    ordered = np.empty(longest + 1, np.uint32)
    bounds = np.zeros(longest + 2, np.uint32)
    places = np.empty(longest + 2, np.uint32)
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
            numbers[at + 1] = number
        for at in range(length):
            number_of[points[start + at]] = 0
        numbers[length + 1] = 0
        num_grouped = group(numbers, length, num_groups, grouped, places)
        for n in range(MIN_N, min(MAX_N, length) + 1):
            new_numbers[: length + 2] = 0
            num_groups, num_grouped = lengthen(
                numbers, num_groups, grouped, num_grouped, new_numbers, bounds, ordered, places
            )
            numbers, new_numbers = new_numbers, numbers
            top = np.int64(1)
            for k in range(num_groups):
                top = max(top, np.int64(bounds[k + 1]) - np.int64(bounds[k]))
            of_n = counts[text, n - MIN_N]
            of_n[0] = length - n + 1
            of_n[1] = num_groups
            of_n[2] = num_grouped
            of_n[3] = top
            if n == _REPETITION_N:
                types = length - n + 1 - num_grouped + num_groups
                frequent[text] = _most_frequent(bounds, num_groups, int(top), int(np.sqrt(types)))
    return counts, frequent


@kernel
def group(numbers: Points, length: int, num_groups: int, grouped: Points, places: Points) -> int:
    """Positions 1 to `length` in the order of their numbers (from 1), into `grouped`; how many they are."""
    places[: num_groups + 1] = 0
    for at in range(1, length + 1):
        places[numbers[at]] += 1
    total = np.int64(0)
    for number in range(1, num_groups + 1):
        count = np.int64(places[number])
        places[number] = total
        total += count
    for at in range(1, length + 1):
        number = numbers[at]
        grouped[places[number]] = at
        places[number] += 1
    return int(total)


@kernel
def lengthen(
    numbers: Points,
    num_groups: int,
    grouped: Points,
    num_grouped: int,
    new_numbers: Points,
    bounds: Points,
    ordered: Points,
    places: Points,
) -> tuple[int, int]:
    """From groups of n-grams to those of n-grams one longer; how many groups there are and positions in them.

    The longer one is the n-gram at a position with the n-gram at the next. The positions before those in groups, taken
    group after group, are in the order of the second; put into their own groups they are in the order of both, so that
    equals stand together. No branch depends on the text, which is where the time would go.

    numbers: the group of the n-gram at each position, from 1; 0 where it occurs once. new_numbers: zeros, becomes the
    same of the longer ones. grouped: positions in groups, group after group, ascending in each; becomes that of the
    longer ones, with group g at `bounds[g - 1]` to `bounds[g]`. ordered, places: room to work in.
    """
    places[: num_groups + 1] = 0
    for k in range(num_grouped):
        places[numbers[np.int64(grouped[k]) - 1]] += 1
    num_pairs = np.int64(0)
    for number in range(1, num_groups + 1):
        count = np.int64(places[number])
        places[number] = num_pairs
        num_pairs += count
    places[0] = num_pairs  # a position in no group goes behind all that are
    for k in range(num_grouped):
        at = np.int64(grouped[k]) - 1
        number = numbers[at]
        ordered[places[number]] = at
        places[number] += 1
    ordered[num_pairs] = 0  # where no n-gram stands: unlike every other
    first = numbers[ordered[0]]
    second = numbers[np.int64(ordered[0]) + 1]
    num_grouped = num_groups = same = 0
    for k in range(num_pairs):
        at = np.int64(ordered[k])
        after = np.int64(ordered[k + 1])
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


@kernel
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
