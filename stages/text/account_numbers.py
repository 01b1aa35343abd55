"""My Number, payment cards and bank accounts: numbers that a check digit or a name gives away."""

import re
from collections.abc import Iterator

from stages.text.numbers import DIGITS, HYPHENS, LETTERS, digits_of, is_named_otherwise

_D = f"[{DIGITS}]"
_JOIN = f"[{HYPHENS} \u3000]?"
_BEFORE = f"(?<![{DIGITS}{LETTERS}_])(?<![{DIGITS}][{HYPHENS}.．,，/ \u3000])(?<![{LETTERS}][\\-_])"
_AFTER = f"(?![{DIGITS}{LETTERS}_])(?![{HYPHENS}.．,，/ \u3000]{_D})"

_MY_NUMBER = re.compile(f"{_BEFORE}{_D}{{4}}(?P<join>{_JOIN}){_D}{{4}}(?P=join){_D}{{4}}{_AFTER}")
_CARD = re.compile(
    f"{_BEFORE}(?:{_D}{{4}}(?P<a>{_JOIN}){_D}{{4}}(?P=a){_D}{{4}}(?P=a){_D}{{4}}"
    f"|{_D}{{4}}(?P<b>{_JOIN}){_D}{{6}}(?P=b){_D}{{4,5}}){_AFTER}"
)
_ISSUERS = re.compile(
    "4[0-9]{15}|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    "|3[47][0-9]{13}|35(?:2[89]|[3-8][0-9])[0-9]{12}|3(?:0[0-5]|[68][0-9])[0-9]{11}|6(?:011|5[0-9]{2})[0-9]{12}"
)


def is_my_number(digits: str) -> bool:
    """Whether 12 digits end in the check digit of an individual number (Ordinance 85 of 2014, article 5).

    >>> is_my_number("123456789018"), is_my_number("123456789012")
    (True, False)
    """
    if len(digits) != 12 or len(set(digits)) == 1:
        return False
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    remainder = sum(w * int(d) for w, d in zip(weights, digits[:11], strict=True)) % 11
    return int(digits[11]) == (11 - remainder if remainder > 1 else 0)


def is_card_number(digits: str) -> bool:
    """Whether an issuer's digits come first and the whole passes Luhn's test (ISO/IEC 7812-1).

    >>> is_card_number("4111111111111111"), is_card_number("4111111111111112")
    (True, False)
    """
    if not _ISSUERS.fullmatch(digits):
        return False
    doubled = [int(d) * 2 for d in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def my_numbers(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where individual numbers stand in `text[begin:end]`.

    >>> [*my_numbers("個人番号 1234-5678-9018、注文番号 1234-5678-9018", 0, 99)]
    [(5, 19)]
    """
    for found in _MY_NUMBER.finditer(text, begin, end):
        if is_my_number(digits_of(found[0])) and not is_named_otherwise(text, found.start()):
            yield found.span()


def cards(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where payment card numbers stand in `text[begin:end]`.

    >>> [*cards("カードは4111 1111 1111 1111、ISBN 978-4-00-310101-8", 0, 99)]
    [(4, 23)]
    """
    for found in _CARD.finditer(text, begin, end):
        if is_card_number(digits_of(found[0])) and not is_named_otherwise(text, found.start()):
            yield found.span()


_LABEL = "[\\s…→:：;；=＝、,・.No．№(（)）\\[\\]【】「」]{0,6}"
_BANK = re.compile(
    f"(?:(?:普通|当座|貯蓄|総合)(?:預金|貯金|口座)?(?:口座)?{_LABEL}(?:口座番号|番号)?{_LABEL}"
    f"|口座番号{_LABEL}(?:は{_LABEL})?(?:[(（]?(?:普通|当座|貯蓄|総合)(?:預金|口座)?[)）]?)?{_LABEL})"
    f"(?P<account>{_D}{{6,8}})(?![{DIGITS}{LETTERS}]|[,，.．{HYPHENS}]{_D}|[ \u3000]?[円人個件票年月日台枚本号回点%％])"
    f"|(?P<postal>記号{_LABEL}[1１]{_D}{{4}}[\\s、,・{HYPHENS}/()（）]{{0,4}}番号{_LABEL}{_D}{{2,8}})(?!{_D})"
    f"|振替(?:口座)?(?:番号)?{_LABEL}(?P<transfer>{_D}{{5}}[{HYPHENS}]{_D}[{HYPHENS}]{_D}{{1,6}})(?!{_D})"
)


def bank_accounts(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where account numbers stand in `text[begin:end]`, only those that the text names as such.

    >>> text = "みずほ銀行 新宿支店 普通 1234567、普通の会社員1234567人"
    >>> [text[b:e] for b, e in bank_accounts(text, 0, 99)]
    ['1234567']
    """
    for found in _BANK.finditer(text, begin, end):
        kind = found.lastgroup or "account"
        if set(digits_of(found[kind])) != {"0"}:
            yield found.span(kind)
