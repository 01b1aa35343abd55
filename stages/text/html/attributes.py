"""One pass over a tag's attributes: where the tag ends and what its attributes say of the element."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html.hints import (
    ARTICLE_TAG,
    ASIDE_TAG,
    DIALOG,
    FOOTER_TAG,
    FORM,
    HEADER_TAG,
    MAIN_TAG,
    NAVIGATION_TAG,
    hinted,
)
from stages.text.html.tags import key, signed

# Where `attributes` writes its findings.
END = 0  # first byte after the tag
MARKS = 1  # of class, id and role
HIDDEN = 2  # 1 where the element is not shown
LINK = 3  # 1 where there is an href
NUMBER = 4  # value= or start= of a list item or list, else -1
TYPE = 5  # 1 where type= is application/ld+json
LICENCE = 6  # 1 where href leads to creativecommons.org or rel is license
OPEN = 7  # 1 where there is an open attribute
NUM_FINDINGS = 8

_CLASS, _ID, _ROLE = key("class"), key("id"), key("role")
_HIDDEN, _STYLE, _HREF, _REL = key("hidden"), key("style"), key("href"), key("rel")
_TYPE, _START, _VALUE, _OPEN = key("type"), key("start"), key("value"), key("open")
_ITEMPROP = key("itemprop")
_LONGEST = 12


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


_DISPLAY_NONE, _VISIBILITY_HIDDEN = _bytes("display:none"), _bytes("visibility:hidden")
_UNTIL_FOUND, _LD_JSON, _LICENSE = _bytes("until-found"), _bytes("application/ld+json"), _bytes("license")
_CREATIVE_COMMONS, _ARTICLE_BODY = _bytes("creativecommons.org/"), _bytes("articlebody")
_NAVIGATION, _MAIN, _ARTICLE, _BANNER = _bytes("navigation"), _bytes("main"), _bytes("article"), _bytes("banner")
_CONTENT_INFO, _COMPLEMENTARY, _SEARCH = _bytes("contentinfo"), _bytes("complementary"), _bytes("search")
_DIALOG, _MENU = _bytes("dialog"), _bytes("menu")


@kernel
def contains(html: npt.NDArray[np.uint8], start: int, end: int, word: npt.NDArray[np.uint8]) -> bool:
    """Whether the word (small ASCII letters) occurs in `html[start:end]`, white space and case apart.

    `word` must not begin anew inside itself; then one comparison per byte is enough.
    """
    matched = 0
    for i in range(start, end):
        byte = html[i]
        if byte <= 32:
            continue
        if 65 <= byte <= 90:
            byte |= 32
        if byte == word[matched]:
            matched += 1
            if matched == len(word):
                return True
        else:
            matched = 1 if byte == word[0] else 0
    return False


@kernel
def _role(html: npt.NDArray[np.uint8], start: int, end: int) -> int:
    """The marks of a role attribute."""
    if contains(html, start, end, _NAVIGATION) or contains(html, start, end, _MENU):
        return NAVIGATION_TAG
    if contains(html, start, end, _MAIN):
        return MAIN_TAG
    if contains(html, start, end, _ARTICLE):
        return ARTICLE_TAG
    if contains(html, start, end, _BANNER):
        return HEADER_TAG
    if contains(html, start, end, _CONTENT_INFO):
        return FOOTER_TAG
    if contains(html, start, end, _COMPLEMENTARY):
        return ASIDE_TAG
    if contains(html, start, end, _SEARCH):
        return FORM
    if contains(html, start, end, _DIALOG):
        return DIALOG
    return 0


@kernel
def attributes(
    html: npt.NDArray[np.uint8],
    at: int,
    states: npt.NDArray[np.int16],
    marks: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64],
) -> bool:
    """Read the attributes from `at`, behind the tag's name, into `found`; False where the page ends inside the tag."""
    for i in range(NUM_FINDINGS):
        found[i] = 0
    found[NUMBER] = -1
    end = len(html)
    i = at
    while True:
        while i < end and (html[i] <= 32 or html[i] == 47):
            i += 1
        if i >= end:
            found[END] = end
            return False
        if html[i] == 62:
            found[END] = i + 1
            return True
        name = signed(0)
        known = True
        first = i
        while i < end:
            byte = signed(html[i])
            if byte <= 32 or byte == 47 or byte == 62 or (byte == 61 and i > first):
                break
            lower = byte | 32
            known = known and i - first < _LONGEST and (97 <= lower <= 122 or byte == 45)
            if known:
                name = name * 38 + (37 if byte == 45 else lower - 96)
            i += 1
        if not known:
            name = 0
        while i < end and html[i] <= 32:
            i += 1
        start = stop = i
        if i < end and html[i] == 61:
            i += 1
            while i < end and html[i] <= 32:
                i += 1
            if i < end and (html[i] == 34 or html[i] == 39):
                quote = html[i]
                i += 1
                start = i
                while i < end and html[i] != quote:
                    i += 1
                stop = i
                i += 1
            else:
                start = i
                while i < end and html[i] > 32 and html[i] != 62:
                    i += 1
                stop = i
        if name in (_CLASS, _ID):
            found[MARKS] |= hinted(html, start, stop, states, marks)
        elif name == _HREF:
            found[LINK] = 1
            if contains(html, start, min(stop, start + 40), _CREATIVE_COMMONS):
                found[LICENCE] = 1
        elif name == _STYLE:
            if contains(html, start, stop, _DISPLAY_NONE) or contains(html, start, stop, _VISIBILITY_HIDDEN):
                found[HIDDEN] = 1
        elif name == _HIDDEN:
            if not contains(html, start, stop, _UNTIL_FOUND):
                found[HIDDEN] = 1
        elif name == _ROLE:
            found[MARKS] |= _role(html, start, stop)
        elif name == _REL:
            if contains(html, start, stop, _LICENSE):
                found[LICENCE] = 1
        elif name == _TYPE:
            if contains(html, start, stop, _LD_JSON):
                found[TYPE] = 1
        elif name == _ITEMPROP:
            if contains(html, start, stop, _ARTICLE_BODY):
                found[MARKS] |= ARTICLE_TAG
        elif name == _OPEN:
            found[OPEN] = 1
        elif name in (_START, _VALUE):
            number = signed(0)
            digits = start < stop
            for j in range(start, stop):
                digits = digits and 48 <= html[j] <= 57 and j - start < 6
                number = number * 10 + html[j] - 48 if digits else 0
            if digits:
                found[NUMBER] = number
