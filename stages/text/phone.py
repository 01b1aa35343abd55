"""Japanese telephone numbers in every form in which they are written."""

import re
from collections.abc import Iterator

from stages.text.numbers import DIGITS, HYPHENS, LETTERS, digits_of, is_named_otherwise

_D = f"[{DIGITS}]"
_ZERO = "[0０]"
_GAP = "[ \u3000]?"
_JOIN = f"(?:{_GAP}[{HYPHENS}.．・ \u3000]{_GAP})"
_BEFORE = (
    f"(?:(?<![{DIGITS}{LETTERS}_])|(?<=TEL)|(?<=FAX)|(?<=Tel)|(?<=Fax)|(?<=tel)|(?<=fax)|(?<=ＴＥＬ)|(?<=ＦＡＸ))"
    f"(?<![{DIGITS}][{HYPHENS}.．,，/_])(?:(?<![A-Z_][{HYPHENS}_])|(?<=TEL[{HYPHENS}])|(?<=FAX[{HYPHENS}]))"
)
_AFTER = f"(?!(?!TEL|FAX|Tel|Fax|tel|fax|ＴＥＬ|ＦＡＸ)[{DIGITS}{LETTERS}_])(?!{_GAP}[{HYPHENS}.．]{_D})(?![,，]{_D})"

_PHONE = re.compile(
    f"{_BEFORE}(?:"
    f"(?P<international>(?:[(（][+＋][8８][1１][)）]|[+＋]{_GAP}[8８][1１])"
    f"(?:[{HYPHENS}.． \u3000()（）]{{0,3}}{_D}){{9,11}})"
    f"|(?P<open>[(（]{_GAP})?(?P<area>{_ZERO}{_D}{{1,4}}){_GAP}(?(open)[)）]{_JOIN}?|(?:{_JOIN}|[(（])){_GAP}"
    f"(?P<exchange>{_D}{{1,4}}){_GAP}(?:[)）]{_JOIN}?|{_JOIN})(?P<line>{_D}{{3,4}})"
    f"|(?P<paren>[(（])?(?P<prefix>{_ZERO}{_D}{{1,3}})(?(paren)[)）]{_JOIN}?|{_JOIN})(?P<rest>{_D}{{6,8}})"
    f"|(?P<bare>{_ZERO}{_D}{{9,10}})"
    f"){_AFTER}"
)

# Lengths of the groups by the first (numbering plan of the Ministry of Internal Affairs and Communications).
_GROUPS = (
    (re.compile("0[5-9]0"), {(3, 4, 4)}),  # mobile and IP telephony
    (re.compile("0120|0570|0990|0180|0170"), {(4, 3, 3), (4, 2, 4)}),
    (re.compile("0800"), {(4, 3, 4)}),
    (re.compile("0[346]"), {(2, 4, 4)}),
    (re.compile("0[1-9][1-9]"), {(3, 3, 4)}),
    (re.compile("0[1-9][0-9]{2}"), {(4, 2, 4)}),
    (re.compile("0[1-9][0-9]{3}"), {(5, 1, 4)}),
)
_BARE = re.compile("0[5-9]0[0-9]{8}|0120[0-9]{6}|0800[0-9]{7}")
_NAMED = re.compile(
    "(?:電話|でんわ|ＴＥＬ|ＦＡＸ|TEL|FAX|PHONE|MOBILE"
    "|ファックス|ファクス|携帯|ケータイ|スマホ|連絡先|ダイヤル|ダイアル|コール|[☎☏℡📞📱📠])"
    f"[^{DIGITS}\n]{{0,8}}$",
    re.IGNORECASE,
)


def phones(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand in `text[begin:end]`.

    Digits without any hyphen are taken for one where they begin as a mobile or free number does, or where the text
    calls them one; a number that the text calls an order, a part or a book is left alone.

    >>> text = "（03）1234-5678、０３−１２３４−５６７８、+81 90 1234 5678"
    >>> [text[b:e] for b, e in phones(text, 0, 99)]
    ['（03）1234-5678', '０３−１２３４−５６７８', '+81 90 1234 5678']
    >>> [*phones("注文 4901234567894、2024-01-01、型番 03-1234-5678", 0, 99)]
    []
    """
    for found in _PHONE.finditer(text, begin, end):
        if _is_phone(found) and not is_named_otherwise(text, found.start()):
            yield found.span()


def _is_phone(found: re.Match[str]) -> bool:
    """Whether the groups are those of a number in the numbering plan."""
    if found["international"]:
        number = digits_of(found["international"])[2:].removeprefix("0")
        return len(number) == (10 if number[:2] in {"50", "60", "70", "80", "90"} else 9) and number[0] != "0"
    if found["area"]:
        area = digits_of(found["area"])
        groups = (len(area), len(found["exchange"]), len(found["line"]))
        return any(plan.fullmatch(area) and groups in allowed for plan, allowed in _GROUPS)
    if found["prefix"]:
        prefix = digits_of(found["prefix"])
        total = len(prefix) + len(found["rest"])
        return any(plan.fullmatch(prefix) and total in map(sum, allowed) for plan, allowed in _GROUPS)
    number = digits_of(found["bare"])
    if _BARE.fullmatch(number):
        return True
    named = _NAMED.search(found.string[max(0, found.start() - 20) : found.start()])
    return named is not None and len(number) == 10 and number[1] != "0"
