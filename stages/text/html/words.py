"""How the text of a line is written: white space, Japanese characters, sentence marks, and what is counted."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html.entities import reference
from stages.text.html.tags import signed

# The scanner's state, one int64 each.
OUT = 0  # bytes of text written
START = 1  # where the open line's text begins
SPACE = 2  # white space seen since the last character: 0 none, 1 some, 2 with a line feed
LAST = 3  # last character written to the line, 0 at its start
CHARACTERS = 4  # characters of the line but white space
LINK_CHARACTERS = 5
HIRAGANA = 6
JAPANESE = 7
STOPS = 8  # 。！？ and their Western forms at a word's end
COMMAS = 9
LINKS = 10
IN_LINK = 11  # open links
IN_PRE = 12  # open preformatted elements
SKIPPED = 13  # open elements that are not shown
SOFT = 14  # the open line follows a <br>
DEPTH = 15
NUM_BLOCKS = 16
NUM_NODES = 17
NUM_RECORDS = 18
DROP_NEXT_FEED = 19  # right behind <pre>
NUM_STATES = 20

_FEED, _RETURN, _BLANK, _WIDE_BLANK = 10, 13, 32, 0x3000


@kernel
def is_japanese(character: int) -> bool:
    """Kana, kanji and full-width marks: characters between which a line feed of the source is no space."""
    if character < 0x2E80:
        return character in (0x2014, 0x2015, 0x2025, 0x2026)
    return (
        character < 0xA000
        or 0xF900 <= character < 0xFB00
        or 0xFE30 <= character < 0xFE50
        or 0xFF01 <= character < 0xFFA0
        or 0xFFE0 <= character < 0xFFE7
        or 0x20000 <= character < 0x40000
    )


@kernel
def write(out: npt.NDArray[np.uint8], at: int, character: int) -> int:
    """Write a character as UTF-8 and return the place behind it."""
    if character < 0x80:
        out[at] = character
        return at + 1
    if character < 0x800:
        out[at] = 0xC0 | character >> 6
        out[at + 1] = 0x80 | character & 0x3F
        return at + 2
    if character < 0x10000:
        out[at] = 0xE0 | character >> 12
        out[at + 1] = 0x80 | character >> 6 & 0x3F
        out[at + 2] = 0x80 | character & 0x3F
        return at + 3
    out[at] = 0xF0 | character >> 18
    out[at + 1] = 0x80 | character >> 12 & 0x3F
    out[at + 2] = 0x80 | character >> 6 & 0x3F
    out[at + 3] = 0x80 | character & 0x3F
    return at + 4


@kernel
def text_run(
    html: npt.NDArray[np.uint8],
    at: int,
    out: npt.NDArray[np.uint8],
    state: npt.NDArray[np.int64],
    hashes: npt.NDArray[np.int64],
    points: npt.NDArray[np.int64],
) -> int:
    """Read text from `at` up to the next tag into the open line, and return where that tag begins.

    The state is held in local variables meanwhile: the compiler cannot keep an array's items in registers.
    """
    end = len(html)
    if state[SKIPPED]:
        while at < end and not (html[at] == 60 and at + 1 < end and _opens_markup(html[at + 1])):
            at += 1
        return at
    in_pre, in_link = state[IN_PRE] > 0, state[IN_LINK] > 0
    place, space, last = state[OUT], state[SPACE], state[LAST]
    characters = hiragana = japanese = stops = commas = 0
    second = 0
    while at < end or second:
        size = 1
        if second:
            character = second
            second = 0
            size = 0
        else:
            byte = signed(html[at])
            character = byte
            if byte >= 0xE0 and at + 3 <= end and byte < 0xF0:
                size = 3
                character = (byte & 0x0F) << 12 | signed(html[at + 1] & 0x3F) << 6 | (html[at + 2] & 0x3F)
            elif byte >= 0x80:
                size = 2 if byte < 0xE0 else 4
                if at + size > end or (byte >= 0xE0 and size != 4):
                    at = end
                    break
                character = byte & (0xFF >> (size + 1))
                for j in range(at + 1, at + size):
                    character = character << 6 | (html[j] & 0x3F)
            elif byte == 60:
                if at + 1 < end and _opens_markup(html[at + 1]):
                    break
            elif byte == 38 and at + 1 < end and (html[at + 1] == 35 or 97 <= (html[at + 1] | 32) <= 122):
                character, second, size = reference(html, at, hashes, points)
                if size == 0:
                    character = 38
                    size = 1
        at += size
        if character <= _BLANK:
            if character == _RETURN and in_pre:
                character = 0 if at < end and html[at] == _FEED else _FEED
            if character != _BLANK and not 9 <= character <= 13:
                continue
            if not in_pre:
                space = max(space, 2 if character in (_FEED, _RETURN) else 1)
                continue
            if character == _FEED and state[DROP_NEXT_FEED]:
                state[DROP_NEXT_FEED] = 0
                continue
        state[DROP_NEXT_FEED] = 0
        if (
            space
            and last not in (0, _BLANK, _FEED)
            and not (space == 2 and is_japanese(last) and is_japanese(character))
        ):
            out[place] = _BLANK
            place += 1
        space = 0
        if character == 0xA0:
            character = _BLANK
        if character <= _BLANK and last == 0 and not in_pre:
            continue
        place = write(out, place, character)
        last = character
        if character <= _BLANK or character == _WIDE_BLANK:
            continue
        characters += 1
        if character >= 0x80:
            if is_japanese(character):
                japanese += 1
                if 0x3041 <= character <= 0x3096:
                    hiragana += 1
                elif character in (0x3002, 0xFF01, 0xFF1F, 0xFF0E, 0xFF61):
                    stops += 1
                elif character in (0x3001, 0xFF0C, 0xFF64):
                    commas += 1
        elif character in (33, 44, 46, 63) and (at >= end or html[at] <= 32 or html[at] == 60):
            commas += character == 44
            stops += character != 44
    state[OUT], state[SPACE], state[LAST] = place, space, last
    state[CHARACTERS] += characters
    state[LINK_CHARACTERS] += characters if in_link else 0
    state[HIRAGANA] += hiragana
    state[JAPANESE] += japanese
    state[STOPS] += stops
    state[COMMAS] += commas
    return at


@kernel
def _opens_markup(after: int) -> bool:
    """Whether a `<` before this byte begins a tag, a comment or a declaration."""
    return 97 <= (after | 32) <= 122 or after in (47, 33, 63)
