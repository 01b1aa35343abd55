"""Which rows of a page's tables hold data, a line a cell, and which only lay the page out."""

import numpy as np
import numpy.typing as npt
from numba import njit

from stages.text.html import tags
from stages.text.html.elements import NODE, PARENT, TAG

_CELL, _ROW = tags.CELL, tags.ROW
_PROPERTIES = tags.PROPERTIES


@njit(cache=True)  # type: ignore[untyped-decorator]
def plain_rows(blocks: npt.NDArray[np.int32], nodes: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Nodes that are table rows of which every cell holds one line at most and no other element with text."""
    own = np.zeros(len(nodes), np.int64)
    filled = np.zeros(len(nodes), np.bool_)
    mixed = np.zeros(len(nodes), np.bool_)
    for i in range(len(blocks)):
        own[blocks[i, NODE]] += 1
    for node in range(len(nodes) - 1, 0, -1):
        parent = nodes[node, PARENT]
        if own[node] or filled[node]:
            filled[parent] = True
            if own[node] > 1 or filled[node] or not _PROPERTIES[nodes[node, TAG]] & _CELL:
                mixed[parent] = True
    plain = np.zeros(len(nodes), np.bool_)
    for node in range(1, len(nodes)):
        plain[node] = _PROPERTIES[nodes[node, TAG]] & _ROW > 0 and not mixed[node] and own[node] == 0
    return plain
