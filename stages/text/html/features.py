"""What is known of each line before it is kept or dropped: of itself, its elements, its neighbours and its place."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stages.text.html import hints, tags
from stages.text.html.elements import (
    CHARACTERS_IN,
    COMMAS_IN,
    HIRAGANA_IN,
    IS_PRE,
    IS_SOFT,
    ITEM,
    JAPANESE_IN,
    LINK_CHARACTERS_IN,
    LINKS_IN,
    NODE,
    NODE_MARKS,
    PARENT,
    STOPS_IN,
    TAG,
    TEXT_END,
    TEXT_START,
)
from stages.text.html.phrases import PHRASE_MARKS, PHRASE_STATES, has_furniture
from stages.text.html.scan import Scan

FEATURES = (
    "bias",
    "length",  # log2 of 1 + characters, / 10
    "link_fraction",
    "stops",  # sentence marks, at most 3, / 3
    "commas",
    "hiragana_fraction",
    "prose",  # 1 where it reads like sentences
    "many_links",
    "heading",
    "preformatted",
    "list_item",
    "table_cell",
    "definition",
    "after_break",
    "inside_main",  # the smallest element that holds most of the prose
    "before_main",
    "after_main",
    "position",
    "box_link_fraction",  # of the element around it
    "outer_link_fraction",  # of the element around that
    "box_prose",
    "outer_prose",
    "near_prose",  # of the two lines before and the two behind
    "near_link_fraction",
    "short_box",
    "page_has_prose",
    "group_link_fraction",  # of the nearest list, table or definition list around the line; 0 without one
    "group_prose",
    "in_data_table",  # a row of cells, a line each, in a table of which less than half is links
    "link_alone",  # nothing but links
    "tiny",  # 3 characters at most
    "furniture",  # a short line with a phrase that leads elsewhere, sells, shares or reserves rights
    # The marks of the elements around the line, in the order of their bits in `hints`.
    "navigation",
    "header",
    "footer",
    "aside",
    "sharing",
    "advertisement",
    "dialog",
    "form",
    "content",
    "related",
    "comments",
    "contents_table",
    "byline",
    "legal",
    "unseen",
    "main",
    "article",
    "button",
    "navigation_tag",
    "header_tag",
    "footer_tag",
    "aside_tag",
)
NUM_FEATURES = len(FEATURES)
_FIRST_MARK = FEATURES.index("navigation")
_NUM_MARKS = NUM_FEATURES - _FIRST_MARK
_T = tags.TAGS
_HEADING, _CELL, _TERM = tags.HEADING, tags.CELL, tags.TERM
_GROUPS = tags.LIST | tags.DEFINITIONS
_PROPERTIES = tags.PROPERTIES
_CLAIMS = hints.CONTENT | hints.MAIN_TAG | hints.ARTICLE_TAG  # marks that hold for any share of the page
_DENIALS = (
    hints.NAVIGATION | hints.ASIDE | hints.SHARING | hints.ADVERTISEMENT | hints.DIALOG | hints.FORM | hints.RELATED
    | hints.CONTENTS_TABLE | hints.UNSEEN | hints.BUTTON_TAG | hints.NAVIGATION_TAG | hints.ASIDE_TAG
)  # fmt: skip  # marks that end what an element around claims
_H1 = _T["h1"]
MAIN_SHARE = 0.6
_LONGEST_FURNITURE = 50  # characters


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
        "button": hints.BUTTON_TAG,
    }.items():
        marks[_T[name]] = mark
    return marks


_TAG_MARKS = _tag_marks()


class Scores(NamedTuple):
    """What the features say of each block.

    scores: float64, shape (num_blocks,), the weighted sum of its features.
    marks: int64, shape (num_nodes,), those of a node and of what is around it.
    groups: int64, shape (num_nodes,), the list or data table around a node, or 0.
    """

    scores: npt.NDArray[np.float64]
    marks: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]


def scores(found: Scan, plain: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]) -> Scores:
    """The scores of a page's lines; `plain` says which nodes are rows of data (see `tables`)."""
    none = np.empty((0, NUM_FEATURES))
    return Scores(*_features(found.text, found.blocks, found.nodes, plain, weights, none, PHRASE_STATES, PHRASE_MARKS))


