"""Whether raw bytes may be Japanese, in any encoding, before anything is decoded."""

from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]

MIN_KANA: Final = 20  # UTF-8 kana, or character references to kana; shared/reference/performance.md, "Byte test"
MIN_HIRAGANA_PAIRS: Final = 16  # adjacent hiragana in Shift_JIS or EUC-JP; the same
_BLOCK: Final = 1024  # bytes looked at in one vectorised pass; only a block with a trace of kana is counted exactly
_PADDING: Final = 8  # bytes at the end of the input that are read through a padded copy


def may_be_japanese(payload: bytes | bytearray | memoryview) -> bool:
    """Whether the bytes hold enough kana, in any encoding of Japanese, to be worth decoding.

    Enough is 20 kana in UTF-8 or as character references, 16 pairs of adjacent hiragana in Shift_JIS or EUC-JP,
    one escape to a Japanese set of ISO-2022-JP, or a UTF-16 byte order mark.

    >>> may_be_japanese("これは日本語で書かれた、ひらがなの多いページです。".encode())
    True
    >>> may_be_japanese("吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。".encode("euc-jp"))
    False
    >>> may_be_japanese("网页上没有假名，所以不是候选。".encode() * 100)
    False
    """
    if len(payload) < 2 * _PADDING:
        return bytes(payload[:2]) in (b"\xff\xfe", b"\xfe\xff")
    data = np.frombuffer(payload, np.uint8)
    if data[0] >= 0xFE and data[0] ^ data[1] == 1:
        return True
    return bool(_enough_kana(data, MIN_KANA, MIN_HIRAGANA_PAIRS))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _has_trace(data: Bytes, start: int, stop: int) -> bool:
    """Whether any position of [start, stop) could begin a kana, an escape or a character reference.

    Unsigned indices and no branch: the compiler turns the loop into vector instructions.
    """
    trace = np.uint8(0)
    one, two = np.uint64(1), np.uint64(2)
    for at in range(np.uint64(start), np.uint64(stop)):
        a, b, c = data[at], data[at + one], data[at + two]
        utf8 = (a == np.uint8(0xE3)) & (np.uint8(b - np.uint8(0x81)) <= np.uint8(2))
        shift_jis = (a == np.uint8(0x82)) & (c == np.uint8(0x82))
        euc = (a == np.uint8(0xA4)) & (c == np.uint8(0xA4))
        escape = (a == np.uint8(0x1B)) & (b == np.uint8(0x24))
        reference = (a == np.uint8(0x26)) & (b == np.uint8(0x23))
        trace = np.uint8(trace | np.uint8(utf8 | shift_jis | euc | escape | reference))
    return trace != 0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _reference_is_kana(data: Bytes, at: int) -> bool:
    """Whether `&#` at this place refers to U+3040–30FF: `&#x3042;`, `&#12354;`, no leading zeros."""
    if data[at + 2] == 0x78 or data[at + 2] == 0x58:
        third = data[at + 5] | 0x20
        return (
            data[at + 3] == 0x33 and data[at + 4] == 0x30 and (0x34 <= data[at + 5] <= 0x39 or (0x61 <= third <= 0x66))
        )
    number = 0
    for digit in range(2, 7):
        value = np.int64(data[at + digit]) - 0x30
        if value < 0 or value > 9:
            return False
        number = number * 10 + value
    return 0x3040 <= number <= 0x30FF


@njit(cache=True)  # type: ignore[untyped-decorator]
def _enough_kana(data: Bytes, min_kana: int, min_pairs: int) -> bool:
    """Whether the counts reach their thresholds; stops as soon as one does."""
    kana = references = shift_jis = euc = 0
    end = len(data) - 8  # the deepest look ahead is 7 bytes
    for start in range(0, end, 1024):
        stop = min(start + 1024, end)
        if not _has_trace(data, start, stop):
            continue
        for at in range(start, stop):
            a, b = data[at], data[at + 1]
            if a == 0xE3:
                kana += (b == 0x81 and data[at + 2] > 0x80) or b == 0x82 or b == 0x83
            elif a == 0x82:
                shift_jis += (
                    0x9F <= b <= 0xF1 and data[at + 2] == 0x82 and data[at + 3] >= 0x9F and data[at + 3] <= 0xF1
                )
            elif a == 0xA4:
                euc += 0xA1 <= b <= 0xF3 and data[at + 2] == 0xA4 and data[at + 3] >= 0xA1 and data[at + 3] <= 0xF3
            elif a == 0x1B and b == 0x24:
                third = data[at + 2]
                if third == 0x40 or third == 0x42 or (third == 0x28 and data[at + 3] != 0x41):
                    return True
            elif a == 0x26 and b == 0x23:
                references += _reference_is_kana(data, at)
        if kana >= min_kana or references >= min_kana or shift_jis >= min_pairs or euc >= min_pairs:
            return True
    return False
