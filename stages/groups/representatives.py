"""Representatives: the one member of each cluster that stands for it."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.groups.components import ALONE
from stages.groups.reading import read_only

Numbers = npt.NDArray[np.uint32]
Rows = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


class Representatives:
    """The least member of each cluster by (order, id hash, row): the same whatever the order of the offers.

    order: int64, shape (num_clusters,). id_hash: uint64. row: int64, -1 while none was offered.
    copies: int64, documents that the members stand for together.
    """

    def __init__(self, num_clusters: int) -> None:
        self.order = np.full(num_clusters, np.iinfo(np.int64).max)
        self.id_hash = np.full(num_clusters, np.iinfo(np.uint64).max)
        self.row = np.full(num_clusters, -1, np.int64)
        self.copies = np.zeros(num_clusters, np.int64)

    def offer(self, cluster: Numbers, order: Rows, id_hash: Hashes, row: Rows, copies: Rows) -> None:
        """Offer members; those whose cluster is ALONE are passed over.

        >>> best = Representatives(1)
        >>> two = np.array([0, 1])
        >>> best.offer(np.zeros(2, np.uint32), np.array([7, 5]), two.astype(np.uint64), two, np.ones(2, np.int64))
        >>> best.row.tolist(), best.copies.tolist()
        ([1], [2])
        """
        offered = read_only(cluster, order, id_hash, row, copies)
        _offer(self.order, self.id_hash, self.row, self.copies, *offered)


@kernel
def _offer(
    best_order: Rows,
    best_hash: Hashes,
    best_row: Rows,
    total: Rows,
    cluster: Numbers,
    order: Rows,
    id_hash: Hashes,
    row: Rows,
    copies: Rows,
) -> None:
    for i in range(len(cluster)):
        c = cluster[i]
        if c == ALONE:
            continue
        total[c] += copies[i]
        if best_row[c] >= 0:
            if order[i] != best_order[c]:
                if order[i] > best_order[c]:
                    continue
            elif id_hash[i] != best_hash[c]:
                if id_hash[i] > best_hash[c]:
                    continue
            elif row[i] > best_row[c]:
                continue
        best_order[c] = order[i]
        best_hash[c] = id_hash[i]
        best_row[c] = row[i]
