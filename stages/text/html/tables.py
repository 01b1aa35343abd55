"""Which rows of a page's tables hold data, a line a cell, and which only lay the page out."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html import tags
from stages.text.html.elements import NODE, PARENT, TAG

_CELL, _ROW = tags.CELL, tags.ROW
_PROPERTIES = tags.PROPERTIES


def plain_rows(blocks: npt.NDArray[np.int32], nodes: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Nodes that are table rows of which every cell holds one line at most and no other element with text."""
    lines = np.zeros(len(nodes), np.int64)
    filled, mixed = np.zeros(len(nodes), np.bool_), np.zeros(len(nodes), np.bool_)
    plain = np.zeros(len(nodes), np.bool_)
    _fill(blocks, nodes, lines, filled, mixed, plain)
    return plain


@kernel
def _fill(
    blocks: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.int32],
    lines: npt.NDArray[np.int64],
    filled: npt.NDArray[np.bool_],
    mixed: npt.NDArray[np.bool_],
    plain: npt.NDArray[np.bool_],
) -> None:
    """Fill, by node: its own lines; whether an element inside has text; whether it is no plain row; the result."""
    for i in range(len(blocks)):
        lines[blocks[i, NODE]] += 1
    for node in range(len(nodes) - 1, 0, -1):
        parent = nodes[node, PARENT]
        properties = _PROPERTIES[nodes[node, TAG]]
        plain[node] = properties & _ROW > 0 and not mixed[node] and lines[node] == 0
        if lines[node] or filled[node]:
            filled[parent] = True
            if lines[node] > 1 or filled[node] or not properties & _CELL:
                mixed[parent] = True
