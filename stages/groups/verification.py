"""Verification: of the documents that share a key, those that are truly alike, in work linear in the bucket."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.groups.links import Links, Places, Rows

MAX_LEADERS = 8  # comparisons that one document may cost in one bucket


class Contents(NamedTuple):
    """What the documents of some buckets are compared by.

    rows: int64, shape (num_documents,), ascending. values: uint32, those of document i are
    `values[offsets[i]:offsets[i + 1]]`: a signature, or the ascending hashes of its distinct n-grams.
    order, id_hash: int64 and uint64, which document of a bucket leads.
    """

    rows: Places
    values: npt.NDArray[np.uint32]
    offsets: Places
    order: Places
    id_hash: npt.NDArray[np.uint64]


def verified(links: Links, contents: Contents, least: float, *, by_position: bool) -> Links:
    """The links of equal keys that hold: between a document and the first leader of its bucket that is like it.

    A document that is like no leader becomes one, up to MAX_LEADERS of a bucket; further ones stay unlinked there.
    Documents are taken in the order of `order` and `id_hash`, so the result does not depend on that of the inputs.
    by_position: contents are signatures, and their similarity the share of equal values; else it is exact Jaccard.

    >>> rows, values = np.arange(3), np.array([1, 2, 3, 1, 2, 3, 1, 8, 9], np.uint32)
    >>> contents = Contents(rows, values, np.array([0, 3, 6, 9]), rows, rows.astype(np.uint64))
    >>> links = verified(Links(*np.array([[1, 2], [0, 0]], np.uint32)), contents, 0.8, by_position=False)
    >>> links.row.tolist(), links.first.tolist()
    ([1], [0])
    """
    buckets = np.unique(links.first)
    bucket = np.concatenate([buckets, links.first])
    member = np.searchsorted(contents.rows, np.concatenate([buckets, links.row]))
    order = np.lexsort((contents.id_hash[member], contents.order[member], bucket))
    found = _verified(bucket[order], member[order], contents.values, contents.offsets, least, by_position)
    return Links(*(contents.rows[places].astype(np.uint32) for places in found))


@kernel
def _verified(
    bucket: Rows,
    member: Places,
    values: npt.NDArray[np.uint32],
    offsets: Places,
    least: float,
    by_position: bool,
) -> tuple[Places, Places]:
    """Places of the linked documents and of their leaders."""
    row = np.empty(len(bucket), np.int64)
    first = np.empty(len(bucket), np.int64)
    leaders = np.empty(MAX_LEADERS, np.int64)
    num_links = 0
    num_leaders = 0
    for i in range(len(bucket)):
        if i == 0 or bucket[i] != bucket[i - 1]:
            num_leaders = 0
        alike = False
        for which in range(num_leaders):
            if _similarity(values, offsets, member[i], leaders[which], by_position) >= least:
                row[num_links] = member[i]
                first[num_links] = leaders[which]
                num_links += 1
                alike = True
                break
        if not alike and num_leaders < MAX_LEADERS:
            leaders[num_leaders] = member[i]
            num_leaders += 1
    return row[:num_links].copy(), first[:num_links].copy()


@kernel
def _similarity(values: npt.NDArray[np.uint32], offsets: Places, a: int, b: int, by_position: bool) -> float:
    """Share of equal positions, or shared over all of two ascending sets."""
    i, end_a = offsets[a], offsets[a + 1]
    j, end_b = offsets[b], offsets[b + 1]
    longest = max(end_a - i, end_b - j)
    total = end_a - i + end_b - j
    if longest == 0:
        return 0.0
    shared = 0
    while i < end_a and j < end_b:
        left, right = values[i], values[j]
        shared += left == right
        i += by_position or left <= right
        j += by_position or right <= left
    return float(shared / longest if by_position else shared / (total - shared))
