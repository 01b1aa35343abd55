"""Which charset a page has and what it declares: rightly, wrongly or not at all."""

from random import Random
from typing import NamedTuple

_CODECS = {
    "utf-8": "utf-8",
    "shift_jis": "shift_jis",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "gbk": "gbk",
    "big5": "big5",
    "euc-kr": "euc_kr",
    "windows-1252": "cp1252",
}
_SHARES: dict[str, tuple[tuple[str, float], ...]] = {
    "ja": (("utf-8", 0.68), ("shift_jis", 0.16), ("euc-jp", 0.10), ("iso-2022-jp", 0.06)),
    "zh-Hans": (("utf-8", 0.8), ("gbk", 0.2)),
    "zh-Hant": (("utf-8", 0.8), ("big5", 0.2)),
    "ko": (("utf-8", 0.8), ("euc-kr", 0.2)),
    "en": (("utf-8", 0.85), ("windows-1252", 0.15)),
}
_WRONG = {"utf-8": "shift_jis", "shift_jis": "utf-8", "euc-jp": "iso-8859-1", "gbk": "iso-8859-1", "big5": "utf-8"}
_SPELLINGS = {"shift_jis": ("Shift_JIS", "shift_jis", "x-sjis", "SHIFT_JIS"), "utf-8": ("UTF-8", "utf-8", "utf8")}


class Declared(NamedTuple):
    """The charset of a page's bytes beside what its header and its meta element say."""

    charset: str
    http: str | None
    meta: str | None

    def encode(self, page: str) -> bytes:
        """The page's bytes; a character outside the charset becomes a character reference."""
        return page.encode(_CODECS[self.charset], "xmlcharrefreplace")


def charsets(language: str, count: int) -> list[str]:
    """The charsets of this many pages of a language, each about as often as its share, spread evenly.

    >>> charsets("ja", 8)
    ['utf-8', 'utf-8', 'shift_jis', 'utf-8', 'euc-jp', 'utf-8', 'utf-8', 'iso-2022-jp']
    """
    given = dict.fromkeys((name for name, _ in _SHARES[language]), 0)
    order = []
    for number in range(1, count + 1):
        name = max(_SHARES[language], key=lambda item: item[1] * number - given[item[0]])[0]
        given[name] += 1
        order.append(name)
    return order


def declare(charset: str, random: Random) -> Declared:
    """A declaration: mostly right, in the header or the meta element or both; one in 8 absent, one in 16 wrong."""
    draw = random.random()
    spelled = random.choice(_SPELLINGS.get(charset, (charset, charset.upper())))
    if draw < 1 / 8:
        return Declared(charset, None, None)
    if draw < 3 / 16 and charset in _WRONG:
        wrong = _WRONG[charset]
        return Declared(charset, wrong, spelled) if random.random() < 0.5 else Declared(charset, None, wrong)
    if draw < 0.45:
        return Declared(charset, None, spelled)
    if draw < 0.55:
        return Declared(charset, spelled, None)
    return Declared(charset, spelled, spelled)
