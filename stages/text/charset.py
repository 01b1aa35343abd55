"""The encoding of a page by the evidence of its bytes; declarations decide only where the bytes do not."""

import re
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.encodings import encoding_name

_META: Final = re.compile(
    rb"""<meta[^>]{1,512}?charset\s*=\s*["']?\s*([^\s"'/>;]{1,40})|<\?xml[^>]{1,256}?encoding\s*=\s*["']([^"']{1,40})""",
    re.IGNORECASE,
)
_META_BYTES: Final = 8192  # how far a declaration is looked for; browsers stop at 1,024, authors do not
_ESCAPE: Final = re.compile(rb"\x1b(?:\$[@B]|\$\([@BDOPQ]|\([IJ])")
_MIN_KANA_FRACTION: Final = 0.1  # of the double-byte characters: Japanese has above .3, GB 2312 and EUC-KR near 0
_MIN_KANA: Final = 3
_MIN_DISTINCT_KANA: Final = 8  # where there are many: a row of ㅋ in EUC-KR reads as one hiragana in EUC-JP
_MAX_INVALID_FRACTION: Final = 0.1  # of the double-byte characters: a damaged page still shows what it was
_MAX_BROKEN_FRACTION: Final = 0.05  # of the multi-byte sequences of a page that is taken for UTF-8
_JAPANESE: Final = ("shift_jis", "euc-jp")


Buffer = bytes | bytearray | memoryview | npt.NDArray[np.uint8]


class Reading(NamedTuple):
    """What the bytes are when read as one encoding: counts of characters and of bytes that fit none."""

    num_wide: int  # characters of more than one byte
    num_kana: int
    num_distinct_kana: int
    num_invalid: int


def detect(payload: bytes, declared: str | None = None) -> str:
    """The WHATWG name, in lower case, of the encoding that `payload` is in.

    Byte order mark; escapes of ISO-2022-JP; UTF-8 that is valid but for a cut tail, or broken in at most one sequence
    of twenty; kana between Shift_JIS and EUC-JP; then `declared` (the label of the HTTP header) and the page's own
    declaration, where they are possible; at last windows-1252.

    >>> page = "春はあけぼの。やうやう白くなりゆく山ぎは、すこしあかりて"
    >>> [detect(page.encode(codec)) for codec in ("utf-8", "cp932", "euc-jp", "iso-2022-jp")]
    ['utf-8', 'shift_jis', 'euc-jp', 'iso-2022-jp']
    >>> detect(page.encode("euc-jp"), declared="Shift_JIS")
    'euc-jp'
    >>> detect("한국어 문서는 그대로 둔다".encode("euc-kr"), declared="euc-kr")
    'euc-kr'
    """
    marked = _byte_order_mark(payload)
    if marked:
        return marked
    if payload.isascii():
        return "iso-2022-jp" if _ESCAPE.search(payload) else "utf-8"
    if _is_utf8(payload):
        return "utf-8"
    utf8 = utf8_reading(payload)
    if utf8.num_wide and utf8.num_invalid <= _MAX_BROKEN_FRACTION * utf8.num_wide:
        return "utf-8"
    shift_jis, euc = japanese_readings(payload)
    japanese = by_kana(shift_jis, euc)
    if japanese:
        return japanese
    if _ESCAPE.search(payload):
        return "iso-2022-jp"
    for label in (declared, declared_in_page(payload)):
        name = encoding_name(label)
        if name in _JAPANESE:
            fewer = "shift_jis" if shift_jis.num_invalid < euc.num_invalid else "euc-jp"
            return name if shift_jis.num_invalid == euc.num_invalid else fewer
        if name and _is_possible(name, payload, utf8):
            return name
    return "utf-8" if utf8.num_wide > utf8.num_invalid else "windows-1252"


def declared_in_page(payload: bytes) -> str | None:
    """The label in the page's own `<meta>` or XML declaration; None where there is none.

    >>> declared_in_page(b'<meta http-equiv="Content-Type" content="text/html; charset=x-sjis">')
    'x-sjis'
    """
    found = _META.search(payload, 0, _META_BYTES)
    return (found[1] or found[2]).decode("latin-1") if found else None


def _byte_order_mark(payload: bytes) -> str | None:
    if payload.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if payload.startswith(b"\xff\xfe"):
        return "utf-16le"
    return "utf-16be" if payload.startswith(b"\xfe\xff") else None


def _is_utf8(payload: bytes) -> bool:
    """Whether all of it is valid, but for a last character that was cut off."""
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and not payload[: error.start].isascii()
    return True


