"""Membership in tens of millions of strings, by 128-bit hashes in sorted order.

Nothing but the hashes is kept. That a string which is not in a table of 30 million is taken for one that is has the
probability 30e6 / 2**128, about 1e-31.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_128_digest

Table = npt.NDArray[np.uint64]
"""Keys in ascending order: uint64, shape (2, num_keys), the high halves and the low halves. May hold a key twice."""


def keys_of(names: Sequence[str]) -> Table:
    """Keys of these strings, in their order: uint64, shape (2, num_names)."""
    digests = b"".join([xxh3_128_digest(name.encode("utf-8", "surrogatepass")) for name in names])
    return np.frombuffer(digests, ">u8").astype(np.uint64).reshape(-1, 2).T


def sorted_keys(keys: Table) -> Table:
    """The same keys in ascending order."""
    return np.ascontiguousarray(keys[:, np.lexsort((keys[1], keys[0]))])


def contains(table: Table, keys: Table) -> npt.NDArray[np.bool_]:
    """Which keys the table holds: bool, shape (num_keys,).

    >>> contains(sorted_keys(keys_of(["example.jp", "例"])), keys_of(["例", "例え", "example.jp"])).tolist()
    [True, False, True]
    """
    high, low = table
    at = np.searchsorted(high, keys[0])
    found = np.zeros(keys.shape[1], np.bool_)
    undecided = np.arange(keys.shape[1])
    while len(undecided):  # once, but for keys that share their high half
        undecided = undecided[at[undecided] < len(high)]
        undecided = undecided[high[at[undecided]] == keys[0, undecided]]
        found[undecided] = low[at[undecided]] == keys[1, undecided]
        undecided = undecided[~found[undecided]]
        at[undecided] += 1
    return found
