"""The one pass over a page: from bytes to lines of text and the block-level elements that hold them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html import tags
from stages.text.html.attributes import END, HIDDEN, LICENCE, LINK, MARKS, NUM_FINDINGS, NUMBER, OPEN, TYPE, attributes
from stages.text.html.elements import (
    FLAGS,
    IS_LINK,
    IS_READING,
    IS_SKIPPED,
    ITEM,
    KEEPS_SPACE,
    NUM_BLOCK_COLUMNS,
    NUM_NODE_COLUMNS,
    NUM_STACK_COLUMNS,
    OPEN_NODE,
    OPEN_TAG,
    ORDINAL,
    end_line,
    find_open,
    implied_end,
    pop,
    push,
)
from stages.text.html.entities import ENTITY_HASHES, ENTITY_POINTS
from stages.text.html.hints import HINT_MARKS, HINT_STATES, UNSEEN
from stages.text.html.tags import signed
from stages.text.html.words import (
    DEPTH,
    IN_LINK,
    NUM_BLOCKS,
    NUM_NODES,
    NUM_RECORDS,
    NUM_STATES,
    SKIPPED,
    START,
    text_run,
)

# Columns of a record, a place that metadata is read from: int64, shape (num_records, 3).
KIND, RECORD_START, RECORD_END = 0, 1, 2
MAX_RECORDS = 1024

_PROPERTIES = tags.PROPERTIES
_KEYS, _NUMBERS = tags.KEYS, tags.NUMBERS
_T = tags.TAGS
HTML, META, LINK_TAG, TIME, TITLE, SCRIPT = (
    _T["html"], _T["meta"], _T["link"], _T["time"], _T["title"], _T["script"],
)  # fmt: skip
ANCHOR = _T["a"]
_BODY, _HEAD, _BR, _P, _DIALOG, _RP = _T["body"], _T["head"], _T["br"], _T["p"], _T["dialog"], _T["rp"]
_BARRIER = signed(tags.SCOPE | tags.ROOT)


class Scan(NamedTuple):
    """What one pass found: the text of all lines end to end, and the arrays of `elements` and of this module."""

    text: npt.NDArray[np.uint8]
    blocks: npt.NDArray[np.int32]
    nodes: npt.NDArray[np.int32]
    records: npt.NDArray[np.int64]
    too_deep: bool


def scan(html: bytes, *, keep_ruby: bool = False, max_depth: int = 512) -> Scan:
    """Lines of text, elements and metadata places of a page in one pass; time and memory grow with its bytes alone."""
    source = np.frombuffer(html, np.uint8)
    # A line takes four bytes at least, x<p>, and an element three; both take a "<".
    most = html.count(b"<") + 2
    # A reference such as &nGt; is longer in UTF-8 than in HTML, and so are a reading's brackets than its tag.
    out = np.empty(2 * len(source) + 16, np.uint8)
    blocks = np.empty((min(most, len(html) // 4 + 2), NUM_BLOCK_COLUMNS), np.int32)
    nodes = np.empty((min(most, len(html) // 3 + 2), NUM_NODE_COLUMNS), np.int32)
    records = np.empty((MAX_RECORDS, 3), np.int64)
    stack = np.zeros((max_depth + 2, NUM_STACK_COLUMNS), np.int64)
    state = np.zeros(NUM_STATES, np.int64)
    open_tags, found = np.zeros(tags.NUM_TAGS, np.int64), np.zeros(NUM_FINDINGS, np.int64)
    tables = (HINT_STATES, HINT_MARKS, ENTITY_HASHES, ENTITY_POINTS)
    too_deep = _scan(source, out, blocks, nodes, records, stack, state, open_tags, found, *tables, keep_ruby)
    blocks, nodes = blocks[: state[NUM_BLOCKS]], nodes[: state[NUM_NODES]]
    return Scan(out[: state[START]], blocks, nodes, records[: state[NUM_RECORDS]], bool(too_deep))


@kernel
def _tag_at(html: npt.NDArray[np.uint8], at: int) -> tuple[int, int]:
    """The tag whose name begins at `at`, 0 if it is none of ours, and where the name ends."""
    end = len(html)
    packed = signed(0)
    i = at
    while i < end:
        byte = signed(html[i])
        if byte <= 32 or byte == 47 or byte == 62:
            break
        lower = byte | 32
        if packed < 0 or i - at >= 12:
            packed = -1
        elif 97 <= lower <= 122:
            packed = packed * 38 + lower - 96
        elif 48 <= byte <= 57:
            packed = packed * 38 + byte - 21
        else:
            packed = -1
        i += 1
    if packed > 0:
        slot = packed % len(_KEYS)
        if _KEYS[slot] == packed:
            return _NUMBERS[slot], i
    return 0, i


@kernel
def _raw_end(html: npt.NDArray[np.uint8], at: int, tag: int) -> int:
    """Where the end tag of a raw element begins, or the page's end."""
    end = len(html)
    while at + 2 < end:
        if html[at] == 60 and html[at + 1] == 47:
            found, _ = _tag_at(html, at + 2)
            if found == tag:
                return at
        at += 1
    return end


