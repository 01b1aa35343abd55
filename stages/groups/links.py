"""Links: the documents whose keys are equal, each joined to the first of them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


class Links(NamedTuple):
    """Pairs of documents: `row[i]` has the same key as `first[i]`, the first of all that have it.

    Both int64, shape (num_links,), by no promised order but always the same one.
    """

    row: Rows
    first: Rows


def equal_key_links(keys: Keys, rows: Rows, second: Keys | None = None) -> Links:
    """Links between all rows of equal key; with `second`, of equal 128 bits.

    keys, second: uint64, shape (num_rows,), keys evenly spread hashes. rows: int64, shape (num_rows,).
    Sorts the top bits of each key packed with its position, then compares full keys. Every row but the first of
    a bucket gives one link, so a bucket of a million is a million links, and the time is that of one sort.
    Works in 8 bytes a row beside its input and 16 a link.

    >>> links = equal_key_links(np.array([7, 9, 7, 7], np.uint64), np.array([10, 20, 30, 40]))
    >>> links.row.tolist(), links.first.tolist()
    ([30, 40], [10, 10])
    """
    checked = keys if second is None else second
    position_bits = max(len(keys) - 1, 1).bit_length()
    packed = _packed(keys, np.uint64(position_bits))
    packed.sort()
    row, first, mixed = _runs(packed, np.uint64(position_bits), keys, checked)
    del packed
    if len(mixed):
        more_row, more_first = _full_sort(mixed, keys, checked)
        row, first = np.concatenate([row, more_row]), np.concatenate([first, more_first])
    return Links(rows[row], rows[first])


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
