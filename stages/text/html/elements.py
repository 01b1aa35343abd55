"""The stack of open elements, the lines of text they hold, and HTML's implied end tags."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html import tags
from stages.text.html.tags import signed
from stages.text.html.words import (
    CHARACTERS,
    COMMAS,
    DEPTH,
    DROP_NEXT_FEED,
    HIRAGANA,
    IN_LINK,
    IN_PRE,
    JAPANESE,
    LAST,
    LINK_CHARACTERS,
    LINKS,
    NUM_BLOCKS,
    NUM_NODES,
    OUT,
    SKIPPED,
    SOFT,
    SPACE,
    START,
    STOPS,
    write,
)

# Columns of a block, the text of one line: int32, shape (num_blocks, NUM_BLOCK_COLUMNS).
TEXT_START = 0
TEXT_END = 1
NODE = 2
CHARACTERS_IN = 3
LINK_CHARACTERS_IN = 4
HIRAGANA_IN = 5
JAPANESE_IN = 6
STOPS_IN = 7
COMMAS_IN = 8
LINKS_IN = 9
IS_SOFT = 10  # 1 where a <br> divides it from the block before
IS_PRE = 11
NUM_BLOCK_COLUMNS = 12

# Columns of a node, a block-level element: int32, shape (num_nodes, NUM_NODE_COLUMNS). Parents stand before children.
PARENT = 0
TAG = 1
NODE_MARKS = 2
ITEM = 3  # the nearest list item, itself included, or -1
ORDINAL = 4  # of a list item in an ordered list, or -1
NUM_NODE_COLUMNS = 5

# Columns of the stack of open elements.
OPEN_TAG = 0
OPEN_NODE = 1
FLAGS = 2
COUNTER = 3  # next ordinal of an ordered list
NUM_STACK_COLUMNS = 4

IS_SKIPPED, IS_LINK, KEEPS_SPACE, IS_READING = 1, 2, 4, 8

_PROPERTIES = tags.PROPERTIES
_BLANK, _FEED, _TAB = 32, 10, 9
_OPEN_BRACKET, _CLOSE_BRACKET = signed(0xFF08), signed(0xFF09)
_OL, _LI, _UL = tags.TAGS["ol"], tags.TAGS["li"], tags.TAGS["ul"]
_BARRIER = signed(tags.SCOPE | tags.ROOT)


@kernel
def end_line(
    soft: int,
    out: npt.NDArray[np.uint8],
    state: npt.NDArray[np.int64],
    stack: npt.NDArray[np.int64],
    blocks: npt.NDArray[np.int32],
) -> None:
    """End the open line; it becomes a block if it holds a character."""
    if state[CHARACTERS]:
        end = state[OUT]
        while out[end - 1] in (_BLANK, _FEED, _TAB):
            end -= 1
        row = blocks[state[NUM_BLOCKS]]
        row[TEXT_START] = state[START]
        row[TEXT_END] = end
        row[NODE] = stack[state[DEPTH] - 1, OPEN_NODE]
        row[CHARACTERS_IN] = state[CHARACTERS]
        row[LINK_CHARACTERS_IN] = state[LINK_CHARACTERS]
        row[HIRAGANA_IN] = state[HIRAGANA]
        row[JAPANESE_IN] = state[JAPANESE]
        row[STOPS_IN] = state[STOPS]
        row[COMMAS_IN] = state[COMMAS]
        row[LINKS_IN] = state[LINKS]
        row[IS_SOFT] = state[SOFT]
        row[IS_PRE] = state[IN_PRE] > 0
        state[NUM_BLOCKS] += 1
        state[START] = end
        state[SOFT] = soft
    elif not soft:
        state[SOFT] = 0
    if state[LAST] == 0:
        state[SPACE] = 0
        state[LINKS] = state[IN_LINK] > 0
        return
    state[OUT] = state[START]
    state[SPACE] = 0
    state[LAST] = 0
    state[CHARACTERS] = 0
    state[LINK_CHARACTERS] = 0
    state[HIRAGANA] = 0
    state[JAPANESE] = 0
    state[STOPS] = 0
    state[COMMAS] = 0
    state[LINKS] = state[IN_LINK] > 0


@kernel
def pop(
    out: npt.NDArray[np.uint8],
    state: npt.NDArray[np.int64],
    stack: npt.NDArray[np.int64],
    open_tags: npt.NDArray[np.int64],
    blocks: npt.NDArray[np.int32],
    keep_ruby: bool,
) -> None:
    """Close the innermost open element."""
    top = state[DEPTH] - 1
    tag = stack[top, OPEN_TAG]
    flags = stack[top, FLAGS]
    if _PROPERTIES[tag] & tags.BLOCK:
        end_line(signed(0), out, state, stack, blocks)
    if flags & IS_READING and keep_ruby and not state[SKIPPED]:
        state[OUT] = write(out, state[OUT], _CLOSE_BRACKET)
        state[LAST] = _CLOSE_BRACKET
        state[SPACE] = 0
    state[SKIPPED] -= (flags & IS_SKIPPED) > 0
    state[IN_LINK] -= (flags & IS_LINK) > 0
    state[IN_PRE] -= (flags & KEEPS_SPACE) > 0
    open_tags[tag] -= 1
    state[DEPTH] = top


@kernel
def push(
    tag: int,
    flags: int,
    marks: int,
    number: int,
    out: npt.NDArray[np.uint8],
    state: npt.NDArray[np.int64],
    stack: npt.NDArray[np.int64],
    open_tags: npt.NDArray[np.int64],
    nodes: npt.NDArray[np.int32],
    keep_ruby: bool,
) -> None:
    """Open an element; a block-level one becomes a node. The caller has ended the line and left room."""
    depth = state[DEPTH]
    parent = stack[depth - 1, OPEN_NODE]
    node = parent
    if _PROPERTIES[tag] & tags.BLOCK:
        node = state[NUM_NODES]
        state[NUM_NODES] += 1
        nodes[node, PARENT] = parent
        nodes[node, TAG] = tag
        nodes[node, NODE_MARKS] = marks
        nodes[node, ITEM] = nodes[parent, ITEM]
        nodes[node, ORDINAL] = -1
        if tag == _LI:
            nodes[node, ITEM] = node
            if stack[depth - 1, OPEN_TAG] == _OL:
                if number >= 0:
                    stack[depth - 1, COUNTER] = number
                nodes[node, ORDINAL] = stack[depth - 1, COUNTER]
                stack[depth - 1, COUNTER] += 1
    stack[depth, OPEN_TAG] = tag
    stack[depth, OPEN_NODE] = node
    stack[depth, FLAGS] = flags
    stack[depth, COUNTER] = number if number >= 0 else 1
    state[DEPTH] = depth + 1
    open_tags[tag] += 1
    state[SKIPPED] += (flags & IS_SKIPPED) > 0
    if flags & IS_LINK:
        state[IN_LINK] += 1
        state[LINKS] += 1
    if flags & KEEPS_SPACE:
        state[IN_PRE] += 1
        state[DROP_NEXT_FEED] = 1
    if flags & IS_READING and keep_ruby and not state[SKIPPED]:
        state[OUT] = write(out, state[OUT], _OPEN_BRACKET)
        state[LAST] = _OPEN_BRACKET
        state[SPACE] = 0


@kernel
def find_open(wanted: int, barrier: int, state: npt.NDArray[np.int64], stack: npt.NDArray[np.int64]) -> int:
    """Height of the innermost open element with a wanted property, or 0 where a barrier or nothing is met first."""
    for height in range(state[DEPTH] - 1, 0, -1):
        properties = _PROPERTIES[stack[height, OPEN_TAG]]
        if properties & wanted:
            return height
        if properties & barrier:
            return 0
    return 0


@kernel
def implied_end(
    tag: int, state: npt.NDArray[np.int64], stack: npt.NDArray[np.int64], open_tags: npt.NDArray[np.int64]
) -> int:
    """Height down to which a start tag closes what is open, or 0 where it closes nothing."""
    properties = _PROPERTIES[tag]
    height = 0
    if properties & tags.ITEM:
        if open_tags[tag]:
            height = find_open(tags.ITEM, _BARRIER | tags.LIST, state, stack)
    elif properties & tags.TERM:
        height = find_open(tags.TERM, _BARRIER | tags.DEFINITIONS, state, stack)
    elif properties & tags.CELL:
        height = find_open(tags.CELL, tags.TABLE | tags.ROOT, state, stack)
    elif properties & tags.ROW:
        height = find_open(tags.ROW, tags.TABLE | tags.ROOT, state, stack)
    elif properties & tags.ROW_GROUP:
        height = find_open(tags.ROW_GROUP, tags.TABLE | tags.ROOT, state, stack)
    elif properties & tags.HEADING:
        if _PROPERTIES[stack[state[DEPTH] - 1, OPEN_TAG]] & tags.HEADING:
            height = state[DEPTH] - 1
    elif properties & (tags.RUBY_TEXT | tags.RUBY_BASE):
        height = find_open(tags.RUBY_TEXT, tags.BLOCK | tags.RUBY, state, stack)
    if height == 0 and properties & tags.CLOSES_P and open_tags[_P]:
        height = find_open(tags.P, _BARRIER, state, stack)
    return height


_P = tags.TAGS["p"]