@kernel
def _declaration_end(html: npt.NDArray[np.uint8], at: int) -> int:
    """First byte behind the comment, doctype or bogus comment whose `<` is at `at`."""
    end = len(html)
    i = at + 2
    if html[at + 1] == 33 and i + 1 < end and html[i] == 45 and html[i + 1] == 45:
        i += 2
        if i < end and html[i] == 62:
            return i + 1
        if i + 1 < end and html[i] == 45 and html[i + 1] == 62:
            return i + 2
        while i + 2 < end:
            if html[i] == 45 and html[i + 1] == 45:
                if html[i + 2] == 62:
                    return i + 3
                if html[i + 2] == 33 and i + 3 < end and html[i + 3] == 62:
                    return i + 4
            i += 1
        return end
    while i < end and html[i] != 62:
        i += 1
    return i + 1


@kernel
def _record(kind: int, start: int, end: int, records: npt.NDArray[np.int64], state: npt.NDArray[np.int64]) -> None:
    if state[NUM_RECORDS] < len(records):
        row = records[state[NUM_RECORDS]]
        row[KIND], row[RECORD_START], row[RECORD_END] = kind, start, end
        state[NUM_RECORDS] += 1


@kernel
def _end_tag(
    tag: int,
    out: npt.NDArray[np.uint8],
    state: npt.NDArray[np.int64],
    stack: npt.NDArray[np.int64],
    open_tags: npt.NDArray[np.int64],
    blocks: npt.NDArray[np.int32],
    keep_ruby: bool,
) -> None:
    """Close the element that an end tag means, with what is open inside it."""
    properties = _PROPERTIES[tag]
    if tag == _BR or (tag == _P and open_tags[_P] == 0):
        end_line(signed(tag == _BR), out, state, stack, blocks)
        return
    height = 0
    if properties & tags.HEADING:
        height = find_open(tags.HEADING, _BARRIER, state, stack)
    elif open_tags[tag]:
        barrier = tags.BLOCK | tags.ROOT
        if properties & (tags.CELL | tags.ROW | tags.ROW_GROUP | tags.TABLE):
            barrier = tags.ROOT if properties & tags.TABLE else tags.TABLE | tags.ROOT
        elif properties & tags.ITEM:
            barrier = _BARRIER | tags.LIST
        elif properties & (tags.BLOCK | tags.SKIP):
            barrier = tags.SCOPE
        reach = state[DEPTH] - 1
        while reach > 0:
            if stack[reach, OPEN_TAG] == tag:
                height = reach
                break
            if _PROPERTIES[stack[reach, OPEN_TAG]] & barrier:
                if properties & tags.ANCHOR:
                    _cut_link(state, stack)
                break
            reach -= 1
    if height:
        while state[DEPTH] > height:
            pop(out, state, stack, open_tags, blocks, keep_ruby)


@kernel
def _cut_link(state: npt.NDArray[np.int64], stack: npt.NDArray[np.int64]) -> None:
    """End the innermost open link where it stands, though blocks are open inside it."""
    height = find_open(tags.ANCHOR, tags.ROOT, state, stack)
    if height and stack[height, FLAGS] & IS_LINK:
        stack[height, FLAGS] &= ~IS_LINK
        state[IN_LINK] -= 1


