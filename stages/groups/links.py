"""Links: the documents whose keys are equal, each joined to the first of them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]

_PILE_ROWS = 1 << 18  # 3 MB of keys and rows
_DEAL_ROWS = 1 << 20  # dealt at a time: 12 MB, and still a thousand rows to each of a thousand piles
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: the piles are even whatever range the keys have
_NO_SECOND = np.empty(0, np.uint64)


class Links(NamedTuple):
    """Pairs of documents: `row[i]` has the same key as `first[i]`, the first of all that have it.

    Both uint32, shape (num_links,), by no promised order but always the same one.
    """

    row: Rows
    first: Rows


class Piles:
    """Rows dealt out to piles by their keys as they come: equal keys lie in one pile, and a pile stays in the cache.

    Holds 12 bytes a row, 20 with second halves of the keys.
    """

    def __init__(self, num_rows: int) -> None:
        """num_rows: about how many will come. It chooses the number of piles and does not change what is linked."""
        self._bits = np.uint64(max(1, (num_rows // _PILE_ROWS).bit_length()))
        self._waiting: list[tuple[Keys, Places, Keys]] = []
        self._dealt: list[tuple[tuple[Keys, Rows, Keys], list[int]]] = []

    def add(self, keys: Keys, rows: Places, second: Keys = _NO_SECOND) -> None:
        """More rows: keys uint64, shape (num_rows,), evenly spread hashes; rows int64, each below 2³².

        With `second`, uint64, keys of 128 bits; then of all rows.
        """
        self._waiting.append((keys, rows, second))
        if sum(len(entry[0]) for entry in self._waiting) >= _DEAL_ROWS:
            self._deal_waiting()

    def links(self) -> Iterator[Links]:
        """Links between all rows of equal key, a pile at a time and at least one pile; rows are taken as they came.

        In each pile sorts the top bits of a key packed with its place, then compares full keys. Every row but the first
        of a bucket gives one link, so a bucket of a million is a million links, and the time is that of a sort.
        """
        self._deal_waiting()
        for pile in range(1 << int(self._bits)):
            pieces = ([column[ends[pile] : ends[pile + 1]] for column in columns] for columns, ends in self._dealt)
            yield _pile_links(*(np.concatenate(column) for column in zip(*pieces, strict=True)))

    def _deal_waiting(self) -> None:
        none = (np.empty(0, np.uint64), np.empty(0, np.int64), _NO_SECOND)
        keys, rows, second = zip(none, *self._waiting, strict=True)
        numbers = np.concatenate(rows, dtype=np.uint32, casting="unsafe")
        columns, bounds = _deal(np.concatenate(keys), numbers, np.concatenate(second), self._bits)
        self._dealt.append((columns, bounds.tolist()))
        self._waiting.clear()


def equal_key_links(keys: Keys, rows: Places) -> Links:
    """Links between all rows of equal key. See `Piles`.

    >>> links = equal_key_links(np.array([7, 9, 7, 7], np.uint64), np.array([10, 20, 30, 40]))
    >>> links.row.tolist(), links.first.tolist()
    ([30, 40], [10, 10])
    """
    piles = Piles(len(keys))
    piles.add(keys, rows)
    return together(piles.links())


def together(links: Iterator[Links]) -> Links:
    """All links at once."""
    return Links(*(np.concatenate(column) for column in zip(*links, strict=True)))


@kernel
def _deal(keys: Keys, rows: Rows, second: Keys, bits: np.uint64) -> tuple[tuple[Keys, Rows, Keys], Places]:
    """The rows in 2^bits piles, in their order; where each pile begins, and where the last one ends."""
    shift = np.uint64(64) - bits
    places = np.zeros((1 << bits) + 1, np.int64)
    for i in range(len(keys)):
        places[(keys[i] * _SPREAD >> shift) + np.uint64(1)] += 1
    bounds = np.cumsum(places)
    places[:] = bounds
    out, out_rows, out_second = np.empty_like(keys), np.empty_like(rows), np.empty_like(second)
    for i in range(len(keys)):
        pile = keys[i] * _SPREAD >> shift
        out[places[pile]] = keys[i]
        out_rows[places[pile]] = rows[i]
        if len(second):
            out_second[places[pile]] = second[i]
        places[pile] += 1
    return (out, out_rows, out_second), bounds


def _pile_links(keys: Keys, rows: Rows, second: Keys) -> Links:
    """Links among the rows of one pile."""
    position_bits = np.uint64(max(len(keys) - 1, 1).bit_length())
    packed = keys >> position_bits << position_bits | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    row, first, mixed = _runs(packed, position_bits, keys, rows, second)
    if not len(mixed):
        return Links(row, first)
    more = _full_sort(mixed, keys, rows, second)
    return Links(np.concatenate([row, more.row]), np.concatenate([first, more.first]))


@kernel
def _runs(packed: Keys, position_bits: np.uint64, keys: Keys, rows: Rows, second: Keys) -> tuple[Rows, Rows, Places]:
    """Links of the runs of equal top bits whose full keys are all equal; places of the runs where they are not."""
    mask = (np.uint64(1) << position_bits) - np.uint64(1)
    row = np.empty(len(packed), np.uint32)
    firsts = np.empty(len(packed), np.uint32)
    mixed = np.empty(len(packed), np.int64)
    num_links = 0
    num_mixed = 0
    start = 0
    while start < len(packed):
        top = packed[start] >> position_bits
        first = packed[start] & mask
        end = start + 1
        equal = True
        while end < len(packed) and packed[end] >> position_bits == top:
            at = packed[end] & mask
            equal &= keys[at] == keys[first] and (len(second) == 0 or second[at] == second[first])
            row[num_links + end - start - 1] = rows[at]
            firsts[num_links + end - start - 1] = rows[first]
            end += 1
        if equal:
            num_links += end - start - 1
        else:
            for i in range(start, end):
                mixed[num_mixed] = packed[i] & mask
                num_mixed += 1
        start = end
    return row[:num_links].copy(), firsts[:num_links].copy(), mixed[:num_mixed].copy()


def _full_sort(places: Places, keys: Keys, rows: Rows, second: Keys) -> Links:
    """Links among a few places whose top bits met: by a sort of the full keys, so that no number of them hurts."""
    key, check = keys[places], second[places] if len(second) else keys[places]
    order = np.lexsort((places, check, key))
    places, key, check = places[order], key[order], check[order]
    fresh = np.concatenate([np.ones(1, np.bool_), (key[1:] != key[:-1]) | (check[1:] != check[:-1])])
    first = places[fresh][np.cumsum(fresh) - 1]
    return Links(rows[places[~fresh]], rows[first[~fresh]])
