"""What is known of each line before it is kept or dropped: of itself, its elements, its neighbours and its place."""

import math

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html import tags
from stages.text.html.containers import (
    CHARACTERS,
    DENIALS,
    GROUP,
    LAST,
    LINK_CHARACTERS,
    MARKS,
    PROSE,
    Containers,
)
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
    PARENT,
    STOPS_IN,
    TAG,
    TEXT_END,
    TEXT_START,
)
from stages.text.html.hints import BYLINE
from stages.text.html.phrases import FURNITURE, NOTICE, PHRASE_MARKS, PHRASE_STATES, SIGNED, phrases
from stages.text.html.repetition import repetitions
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
    "under_furniture",  # a heading with such a phrase, and what is no prose from there to the next heading
    "notice",  # a sentence or two about cookies or reserved rights
    "signed",  # a line of a few characters that says who wrote the page
    "short_byline",  # as short and no link alone, in an element for who, when or under what
    "repeated",  # no prose, before or behind the main element, and the same text stands elsewhere in the page
    "link_outside",  # a link alone before or behind the main element
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
_PROPERTIES = tags.PROPERTIES
_H1 = _T["h1"]
_PHRASES = (PHRASE_STATES, PHRASE_MARKS)
_LONGEST_FURNITURE = 50  # characters
_LONGEST_NOTICE = 120
_LONGEST_SIGNATURE = 24


def scores(
    found: Scan, around: Containers, plain: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The weighted sum of each line's features: float64, shape (num_blocks,)."""
    result = np.empty(len(found.blocks))
    others = repetitions(found.text, found.blocks)
    none = np.empty((0, NUM_FEATURES))
    _features(found.text, found.blocks, found.nodes, others, plain, *around, weights, result, none, *_PHRASES)
    return result


def features(found: Scan, around: Containers, plain: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """The features themselves, which only training asks for: float64, shape (num_blocks, NUM_FEATURES)."""
    values = np.empty((len(found.blocks), NUM_FEATURES))
    weights, result = np.zeros(NUM_FEATURES), np.empty(len(found.blocks))
    others = repetitions(found.text, found.blocks)
    _features(found.text, found.blocks, found.nodes, others, plain, *around, weights, result, values, *_PHRASES)
    return values


@kernel
def _features(
    text: npt.NDArray[np.uint8],
    blocks: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.int32],
    others: npt.NDArray[np.int32],
    plain: npt.NDArray[np.bool_],
    prose: npt.NDArray[np.float64],
    sums: npt.NDArray[np.float64],
    known: npt.NDArray[np.int64],
    main: int,
    weights: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    phrase_states: npt.NDArray[np.int16],
    phrase_marks: npt.NDArray[np.int64],
) -> None:
    """Fill `scores`, and `values` where it has rows."""
    num_blocks = len(blocks)
    total = sums[0, PROSE]
    f = np.empty(NUM_FEATURES)
    under = 0.0
    for i in range(num_blocks):
        row = blocks[i]
        node = row[NODE]
        parent = nodes[node, PARENT]
        characters = row[CHARACTERS_IN]
        for j in range(NUM_FEATURES):
            f[j] = 0.0
        f[0] = 1.0
        f[1] = math.log2(1.0 + characters) / 10.0
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
        elif node > known[main, LAST]:
            f[16] = 1.0
        elif not known[node, MARKS] & DENIALS:
            f[14] = 1.0
        f[17] = (i + 0.5) / num_blocks
        outer = nodes[parent, PARENT]
        f[18] = sums[parent, LINK_CHARACTERS] / max(sums[parent, CHARACTERS], 1.0)
        f[19] = sums[outer, LINK_CHARACTERS] / max(sums[outer, CHARACTERS], 1.0)
        denied = known[node, MARKS] & DENIALS
        if known[parent, MARKS] & DENIALS == denied:
            f[20] = sums[parent, PROSE] / max(sums[parent, CHARACTERS], 1.0)
        if known[outer, MARKS] & DENIALS == denied:
            f[21] = sums[outer, PROSE] / max(sums[outer, CHARACTERS], 1.0)
        near_characters = 0.0
        near_prose = 0.0
        near_links = 0.0
        for j in range(max(i - 2, 0), min(i + 3, num_blocks)):
            if j != i and known[blocks[j, NODE], MARKS] & DENIALS == denied:
                near_characters += blocks[j, CHARACTERS_IN]
                near_prose += prose[j]
                near_links += blocks[j, LINK_CHARACTERS_IN]
        f[22] = near_prose / max(near_characters, 1.0)
        f[23] = near_links / max(near_characters, 1.0)
        f[24] = sums[parent, CHARACTERS] < 30
        f[25] = total >= 200
        group = known[node, GROUP]
        if group:
            f[26] = sums[group, LINK_CHARACTERS] / max(sums[group, CHARACTERS], 1.0)
            f[27] = sums[group, PROSE] / max(sums[group, CHARACTERS], 1.0)
            f[28] = plain[parent] and f[26] < 0.5
        f[29] = f[2] > 0.9
        f[30] = characters <= 3
        if characters <= _LONGEST_NOTICE and nodes[node, TAG] != _H1:
            said = phrases(text, row[TEXT_START], row[TEXT_END], phrase_states, phrase_marks)
            sentence = row[STOPS_IN] > 0 and 2 * row[JAPANESE_IN] > characters
            f[31] = said & FURNITURE > 0 and characters <= _LONGEST_FURNITURE and not sentence
            f[33] = said & NOTICE > 0
            if characters <= _LONGEST_SIGNATURE and row[STOPS_IN] + f[8] + f[29] == 0:
                f[34] = said & SIGNED > 0
                f[35] = known[node, MARKS] & BYLINE > 0
        if f[8]:
            under = f[32] = f[31]
        elif not f[6]:
            f[32] = under
        f[36] = others[i] > 0 and f[6] == 0 and f[15] + f[16] > 0
        f[37] = f[29] * (f[15] + f[16])
        for mark in range(_NUM_MARKS):
            f[_FIRST_MARK + mark] = known[node, MARKS] >> mark & 1
        score = 0.0
        for j in range(NUM_FEATURES):
            score += f[j] * weights[j]
            if len(values):
                values[i, j] = f[j]
        scores[i] = score
