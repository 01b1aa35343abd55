"""Keep or drop each line: a linear score of its features, then a look at its neighbours and its list or table."""

import math

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html import tags
from stages.text.html.containers import DENIALS, GROUP, MARKS, containers
from stages.text.html.elements import CHARACTERS_IN, NODE, PARENT, TAG
from stages.text.html.features import FEATURES, scores
from stages.text.html.scan import Scan
from stages.text.html.weights import WEIGHTS_BY_FEATURE

WEIGHTS = np.array([WEIGHTS_BY_FEATURE.get(name, 0.0) for name in FEATURES])
_PROPERTIES = tags.PROPERTIES
_HEADING = tags.HEADING
_LEAST_HEADING = -1.5  # score below which not even what follows saves a heading
# A page that keeps less than this share of what is no navigation or the like is an index: its links are its text.
LEAST_SHARE = 0.25
RELIEF = 2.5  # added to the scores of an index
_SHORT = 20  # characters of a line that is judged by its list or table more than by itself
_SHORT_LEAN, _LONG_LEAN, _NEIGHBOUR_LEAN = 0.7, 0.3, 0.3


def decide(found: Scan, plain: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether each line is main text: bool, shape (num_blocks,). `plain` says which nodes are rows of data."""
    around = containers(found.blocks, found.nodes, plain)
    kept = np.zeros(len(found.blocks), np.bool_)
    chances, groups = np.empty(len(found.blocks)), np.zeros((len(found.nodes), 2))
    values = scores(found, around, plain, WEIGHTS)
    _settle(values, found.blocks, found.nodes, around.known, chances, groups, kept)
    characters = found.blocks[:, CHARACTERS_IN]
    free = characters[(around.known[found.blocks[:, NODE], MARKS] & DENIALS) == 0].sum()
    if characters[kept].sum() < LEAST_SHARE * free:
        groups[:] = 0
        _settle(values + RELIEF, found.blocks, found.nodes, around.known, chances, groups, kept)
    return kept


@kernel
def _settle(
    scores: npt.NDArray[np.float64],
    blocks: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.int32],
    known: npt.NDArray[np.int64],
    chances: npt.NDArray[np.float64],
    groups: npt.NDArray[np.float64],
    kept: npt.NDArray[np.bool_],
) -> None:
    """Fill `kept`: each line leans on others of its kind, and headings join what they head.

    A line leans on its list or data table; without one on its neighbours in the same element or beside it.
    What carries other marks says nothing of it.
    """
    num_blocks = len(scores)
    for i in range(num_blocks):
        chances[i] = 1.0 / (1.0 + math.exp(-scores[i]))
        group = known[blocks[i, NODE], GROUP]
        weight = math.sqrt(blocks[i, CHARACTERS_IN])
        groups[group, 0] += chances[i] * weight
        groups[group, 1] += weight
    for i in range(num_blocks):
        node = blocks[i, NODE]
        group = known[node, GROUP]
        lean = 0.0
        others = 0.0
        if group and known[group, MARKS] == known[node, MARKS]:
            lean = _SHORT_LEAN if blocks[i, CHARACTERS_IN] < _SHORT else _LONG_LEAN
            others = groups[group, 0] / groups[group, 1]
        else:
            near = 0.0
            for j in range(max(i - 2, 0), min(i + 3, num_blocks)):
                other = blocks[j, NODE]
                beside = other == node or nodes[other, PARENT] == nodes[node, PARENT]
                if j != i and beside and known[other, MARKS] == known[node, MARKS]:
                    others += chances[j] / abs(i - j)
                    near += 1.0 / abs(i - j)
            if near > 0.0:
                lean = _NEIGHBOUR_LEAN
                others /= near
        kept[i] = (1.0 - lean) * chances[i] + lean * others >= 0.5
    for i in range(num_blocks - 2, -1, -1):
        if _PROPERTIES[nodes[blocks[i, NODE], TAG]] & _HEADING and kept[i + 1]:
            kept[i] |= scores[i] > _LEAST_HEADING
