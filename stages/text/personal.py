"""Personal data in running text: where it stands, kind by kind, and what stands in its place."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, NamedTuple

from stages.text.account_numbers import bank_accounts, cards, my_numbers
from stages.text.electronic_addresses import emails, public_addresses
from stages.text.numbers import DIGITS, HYPHENS
from stages.text.phone import phones
from stages.text.postal_addresses import postal_addresses

# In order: where two kinds claim a character, the earlier one has it.
_FINDERS: Final[dict[str, Callable[[str, int, int], Iterator[tuple[int, int]]]]] = {
    "email": emails,
    "address": postal_addresses,
    "bank_account": bank_accounts,
    "phone": phones,
    "card": cards,
    "my_number": my_numbers,
    "ip_address": public_addresses,
}
KINDS: Final = tuple(_FINDERS)

TOKENS: Final = {
    "email": "<メールアドレス>",
    "address": "<住所>",
    "bank_account": "<口座番号>",
    "phone": "<電話番号>",
    "card": "<カード番号>",
    "my_number": "<個人番号>",
    "ip_address": "<IPアドレス>",
}
"""What each kind becomes where the text shall say what stood there."""

FAKES: Final = {
    "email": "user@example.com",
    "address": "〒000-0000",
    "bank_account": "0000000",
    "phone": "000-0000-0000",
    "card": "0000-0000-0000-0000",
    "my_number": "000000000000",
    "ip_address": "192.0.2.1",
}
"""What each kind becomes where the text shall keep its shape: values that are nobody's and are not found again."""

_D = f"[{DIGITS}]"
# Each begins with one class or letter, which is found fast: a text without candidates costs one scan.
_NUMBER_OR_AT = re.compile(
    f"[@＠{DIGITS}]"
    f"(?:(?<=[@＠])|(?:[{HYPHENS}.．・ \u3000()（）]{{0,3}}{_D}){{5,}}|{_D}{{0,2}}(?:[.．]{_D}{{1,3}}){{3}})"
)
_SPELT_AT = re.compile("[aA][tT][ ]?[\\])）】〕＞>}]")
_COLONS = re.compile(":[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]")
_BEFORE = 70  # characters: what may stand before the first digit or @ of a datum and belong to it
_AFTER = 260  # the same after them: the longest domain is the longest tail


class Span(NamedTuple):
    """A datum of one kind at `text[begin:end]`."""

    begin: int
    end: int
    kind: str


def find_personal(text: str, kinds: Collection[str] = KINDS) -> list[Span]:
    """Personal data of these kinds, in order, none overlapping another.

    >>> [(s.kind, s.begin) for s in find_personal("連絡は03-1234-5678かtaro@wabun.jpへ。2024-01-01")]
    [('phone', 3), ('email', 16)]
    """
    found: list[Span] = []
    for begin, end in _windows(text):
        spans: list[Span] = []
        claimed = bytearray(min(end, len(text)) - begin)
        for kind, finder in _FINDERS.items():
            if kind not in kinds:
                continue
            for first, last in finder(text, begin, end):
                if not any(claimed[first - begin : last - begin]):
                    claimed[first - begin : last - begin] = b"\x01" * (last - first)
                    spans.append(Span(first, last, kind))
        found += sorted(spans)
    return found


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of the text, apart from each other, outside of which there is no personal data."""
    candidates = [found.span() for found in _NUMBER_OR_AT.finditer(text)]
    if "at" in text or "AT" in text:
        candidates += [found.span() for found in _SPELT_AT.finditer(text)]
    if ":" in text:
        candidates += [found.span() for found in _COLONS.finditer(text)]
    begin = end = -1
    for first, last in sorted(candidates):
        if first - _BEFORE <= end:
            end = max(end, last + _AFTER)
            continue
        if end >= 0:
            yield begin, end
        begin, end = max(0, first - _BEFORE), last + _AFTER
    if end >= 0:
        yield begin, end


def mask_personal(text: str, spans: Collection[Span], replacements: Mapping[str, str] = TOKENS) -> str:
    """The text with each span replaced by what stands for its kind.

    >>> text = "電話 03-1234-5678"
    >>> mask_personal(text, find_personal(text)), mask_personal(text, find_personal(text), FAKES)
    ('電話 <電話番号>', '電話 000-0000-0000')
    """
    pieces = []
    at = 0
    for begin, end, kind in spans:
        pieces += [text[at:begin], replacements[kind]]
        at = end
    return "".join([*pieces, text[at:]]) if spans else text
