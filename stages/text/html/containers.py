"""What the elements of a page hold and are: sums of what is inside, marks of what is around, the main element."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html import hints, tags
from stages.text.html.elements import (
    CHARACTERS_IN,
    COMMAS_IN,
    IS_PRE,
    JAPANESE_IN,
    LINK_CHARACTERS_IN,
    NODE,
    NODE_MARKS,
    PARENT,
    STOPS_IN,
    TAG,
)

# Columns of a node's sums over all that is inside it.
CHARACTERS, LINK_CHARACTERS, PROSE = 0, 1, 2
# Columns of what is known of a node.
MARKS = 0  # its own and those of what is around it
GROUP = 1  # the list or data table around it, or 0
LAST = 2  # the last node inside it
_BEST = 3  # the child with the most prose
_LINES = 4  # blocks inside it
_NUM_COLUMNS = 5

MAIN_SHARE = 0.6  # of the page's prose that the main element holds at least
_T = tags.TAGS
_PROPERTIES = tags.PROPERTIES
_GROUPS = tags.LIST | tags.DEFINITIONS
_CLAIMS = hints.CONTENT | hints.MAIN_TAG | hints.ARTICLE_TAG  # marks that hold for any share of the page
DENIALS = (  # marks that end what an element around claims
    hints.NAVIGATION
    | hints.HEADER
    | hints.FOOTER
    | hints.ASIDE
    | hints.SHARING
    | hints.ADVERTISEMENT
    | hints.DIALOG
    | hints.FORM
    | hints.RELATED
    | hints.CONTENTS_TABLE
    | hints.UNSEEN
    | hints.BUTTON_TAG
    | hints.NAVIGATION_TAG
    | hints.HEADER_TAG
    | hints.FOOTER_TAG
    | hints.ASIDE_TAG
)


def _tag_marks() -> npt.NDArray[np.int64]:
    """The marks that a tag has by its name alone."""
    marks = np.zeros(tags.NUM_TAGS, np.int64)
    for name, mark in {
        "nav": hints.NAVIGATION_TAG,
        "menu": hints.NAVIGATION_TAG,
        "header": hints.HEADER_TAG,
        "footer": hints.FOOTER_TAG,
        "aside": hints.ASIDE_TAG,
        "search": hints.FORM,
        "label": hints.FORM,
        "main": hints.MAIN_TAG,
        "article": hints.ARTICLE_TAG,
        "dialog": hints.DIALOG,
        "address": hints.BYLINE,
        "button": hints.BUTTON_TAG,
    }.items():
        marks[_T[name]] = mark
    return marks


_TAG_MARKS = _tag_marks()


class Containers(NamedTuple):
    """What is known of the elements.

    prose: float64, shape (num_blocks,), characters outside links of the lines that read like sentences.
    sums: float64, shape (num_nodes, 3). known: int64, shape (num_nodes, 5). main: the smallest node with most prose.
    """

    prose: npt.NDArray[np.float64]
    sums: npt.NDArray[np.float64]
    known: npt.NDArray[np.int64]
    main: int


def containers(blocks: npt.NDArray[np.int32], nodes: npt.NDArray[np.int32], plain: npt.NDArray[np.bool_]) -> Containers:
    """The elements of a page; `plain` says which nodes are rows of data (see `tables`)."""
    prose = np.zeros(len(blocks))
    sums = np.zeros((len(nodes), 3))
    known = np.zeros((len(nodes), _NUM_COLUMNS), np.int64)
    return Containers(prose, sums, known, _fill(blocks, nodes, plain, prose, sums, known))


@kernel
def _fill(
    blocks: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.int32],
    plain: npt.NDArray[np.bool_],
    prose: npt.NDArray[np.float64],
    sums: npt.NDArray[np.float64],
    known: npt.NDArray[np.int64],
) -> int:
    """Fill the arrays and return the main node: up from the lines, then down with the marks."""
    for i in range(len(blocks)):
        row = blocks[i]
        own = row[CHARACTERS_IN] - row[LINK_CHARACTERS_IN]
        japanese = 2 * row[JAPANESE_IN] > row[CHARACTERS_IN]
        marked = row[STOPS_IN] > 0 or row[COMMAS_IN] > 0
        if row[IS_PRE] or (marked and own >= (12 if japanese else 40)) or own >= (60 if japanese else 150):
            prose[i] = own
        node = row[NODE]
        sums[node, CHARACTERS] += row[CHARACTERS_IN]
        sums[node, LINK_CHARACTERS] += row[LINK_CHARACTERS_IN]
        sums[node, PROSE] += prose[i]
        known[node, _LINES] += 1
    for node in range(len(nodes) - 1, 0, -1):
        parent = nodes[node, PARENT]
        for column in range(3):
            sums[parent, column] += sums[node, column]
        known[node, LAST] = max(known[node, LAST], node)
        known[parent, LAST] = max(known[parent, LAST], known[node, LAST])
        known[parent, _LINES] += known[node, _LINES]
        best = known[parent, _BEST]
        holds = known[node, _LINES] > 1 and not _PROPERTIES[nodes[node, TAG]] & tags.P
        if holds and (best == 0 or sums[node, PROSE] >= sums[best, PROSE]):
            known[parent, _BEST] = node
    total = sums[0, PROSE]
    for node in range(1, len(nodes)):
        parent = nodes[node, PARENT]
        tag = nodes[node, TAG]
        own = nodes[node, NODE_MARKS] | _TAG_MARKS[tag]
        around = known[parent, MARKS]
        if total > 0 and 2 * sums[node, PROSE] > total:
            own &= _CLAIMS
        if around & (hints.ARTICLE_TAG | hints.MAIN_TAG):
            own &= ~(hints.HEADER | hints.HEADER_TAG)
        if around & hints.ARTICLE_TAG and own & hints.FOOTER_TAG:
            own = own & ~(hints.FOOTER | hints.FOOTER_TAG) | hints.BYLINE
        if own & DENIALS:
            around &= ~_CLAIMS
        known[node, MARKS] = around | own
        known[node, GROUP] = known[parent, GROUP]
        if _PROPERTIES[tag] & _GROUPS:
            known[node, GROUP] = node
        elif plain[node]:
            known[node, GROUP] = parent
    main = 0
    while total > 0 and known[main, _BEST] and sums[known[main, _BEST], PROSE] >= MAIN_SHARE * total:
        main = known[main, _BEST]
    return main