def by_kana(shift_jis: Reading, euc: Reading, min_kana: int = _MIN_KANA) -> str | None:
    """The one of the two that makes Japanese of the bytes, if one does; `min_kana` characters are needed."""
    name, best, other = (
        ("shift_jis", shift_jis, euc) if shift_jis.num_kana >= euc.num_kana else ("euc-jp", euc, shift_jis)
    )
    is_japanese = (
        best.num_kana >= max(min_kana, _MIN_KANA_FRACTION * best.num_wide)
        and best.num_invalid <= _MAX_INVALID_FRACTION * best.num_wide
        and best.num_kana >= 2 * other.num_kana
        and best.num_distinct_kana >= min(_MIN_DISTINCT_KANA, best.num_kana // 3)
    )
    return name if is_japanese else None


def _is_possible(name: str, payload: bytes, utf8: Reading) -> bool:
    """Whether a declaration can be true: UTF-8 must mostly be valid, UTF-16 holds many zero bytes."""
    if name == "utf-8":
        return utf8.num_wide > utf8.num_invalid
    if name.startswith("utf-16"):
        return payload.count(0) * 8 > len(payload)
    return True


def utf8_reading(payload: Buffer) -> Reading:
    """The bytes read as UTF-8; its kana are not counted. A character cut off by the end counts nowhere."""
    return Reading(*_count_utf8(np.frombuffer(payload, np.uint8)))


def japanese_readings(payload: Buffer) -> tuple[Reading, Reading]:
    """The bytes read as Shift_JIS and as EUC-JP. A character cut off by the end counts nowhere."""
    data = np.frombuffer(payload, np.uint8)
    return Reading(*_count_shift_jis(data)), Reading(*_count_euc(data))


@kernel
def _count_utf8(data: npt.NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Wide characters, no kana, invalid bytes."""
    num_wide = num_invalid = at = 0
    end = len(data)
    while at < end:
        lead = data[at]
        if lead < 0x80:
            at += 1
            continue
        width = 2 if 0xC2 <= lead <= 0xDF else 3 if 0xE0 <= lead <= 0xEF else 4 if 0xF0 <= lead <= 0xF4 else 1
        if at + width > end:
            break
        valid = width > 1
        for i in range(1, width):
            valid = valid and data[at + i] & 0xC0 == 0x80
        num_wide += valid
        num_invalid += not valid
        at += width if valid else 1
    return num_wide, 0, 0, num_invalid


@kernel
def _count_shift_jis(data: npt.NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Wide characters, full-width kana, distinct ones, invalid bytes; half-width katakana count nowhere."""
    num_wide = num_kana = num_invalid = at = 0
    seen = np.zeros((2, 256), np.uint8)
    end = len(data)
    while at + 1 < end:
        lead, trail = data[at], data[at + 1]
        if lead < 0x80 or 0xA0 <= lead <= 0xDF:
            at += 1
        elif lead == 0x80 or lead > 0xFC or trail < 0x40 or trail == 0x7F or trail > 0xFC:
            num_invalid += 1
            at += 1
        else:
            num_wide += 1
            if (lead == 0x82 and 0x9F <= trail <= 0xF1) or (lead == 0x83 and 0x40 <= trail <= 0x96):
                num_kana += 1
                seen[lead - 0x82, trail] = 1
            at += 2
    return num_wide, num_kana, int(seen.sum()), num_invalid


@kernel
def _count_euc(data: npt.NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Wide characters, full-width kana, distinct ones, invalid bytes."""
    num_wide = num_kana = num_invalid = at = 0
    seen = np.zeros((2, 256), np.uint8)
    end = len(data)
    while at < end:
        lead = data[at]
        if lead < 0x80:
            at += 1
            continue
        width = 3 if lead == 0x8F else 2
        if at + width > end:
            break
        trail = data[at + 1]
        valid = (0xA1 <= lead <= 0xFE or lead == 0x8E or lead == 0x8F) and 0xA1 <= trail <= 0xFE
        if width == 3:
            valid = valid and data[at + 2] >= 0xA1
        num_wide += valid
        if valid and ((lead == 0xA4 and trail <= 0xF3) or (lead == 0xA5 and trail <= 0xF6)):
            num_kana += 1
            seen[lead - 0xA4, trail] = 1
        num_invalid += not valid
        at += width if valid else 1
    return num_wide, num_kana, int(seen.sum()), num_invalid
