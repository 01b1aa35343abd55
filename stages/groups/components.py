"""Clusters: the connected components of links, by union-find that always hooks to the smaller number."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.groups.links import Links, Rows
from stages.groups.reading import read_only

Parents = npt.NDArray[np.uint32]

ALONE = np.uint32(0xFFFFFFFF)
MAX_ROWS = int(ALONE)


def new_parents(num_rows: int) -> Parents:
    """Every row alone: uint32, shape (num_rows,), 4 bytes a document; at most MAX_ROWS."""
    return np.arange(num_rows, dtype=np.uint32)


def join(parents: Parents, links: Links) -> None:
    """Joins the two ends of each link, in place. The clusters do not depend on the order of the links."""
    _join(parents, *read_only(*links))


class Clusters(NamedTuple):
    """Clusters of two or more, numbered in the order of their smallest rows.

    of: uint32, shape (num_rows,), the number of each row's cluster, ALONE for a row that has none.
    """

    of: npt.NDArray[np.uint32]
    num_clusters: int


def clusters(parents: Parents) -> Clusters:
    """The clusters that `parents` has come to hold; `parents` is used up. Works in 4 more bytes a row.

    >>> parents = new_parents(5)
    >>> join(parents, Links(*np.array([[4, 3], [1, 4]], np.uint32)))
    >>> found = clusters(parents)
    >>> [None if number == ALONE else int(number) for number in found.of], found.num_clusters
    ([None, 0, None, 0, 0], 1)
    """
    numbers = np.zeros(len(parents), np.uint32)
    return Clusters(parents, _number(parents, numbers))


@kernel
def _join(parents: Parents, row: Rows, first: Rows) -> None:
    for link in range(len(row)):
        a = np.int64(row[link])
        b = np.int64(first[link])
        if parents[a] == parents[b]:  # as most links after the first band
            continue
        while parents[a] != a:
            parents[a] = parents[parents[a]]  # halves the path for the next one
            a = np.int64(parents[a])
        while parents[b] != b:
            parents[b] = parents[parents[b]]
            b = np.int64(parents[b])
        if a < b:
            parents[b] = a
        elif b < a:
            parents[a] = b


@kernel
def _number(parents: Parents, numbers: npt.NDArray[np.uint32]) -> int:
    """Replaces each parent by the number of its cluster, and returns how many there are. `numbers` is zeros.

    A parent is never larger than its child, so one pass in ascending order reaches every root.
    """
    for row in range(len(parents)):
        root = parents[parents[row]]
        parents[row] = root
        numbers[root] += root != row  # members beside the smallest
    count = 0
    for row in range(len(parents)):
        root = parents[row]
        if root == row:
            if numbers[row] > 0:
                numbers[row] = count
                count += 1
            else:
                numbers[row] = ALONE
        parents[row] = numbers[root]
    return count
