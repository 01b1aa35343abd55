"""The text of a page from the lines that are kept: list markers, table rows, one line each."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html import tags
from stages.text.html.elements import ITEM, NODE, ORDINAL, PARENT, TAG, TEXT_END, TEXT_START
from stages.text.html.scan import Scan
from stages.text.html.tags import signed
from stages.text.html.words import write

_FEED, _TAB, _DOT, _BLANK, _BULLET = 10, 9, 46, 32, signed(0x30FB)
_CELL = tags.CELL
_PROPERTIES = tags.PROPERTIES
_LONGEST_MARKER = 12  # bytes: a number below a million, a dot and a space

# First characters that are already a marker: no second one is put before them.
_MARKERS = np.array([ord(c) for c in "・･•‣◦●○◎■□◆◇▼▽▲△▶►▪▫★☆※*-–—→⇒➡✓✔"], np.int64)


@kernel
def _first(text: npt.NDArray[np.uint8], at: int) -> int:
    """The character at `at`."""
    byte: int = signed(text[at])
    if byte < 0x80:
        return byte
    size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
    character: int = byte & (0xFF >> (size + 1))
    for j in range(at + 1, at + size):
        character = character << 6 | (text[j] & 0x3F)
    return character


def assemble(found: Scan, plain: npt.NDArray[np.bool_], kept: npt.NDArray[np.bool_]) -> str:
    """The kept lines, divided by line feeds, the cells of plain table rows by tabs.

    `plain` says which nodes are such rows (see `tables`), `kept` which blocks are main text.
    """
    out = np.empty(len(found.text) + len(found.blocks) * (_LONGEST_MARKER + 1), np.uint8)
    marked = np.zeros(len(found.nodes), np.bool_)
    size = _assemble(found.text, found.blocks, found.nodes, plain, kept, marked, out)
    return out[:size].tobytes().decode("utf-8", "replace")


@kernel
def _assemble(
    text: npt.NDArray[np.uint8],
    blocks: npt.NDArray[np.int32],
    nodes: npt.NDArray[np.int32],
    plain: npt.NDArray[np.bool_],
    kept: npt.NDArray[np.bool_],
    marked: npt.NDArray[np.bool_],
    out: npt.NDArray[np.uint8],
) -> int:
    """Write the text as UTF-8 to `out` and return its size; `marked` are the list items that have their marker."""
    at: int = signed(0)
    row_before = -1
    for i in range(len(blocks)):
        if not kept[i]:
            continue
        node = blocks[i, NODE]
        start, end = blocks[i, TEXT_START], blocks[i, TEXT_END]
        row = nodes[node, PARENT]
        row = row if plain[row] and _PROPERTIES[nodes[node, TAG]] & _CELL else -1
        if at:
            out[at] = _TAB if row >= 0 and row == row_before else _FEED
            at += 1
        row_before = row
        item = nodes[node, ITEM]
        if item >= 0 and not marked[item]:
            marked[item] = True
            number = nodes[item, ORDINAL]
            if number < 0:
                first = _first(text, start)
                own = False
                for marker in _MARKERS:
                    own |= first == marker
                if not own:
                    at = write(out, at, _BULLET)
            else:
                size = 1
                while number >= 10**size:
                    size += 1
                for digit in range(size):
                    out[at + size - 1 - digit] = 48 + number // 10**digit % 10
                out[at + size] = _DOT
                out[at + size + 1] = _BLANK
                at += size + 2
        for j in range(start, end):
            out[at + j - start] = text[j]
        at += end - start
    return at