def features(found: Scan, plain: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """The features themselves, which only training asks for: float64, shape (num_blocks, NUM_FEATURES)."""
    values = np.empty((len(found.blocks), NUM_FEATURES))
    weights = np.zeros(NUM_FEATURES)
    _features(found.text, found.blocks, found.nodes, plain, weights, values, PHRASE_STATES, PHRASE_MARKS)
    return values


@njit(cache=True)  # type: ignore[untyped-decorator]
def line_prose(blocks: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Characters outside links of the lines that read like sentences, 0 for the others: shape (num_blocks,)."""
    prose = np.zeros(len(blocks))
    for i in range(len(blocks)):
        row = blocks[i]
        own = row[CHARACTERS_IN] - row[LINK_CHARACTERS_IN]
        japanese = 2 * row[JAPANESE_IN] > row[CHARACTERS_IN]
        marked = row[STOPS_IN] > 0 or row[COMMAS_IN] > 0
        if row[IS_PRE] or (marked and own >= (12 if japanese else 40)) or own >= (60 if japanese else 150):
            prose[i] = own
    return prose


@njit(cache=True)  # type: ignore[untyped-decorator]
def _features(
    text: npt.NDArray[np.uint8],
    blocks: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.int32],
    plain: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    phrase_states: npt.NDArray[np.int16],
    phrase_marks: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    num_blocks, num_nodes = len(blocks), len(nodes)
    scores = np.empty(num_blocks)
    f = np.empty(NUM_FEATURES)
    prose = line_prose(blocks)
    node_characters = np.zeros(num_nodes)
    node_links = np.zeros(num_nodes)
    node_prose = np.zeros(num_nodes)
    node_lines = np.zeros(num_nodes, np.int64)
    last = np.arange(num_nodes)  # the last node inside a node
    for i in range(num_blocks):
        node = blocks[i, NODE]
        node_characters[node] += blocks[i, CHARACTERS_IN]
        node_links[node] += blocks[i, LINK_CHARACTERS_IN]
        node_prose[node] += prose[i]
        node_lines[node] += 1
    best = np.zeros(num_nodes, np.int64)  # the child with the most prose
    for node in range(num_nodes - 1, 0, -1):
        parent = nodes[node, PARENT]
        node_characters[parent] += node_characters[node]
        node_links[parent] += node_links[node]
        node_prose[parent] += node_prose[node]
        last[parent] = max(last[parent], last[node])
        node_lines[parent] += node_lines[node]
        holds = node_lines[node] > 1 and not _PROPERTIES[nodes[node, TAG]] & tags.P
        if holds and (best[parent] == 0 or node_prose[node] >= node_prose[best[parent]]):
            best[parent] = node
    total = node_prose[0]
    marks = np.zeros(num_nodes, np.int64)
    groups = np.zeros(num_nodes, np.int64)  # the nearest list or table
    for node in range(1, num_nodes):
        own = nodes[node, NODE_MARKS] | _TAG_MARKS[nodes[node, TAG]]
        parent = nodes[node, PARENT]
        if total > 0 and 2 * node_prose[node] > total:
            own &= _CLAIMS
        around = marks[parent]
        if around & (hints.ARTICLE_TAG | hints.MAIN_TAG):
            own &= ~(hints.HEADER | hints.HEADER_TAG)
        if around & hints.ARTICLE_TAG and own & hints.FOOTER_TAG:
            own = own & ~(hints.FOOTER | hints.FOOTER_TAG) | hints.BYLINE
        if own & _DENIALS:
            around &= ~_CLAIMS
        marks[node] = around | own
        groups[node] = groups[parent]
        if _PROPERTIES[nodes[node, TAG]] & _GROUPS:
            groups[node] = node
        elif plain[node]:
            groups[node] = parent
    main = 0
    while best[main] and node_prose[best[main]] >= MAIN_SHARE * total and total > 0:
        main = best[main]
    for i in range(num_blocks):
        row = blocks[i]
        node = row[NODE]
        parent = nodes[node, PARENT]
        characters = row[CHARACTERS_IN]
        f[:] = 0.0
        f[0] = 1.0
        f[1] = np.log2(1.0 + characters) / 10.0
        f[2] = row[LINK_CHARACTERS_IN] / characters
        f[3] = min(row[STOPS_IN], 3) / 3.0
        f[4] = min(row[COMMAS_IN], 3) / 3.0
        f[5] = row[HIRAGANA_IN] / characters
        f[6] = prose[i] > 0
        f[7] = min(row[LINKS_IN], 5) / 5.0
        properties = _PROPERTIES[nodes[node, TAG]]
        f[8] = properties & _HEADING > 0
        f[9] = row[IS_PRE]
        f[10] = nodes[node, ITEM] >= 0
        f[11] = properties & _CELL > 0
        f[12] = properties & _TERM > 0
        f[13] = row[IS_SOFT]
        if node < main:
            f[15] = 1.0
        elif node > last[main]:
            f[16] = 1.0
        elif not marks[node] & _DENIALS:
            f[14] = 1.0
        f[17] = (i + 0.5) / num_blocks
        outer = nodes[parent, PARENT]
        f[18] = node_links[parent] / max(node_characters[parent], 1.0)
        f[19] = node_links[outer] / max(node_characters[outer], 1.0)
        f[20] = node_prose[parent] / max(node_characters[parent], 1.0)
        f[21] = node_prose[outer] / max(node_characters[outer], 1.0)
        near_characters = 0.0
        near_prose = 0.0
        near_links = 0.0
        for j in range(max(i - 2, 0), min(i + 3, num_blocks)):
            if j != i:
                near_characters += blocks[j, CHARACTERS_IN]
                near_prose += prose[j]
                near_links += blocks[j, LINK_CHARACTERS_IN]
        f[22] = near_prose / max(near_characters, 1.0)
        f[23] = near_links / max(near_characters, 1.0)
        f[24] = node_characters[parent] < 30
        f[25] = total >= 200
        group = groups[node]
        if group:
            f[26] = node_links[group] / max(node_characters[group], 1.0)
            f[27] = node_prose[group] / max(node_characters[group], 1.0)
            f[28] = plain[parent] and f[26] < 0.5
        f[29] = f[2] > 0.9
        f[30] = characters <= 3
        sentence = row[STOPS_IN] > 0 and 2 * row[JAPANESE_IN] > characters
        if characters <= _LONGEST_FURNITURE and not sentence and nodes[node, TAG] != _H1:
            f[31] = has_furniture(text, row[TEXT_START], row[TEXT_END], phrase_states, phrase_marks)
        for mark in range(_NUM_MARKS):
            f[_FIRST_MARK + mark] = marks[node] >> mark & 1
        scores[i] = (f * weights).sum()
        if len(values):
            values[i] = f
    return scores, marks, groups
