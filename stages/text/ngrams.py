"""Character n-grams of each text, counted exactly: how often the most frequent comes, how many come again."""

from typing import Final, NamedTuple

import numpy as np

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points, Text
from stages.text.segments import Counts

MIN_N: Final = 2
MAX_N: Final = 10

_REPETITION_N: Final = 5  # HojiChar, CharRepetitionRatioFilter: ngram_size=5
_MOST_NUMBERS: Final = 0x7FFFFFFF
_ONE: Final = np.uint32(1)


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
    bounds = np.empty(longest + 2, np.uint32)
    places = np.empty(longest + 2, np.uint32)
    inside = points[offsets[0] : offsets[-1]]
    highest = np.uint32(0)
    for k in range(len(inside)):
        highest = max(highest, inside[k])
    number_of = np.zeros(np.int64(highest) + 1, np.uint32)
    before = np.uint32(0)  # the highest number of the texts before: what is not above it says nothing of this one
    for text in range(num_texts):
        start = offsets[text]
        length = offsets[text + 1] - start
        if before + length > _MOST_NUMBERS:
            number_of[:] = 0
            before = np.uint32(0)
        last = before
        for at in range(length):
            point = points[start + at]
            number = number_of[point]
            is_new = number <= before
            last += np.uint32(is_new)
            number = last if is_new else number
            number_of[point] = number
            numbers[at + 1] = number - before
        numbers[length + 1] = 0
        num_groups = int(np.int64(last) - np.int64(before))
        before = last
        num_grouped = group(numbers, length, num_groups, grouped, bounds, places)
        for n in range(MIN_N, min(MAX_N, length) + 1):
            new_numbers[: length + 2] = 0
            num_groups, num_grouped = lengthen(
                numbers, num_groups, grouped, num_grouped, new_numbers, bounds, ordered, places
            )
            numbers, new_numbers = new_numbers, numbers
            top = np.uint32(1)
            for k in range(num_groups):
                top = max(top, np.uint32(bounds[k + 1] - bounds[k]))
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
def group(numbers: Points, length: int, num_groups: int, grouped: Points, bounds: Points, places: Points) -> int:
    """Positions 1 to `length` in the order of their numbers (from 1), as `lengthen` takes them; how many they are.

    grouped: becomes those positions, ascending where the number is the same, which is g at `bounds[g - 1]` to
    `bounds[g]`. places: room to work in.
    """
    bounds[: num_groups + 1] = 0
    for at in range(1, length + 1):
        bounds[numbers[at]] += _ONE
    for number in range(1, num_groups + 1):
        places[number] = bounds[number - 1]
        bounds[number] += bounds[number - 1]
    for at in range(1, length + 1):
        number = numbers[at]
        place = places[number]
        grouped[place] = at
        places[number] = place + _ONE
    return length


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
    same of the longer ones. grouped: positions in groups, group after group, ascending in each, with group g at
    `bounds[g - 1]` to `bounds[g]`; both become those of the longer ones. ordered, places: room to work in.
    """
    places[0] = num_grouped  # those in no group go behind all that are, one over the other
    for number in range(num_groups):
        places[number + 1] = bounds[number]
    ordered[:num_grouped] = 0  # where no n-gram stands: a group's end stays so if not all have one in a group behind
    for k in range(num_grouped):
        at = grouped[k] - _ONE
        number = numbers[at]
        place = places[number]
        ordered[place] = at
        places[number] = place + np.uint32(number != 0)
    ordered[num_grouped] = 0
    first = numbers[ordered[0]]
    second = numbers[ordered[0] + _ONE]
    new_grouped = new_groups = same = np.uint64(0)
    for k in range(num_grouped):
        at = ordered[k]
        after = ordered[k + 1]
        was_same = same
        same = np.uint64((first == numbers[after]) & (second == numbers[after + _ONE]) & (numbers[after] != 0))
        first = numbers[after]
        second = numbers[after + _ONE]
        new_groups += same & ~was_same
        in_group = same | was_same
        new_numbers[at] = new_groups * in_group
        grouped[new_grouped] = at
        new_grouped += in_group
        bounds[new_groups] = new_grouped
    bounds[0] = 0
    return int(np.int64(new_groups)), int(np.int64(new_grouped))


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
