"""HTML's tag names as small integers with the properties that the scanner asks for."""

from typing import Any

import numpy as np

# The kernels' integer: a byte must be widened before arithmetic, and mypy takes no numpy integer for an int.
signed: Any = np.int64  # also of a constant that a kernel is given: numba compiles a kernel anew for each bare one

# Properties of a tag, as bits.
BLOCK = 1 << 0  # starts and ends a line of text
VOID = 1 << 1  # has no content
RAW = 1 << 2  # its content is not markup
SKIP = 1 << 3  # its content is not shown as text
RUBY_TEXT = 1 << 4
RUBY_BASE = 1 << 6
CLOSES_P = 1 << 5  # its start tag ends an open paragraph
# Groups that implied end tags ask for.
P = 1 << 8
ITEM = 1 << 9
TERM = 1 << 10
ROW = 1 << 11
CELL = 1 << 12
ROW_GROUP = 1 << 13
HEADING = 1 << 14
ANCHOR = 1 << 15
LIST = 1 << 16
DEFINITIONS = 1 << 17
TABLE = 1 << 18
SCOPE = 1 << 19  # an end tag does not reach over it
ROOT = 1 << 20
RUBY = 1 << 21
PRE = 1 << 22
BUTTON = 1 << 23

_PROPERTIES: dict[str, int] = {
    "": 0,
    "html": BLOCK | ROOT,
    "body": BLOCK | ROOT,
    "head": BLOCK | SKIP | ROOT,
    "title": RAW,
    "script": RAW,
    "style": RAW,
    "noscript": RAW,
    "iframe": RAW,
    "noembed": RAW,
    "textarea": RAW,
    "template": BLOCK | SKIP | SCOPE,
    "svg": SKIP,
    "audio": SKIP,
    "video": SKIP,
    "canvas": SKIP,
    "select": SKIP,
    "datalist": SKIP,
    "annotation": SKIP,
    "dialog": BLOCK | CLOSES_P,
    "rt": RUBY_TEXT,
    "rp": RUBY_TEXT | SKIP,
    "rtc": RUBY_TEXT,
    "rb": RUBY_BASE,
    "ruby": RUBY,
    "a": ANCHOR,
    "p": BLOCK | P | CLOSES_P,
    "pre": BLOCK | CLOSES_P | PRE,
    "listing": BLOCK | CLOSES_P | PRE,
    "xmp": BLOCK | CLOSES_P | PRE,
    "plaintext": BLOCK | CLOSES_P | PRE,
    "li": BLOCK | CLOSES_P | ITEM,
    "ul": BLOCK | CLOSES_P | LIST,
    "ol": BLOCK | CLOSES_P | LIST,
    "menu": BLOCK | CLOSES_P | LIST,
    "dir": BLOCK | CLOSES_P | LIST,
    "dl": BLOCK | CLOSES_P | DEFINITIONS,
    "dt": BLOCK | CLOSES_P | TERM,
    "dd": BLOCK | CLOSES_P | TERM,
    "table": BLOCK | CLOSES_P | TABLE | SCOPE,
    "caption": BLOCK | ROW_GROUP | SCOPE,
    "tbody": BLOCK | ROW_GROUP,
    "thead": BLOCK | ROW_GROUP,
    "tfoot": BLOCK | ROW_GROUP,
    "tr": BLOCK | ROW,
    "td": BLOCK | CELL | SCOPE,
    "th": BLOCK | CELL | SCOPE,
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), BLOCK | CLOSES_P | HEADING),
    "button": BLOCK | BUTTON | SCOPE,
    "object": SCOPE,
    "marquee": BLOCK | SCOPE,
    "label": BLOCK,
    "hr": BLOCK | VOID | CLOSES_P,
    **dict.fromkeys(("br", "img", "input", "meta", "link", "base", "area", "col", "embed", "wbr"), VOID),
    **dict.fromkeys(("source", "track", "param", "frame", "keygen"), VOID),
    **dict.fromkeys(("article", "section", "nav", "aside", "header", "footer", "main", "search"), BLOCK | CLOSES_P),
    **dict.fromkeys(("address", "blockquote", "center", "details", "summary", "div", "fieldset"), BLOCK | CLOSES_P),
    **dict.fromkeys(("figure", "figcaption", "hgroup", "form", "legend"), BLOCK | CLOSES_P),
    **dict.fromkeys(("frameset", "noframes"), BLOCK),
    **dict.fromkeys(("time", "span", "b", "i", "em", "strong", "font", "code", "u", "s", "small"), 0),
}

NAMES = tuple(_PROPERTIES)
TAGS = {name: number for number, name in enumerate(NAMES)}
PROPERTIES = np.array(list(_PROPERTIES.values()), np.int64)
NUM_TAGS = len(NAMES)

_LONGEST = 12  # 38 ** 12 is the largest power below 2 ** 63


def key(name: str) -> int:
    """A name of at most 12 letters, digits and hyphens as one integer; the kernels make the same from bytes.

    >>> key("a"), key("figcaption") == key("blockquote")
    (1, False)
    """
    packed = 0
    for character in name:
        packed = packed * 38 + " abcdefghijklmnopqrstuvwxyz0123456789-".index(character)
    return packed if len(name) <= _LONGEST else -1


def _slots() -> tuple[np.ndarray, np.ndarray]:
    """A table without collisions, `tag = numbers[key % len(keys)]` where the key agrees; 0 is any other tag."""
    packed = [key(name) for name in NAMES[1:]]
    size = next(size for size in range(len(packed), 1 << 16) if len({k % size for k in packed}) == len(packed))
    keys, numbers = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for number, k in enumerate(packed, 1):
        keys[k % size], numbers[k % size] = k, number
    return keys, numbers


KEYS, NUMBERS = _slots()