@kernel
def _scan(
    html: npt.NDArray[np.uint8],
    out: npt.NDArray[np.uint8],
    blocks: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.int32],
    records: npt.NDArray[np.int64],
    stack: npt.NDArray[np.int64],
    state: npt.NDArray[np.int64],
    open_tags: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64],
    hint_states: npt.NDArray[np.int16],
    hint_marks: npt.NDArray[np.int64],
    entity_hashes: npt.NDArray[np.int64],
    entity_points: npt.NDArray[np.int64],
    keep_ruby: bool,
) -> bool:
    """Fill the arrays; True where elements nest deeper than the stack holds."""
    for column in range(NUM_NODE_COLUMNS):
        nodes[0, column] = 0
    nodes[0, ITEM] = -1
    nodes[0, ORDINAL] = -1
    stack[0, OPEN_TAG] = HTML
    stack[0, OPEN_NODE] = 0
    state[DEPTH] = 1
    state[NUM_NODES] = 1
    end = len(html)
    at: int = signed(0)
    while at < end:
        at = text_run(html, at, out, state, entity_hashes, entity_points)
        if at >= end:
            break
        after = html[at + 1]
        if after == 33 or after == 63:
            at = _declaration_end(html, at)
            continue
        if after == 47:
            if at + 2 < end and 97 <= (html[at + 2] | 32) <= 122:
                tag, name_end = _tag_at(html, at + 2)
                if not attributes(html, name_end, hint_states, hint_marks, found):
                    break
                at = found[END]
                if tag == _HEAD or not _PROPERTIES[tag] & tags.ROOT:
                    _end_tag(tag, out, state, stack, open_tags, blocks, keep_ruby)
            else:
                at = at + 3 if at + 2 < end and html[at + 2] == 62 else _declaration_end(html, at)
            continue

        tag, name_end = _tag_at(html, at + 1)
        if not attributes(html, name_end, hint_states, hint_marks, found):
            break
        at = found[END]
        properties = _PROPERTIES[tag]
        if tag in (META, LINK_TAG, TIME, HTML) or found[LICENCE]:
            _record(tag, name_end, at, records, state)
        if properties & tags.RAW:
            raw_end = _raw_end(html, at, tag)
            if (tag == TITLE and state[SKIPPED] == (open_tags[_HEAD] > 0)) or (tag == SCRIPT and found[TYPE]):
                _record(tag, at, raw_end, records, state)
            at = raw_end
            continue
        if tag == _BR:
            if not state[SKIPPED]:
                end_line(signed(1), out, state, stack, blocks)
            continue
        if properties & tags.ROOT:
            if tag != _HEAD:
                while open_tags[_HEAD]:
                    pop(out, state, stack, open_tags, blocks, keep_ruby)
                continue
            if open_tags[_HEAD] or state[NUM_NODES] > 1:
                continue
        elif open_tags[_HEAD] and properties & tags.BLOCK and tag != _T_TEMPLATE:
            while open_tags[_HEAD]:
                pop(out, state, stack, open_tags, blocks, keep_ruby)
        height = implied_end(tag, state, stack, open_tags)
        if properties & tags.ANCHOR and open_tags[tag]:
            height = find_open(tags.ANCHOR, tags.BLOCK, state, stack)
            if height == 0:
                _cut_link(state, stack)
        if height:
            while state[DEPTH] > height:
                pop(out, state, stack, open_tags, blocks, keep_ruby)
        block = properties & tags.BLOCK
        if block:
            end_line(signed(0), out, state, stack, blocks)
        if properties & tags.VOID:
            continue
        flags = 0
        unseen = not block and found[MARKS] & UNSEEN
        if properties & tags.SKIP or found[HIDDEN] or (tag == _DIALOG and not found[OPEN]) or unseen:
            flags |= IS_SKIPPED
        if properties & tags.ANCHOR and found[LINK]:
            flags |= IS_LINK
        if properties & tags.PRE:
            flags |= KEEPS_SPACE
        if properties & tags.RUBY_TEXT and not flags & IS_SKIPPED:
            flags |= IS_READING if keep_ruby else IS_SKIPPED
        if not (block or flags or open_tags[tag] or properties & tags.RUBY):
            continue
        if state[DEPTH] >= len(stack) - 1:
            if not block:
                continue
            return True
        push(tag, flags, found[MARKS], found[NUMBER], out, state, stack, open_tags, nodes, keep_ruby)
    while state[DEPTH] > 1:
        pop(out, state, stack, open_tags, blocks, keep_ruby)
    end_line(signed(0), out, state, stack, blocks)
    return False


_T_TEMPLATE = _T["template"]
