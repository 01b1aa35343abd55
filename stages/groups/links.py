"""Links: the documents whose keys are equal, each joined to the first of them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


_PILE_ROWS = 1 << 18  # 6 MB of keys, rows and packed keys
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: the piles are even whatever range the keys have


class Links(NamedTuple):
    """Pairs of documents: `row[i]` has the same key as `first[i]`, the first of all that have it.

    Both int64, shape (num_links,), by no promised order but always the same one.
    """

    row: Rows
    first: Rows


def equal_key_links(keys: Keys, rows: Rows, second: Keys | None = None) -> Links:
    """Links between all rows of equal key; with `second`, of equal 128 bits.

    keys, second: uint64, shape (num_rows,), keys evenly spread hashes. rows: int64, shape (num_rows,).
    Deals the keys out to piles that stay in the cache; in each pile sorts the top bits of a key packed with its place,
    then compares full keys. Every row but the first of a bucket gives one link, so a bucket of a million is a million
    links, and the time is that of a sort. Works in 16 bytes a row beside its input (32 with `second`) and 16 a link.

    >>> links = equal_key_links(np.array([7, 9, 7, 7], np.uint64), np.array([10, 20, 30, 40]))
    >>> links.row.tolist(), links.first.tolist()
    ([30, 40], [10, 10])
    """
    piles = list(linked_piles(keys, rows, second))
    return Links(*(np.concatenate(columns) for columns in zip(*piles, strict=True)))


def linked_piles(keys: Keys, rows: Rows, second: Keys | None = None) -> Iterator[Links]:
    """The links of `equal_key_links`, a pile at a time, so that they are never held together; at least one pile."""
    if len(keys) <= _PILE_ROWS:
        yield _pile_links(keys, rows, keys if second is None else second)
        return
    bits = np.uint64((len(keys) // _PILE_ROWS).bit_length())
    dealt, ends = _deal(keys, rows.view(np.uint64), bits)
    halves = _deal(keys, second, bits)[0][1] if second is not None else None
    start = 0
    for end in ends.tolist():
        pile, its_rows = (column[start:end] for column in dealt)
        yield _pile_links(pile, its_rows.view(np.int64), pile if halves is None else halves[start:end])
        start = end


def _pile_links(keys: Keys, rows: Rows, second: Keys) -> Links:
    """Links among the rows of one pile."""
    position_bits = max(len(keys) - 1, 1).bit_length()
    packed = _packed(keys, np.uint64(position_bits))
    packed.sort()
    row, first, mixed = _runs(packed, np.uint64(position_bits), keys, second)
    if len(mixed):
        more_row, more_first = _full_sort(mixed, keys, second)
        row, first = np.concatenate([row, more_row]), np.concatenate([first, more_first])
    return Links(rows[row], rows[first])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _deal(keys: Keys, values: Keys, bits: np.uint64) -> tuple[tuple[Keys, Keys], Rows]:
    """Keys with their values in 2^bits piles, in their order; equal keys in one pile. And where each pile ends."""
    shift = np.uint64(64) - bits
    ends = np.zeros(1 << bits, np.int64)
    for i in range(len(keys)):
        ends[keys[i] * _SPREAD >> shift] += 1
    places = np.cumsum(ends) - ends
    out = np.empty(len(keys), np.uint64)
    out_values = np.empty(len(keys), np.uint64)
    for i in range(len(keys)):
        pile = keys[i] * _SPREAD >> shift
        out[places[pile]] = keys[i]
        out_values[places[pile]] = values[i]
        places[pile] += 1
    return (out, out_values), places


@njit(cache=True)  # type: ignore[untyped-decorator]
def _packed(keys: Keys, position_bits: np.uint64) -> Keys:
    """The top bits of each key, its position below them."""
    packed = np.empty(len(keys), np.uint64)
    for position in range(len(keys)):
        packed[position] = keys[position] >> position_bits << position_bits | np.uint64(position)
    return packed


@njit(cache=True)  # type: ignore[untyped-decorator]
def _runs(packed: Keys, position_bits: np.uint64, keys: Keys, second: Keys) -> tuple[Rows, Rows, Rows]:
    """Links of the runs of equal top bits whose full keys are all equal; positions of the runs where they are not."""
    mask = (np.uint64(1) << position_bits) - np.uint64(1)
    count = 0
    for i in range(1, len(packed)):
        count += packed[i] >> position_bits == packed[i - 1] >> position_bits
    row = np.empty(count, np.int64)
    firsts = np.empty(count, np.int64)
    mixed = np.empty(2 * count, np.int64)
    num_links = 0
    num_mixed = 0
    start = 0
    while start < len(packed):
        top = packed[start] >> position_bits
        end = start + 1
        while end < len(packed) and packed[end] >> position_bits == top:
            end += 1
        if end - start > 1:
            first = np.int64(packed[start] & mask)
            pure = True
            for i in range(start + 1, end):
                at = np.int64(packed[i] & mask)
                if keys[at] != keys[first] or second[at] != second[first]:
                    pure = False
                    break
                row[num_links + i - start - 1] = at
                firsts[num_links + i - start - 1] = first
            if pure:
                num_links += end - start - 1
            else:
                for i in range(start, end):
                    mixed[num_mixed] = np.int64(packed[i] & mask)
                    num_mixed += 1
        start = end
    return row[:num_links].copy(), firsts[:num_links].copy(), mixed[:num_mixed].copy()


def _full_sort(positions: Rows, keys: Keys, second: Keys) -> tuple[Rows, Rows]:
    """Links among a few positions whose top bits met: by a sort of the full keys, so that no number of them hurts."""
    key, check = keys[positions], second[positions]
    order = np.lexsort((positions, check, key))
    positions, key, check = positions[order], key[order], check[order]
    fresh = np.concatenate([np.ones(1, np.bool_), (key[1:] != key[:-1]) | (check[1:] != check[:-1])])
    first = positions[fresh][np.cumsum(fresh) - 1]
    return positions[~fresh], first[~fresh]
