"""Clusters: the connected components of links, by union-find that always hooks to the smaller number."""

import numpy as np
import numpy.typing as npt
from numba import njit

from stages.groups.links import Links

Parents = npt.NDArray[np.uint32]


def new_parents(num_rows: int) -> Parents:
    """Every row alone: uint32, shape (num_rows,), 4 bytes a document.

    Raises ValueError above 2³² rows.
    """
    if num_rows > 1 << 32:
        raise ValueError(f"{num_rows:,} documents are more than 2³²; split the run")
    return np.arange(num_rows, dtype=np.uint32)


def join(parents: Parents, links: Links) -> None:
    """Joins the two ends of each link, in place. The clusters do not depend on the order of the links."""
    _join(parents, links.row, links.smaller)


def settle(parents: Parents) -> None:
    """Makes every parent its cluster's smallest row, in place."""
    _flatten(parents)


def cluster_sizes(parents: Parents) -> npt.NDArray[np.uint32]:
    """Members of the cluster whose smallest row is i, 0 where i is not the smallest: uint32, shape (num_rows,).

    `parents` must be settled.

    >>> parents = new_parents(5)
    >>> join(parents, Links(np.array([4, 3]), np.array([1, 4])))
    >>> settle(parents)
    >>> parents.tolist(), cluster_sizes(parents).tolist()
    ([0, 1, 2, 1, 1], [1, 3, 1, 0, 0])
    """
    sizes = np.zeros(len(parents), np.uint32)
    _count(parents, sizes)
    return sizes


@njit(cache=True)  # type: ignore[untyped-decorator]
def _join(parents: Parents, row: npt.NDArray[np.int64], smaller: npt.NDArray[np.int64]) -> None:
    for link in range(len(row)):
        a = row[link]
        b = smaller[link]
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


@njit(cache=True)  # type: ignore[untyped-decorator]
def _flatten(parents: Parents) -> None:
    """A parent is never larger than its child, so one pass in ascending order reaches every root."""
    for row in range(len(parents)):
        parents[row] = parents[parents[row]]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _count(parents: Parents, sizes: npt.NDArray[np.uint32]) -> None:
    for row in range(len(parents)):
        sizes[parents[row]] += 1
