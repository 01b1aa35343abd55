"""Keep or drop each line: a linear score of its features, then a look at its neighbours."""

import numpy as np
import numpy.typing as npt
from numba import njit

from stages.text.html import tags
from stages.text.html.elements import NODE, TAG
from stages.text.html.features import FEATURES, features
from stages.text.html.weights import WEIGHTS_BY_FEATURE

WEIGHTS = np.array([WEIGHTS_BY_FEATURE.get(name, 0.0) for name in FEATURES])
_PROPERTIES = tags.PROPERTIES
_HEADING = tags.HEADING
_LEAST_HEADING = -1.5  # score below which not even what follows saves a heading


def decide(blocks: npt.NDArray[np.int32], nodes: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Whether each block is main text: bool, shape (num_blocks,)."""
    scores = features(blocks, nodes) @ WEIGHTS
    kept: npt.NDArray[np.bool_] = settle(scores, blocks, nodes)
    return kept


@njit(cache=True)  # type: ignore[untyped-decorator]
def settle(
    scores: npt.NDArray[np.float64], blocks: npt.NDArray[np.int32], nodes: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """The decisions, after each score has leant towards its neighbours' and headings have joined what they head."""
    num_blocks = len(scores)
    kept = np.zeros(num_blocks, np.bool_)
    chances = 1.0 / (1.0 + np.exp(-scores))
    for i in range(num_blocks):
        near = 0.0
        weight = 0.0
        for j in range(max(i - 2, 0), min(i + 3, num_blocks)):
            if j != i:
                near += chances[j] / abs(i - j)
                weight += 1.0 / abs(i - j)
        chance = 0.7 * chances[i] + 0.3 * (near / weight if weight > 0 else chances[i])
        kept[i] = chance >= 0.5
    for i in range(num_blocks - 1, -1, -1):
        if _PROPERTIES[nodes[blocks[i, NODE], TAG]] & _HEADING and i + 1 < num_blocks and kept[i + 1]:
            kept[i] |= scores[i] > _LEAST_HEADING
    return kept
