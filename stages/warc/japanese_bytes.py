"""Whether raw bytes may be Japanese, in any encoding, before anything is decoded."""

from typing import Final

import numpy as np

from stages.compiled.kernel import kernel
from stages.text.charset import by_kana, japanese_readings
from stages.warc.libdeflate import Bytes, bytes_of

MIN_KANA: Final = 20  # in any encoding, or as character references: measured on real pages, all of them found
MIN_HIRAGANA_PAIRS: Final = 16  # adjacent hiragana in Shift_JIS or EUC-JP: measured with the former
_BLOCK: Final = 1024  # bytes looked at in one vectorised pass; only a block with a trace of kana is counted exactly
_PART: Final = 128  # bytes of a block, passed over again where they are without a trace
_LOOK_AHEAD: Final = 8  # bytes; nothing is looked for in the last ones
_SAMPLE: Final = 32  # characters beyond ASCII that show whether a page is in UTF-8
_LEGACY_BYTES: Final = 1 << 15  # of a page that is not in UTF-8, looked at for kana that stand alone
TOO_LITTLE, ENOUGH, _UNSURE = range(3)


def may_be_japanese(payload: bytes | bytearray | memoryview) -> bool:
    """Whether the bytes hold enough kana, in any encoding of Japanese, to be worth decoding.

    Enough is 20 kana in UTF-8 or as character references, 16 pairs of adjacent hiragana in Shift_JIS or EUC-JP,
    an escape to a Japanese set of ISO-2022-JP, or a UTF-16 byte order mark. In a page that is not in UTF-8, 20 kana
    that stand alone are enough as well: old statutes are written in kanji and katakana.

    >>> may_be_japanese("これはひらがなの多い、にほんごで書かれたページのはじまりです。".encode())
    True
    >>> may_be_japanese("第一条　此ノ法律ニ於テ帝国臣民ト称スルハ戸籍ノ本籍ヲ有スル者ヲ謂フ".encode("cp932") * 3)
    True
    >>> may_be_japanese("网页上没有假名，所以不是候选。".encode("gb18030") * 100)
    False
    """
    data = bytes_of(payload)
    verdict = kana_verdict(data)
    if verdict == _UNSURE:
        return by_kana(*japanese_readings(data[:_LEGACY_BYTES]), MIN_KANA) is not None
    return verdict == ENOUGH


@kernel
def kana_verdict(data: Bytes) -> int:
    """ENOUGH, TOO_LITTLE, or what takes a look at the characters themselves to tell."""
    if len(data) >= 2 and data[0] >= 0xFE and data[0] ^ data[1] == 1:  # the byte order mark of UTF-16
        return ENOUGH
    return TOO_LITTLE if len(data) < 2 * _LOOK_AHEAD else _enough_kana(data, MIN_KANA, MIN_HIRAGANA_PAIRS)


@kernel
def _traces(data: Bytes, start: int, stop: int) -> int:
    """Of [start, stop): 1 if any position could begin a kana, an escape or a character reference; 128 if any byte
    is beyond ASCII.

    Unsigned indices and no branch: the compiler turns the loop into vector instructions.
    """
    traces = np.uint8(0)
    one, two = np.uint64(1), np.uint64(2)
    for at in range(np.uint64(start), np.uint64(stop)):
        a, b, c = data[at], data[at + one], data[at + two]
        utf8 = (a == np.uint8(0xE3)) & (np.uint8(b - np.uint8(0x81)) <= np.uint8(2))
        shift_jis = (a == np.uint8(0x82)) & (c == np.uint8(0x82))
        euc = (a == np.uint8(0xA4)) & (c == np.uint8(0xA4))
        escape = (a == np.uint8(0x1B)) & (b == np.uint8(0x24))
        reference = (a == np.uint8(0x26)) & (b == np.uint8(0x23))
        traces = np.uint8(traces | np.uint8(utf8 | shift_jis | euc | escape | reference) | (a & np.uint8(0x80)))
    return int(traces)


@kernel
def _is_reference_to_kana(data: Bytes, at: int) -> bool:
    """Whether `&#` at this place refers to U+3040–30FF: `&#x3042;`, `&#12354;`, no leading zeros."""
    if data[at + 2] == 0x78 or data[at + 2] == 0x58:
        third = data[at + 5]
        is_row = data[at + 3] == 0x33 and data[at + 4] == 0x30
        return bool(is_row and (0x34 <= third <= 0x39 or 0x61 <= (third | 0x20) <= 0x66))
    number = 0
    for digit in range(2, 7):
        value = int(data[at + digit])
        if value < 0x30 or value > 0x39:
            return False
        number = number * 10 + value - 0x30
    return 0x3040 <= number <= 0x30FF


@kernel
def _sampled(data: Bytes, at: int, stop: int, valid: int, invalid: int) -> tuple[int, int, int]:
    """How many more of the first characters beyond ASCII are UTF-8, and are not, and where to go on."""
    while at < stop and valid + invalid < _SAMPLE:
        lead = data[at]
        at += 1
        if lead < 0x80:
            continue
        width = 1 if 0xC2 <= lead <= 0xDF else 2 if 0xE0 <= lead <= 0xEF else 3 if 0xF0 <= lead <= 0xF4 else 0
        follows = 0
        while follows < width and data[at + follows] & 0xC0 == 0x80:
            follows += 1
        if width and follows == width:
            valid += 1
            at += width
        else:
            invalid += 1
    return at, valid, invalid


@kernel
def _most_legacy_kana(data: Bytes, end: int) -> int:
    """No fewer than the kana that [0, end) holds in Shift_JIS or in EUC-JP: pairs wherever they begin."""
    shift_jis = euc = 0
    one = np.uint64(1)
    for at in range(np.uint64(0), np.uint64(end)):
        a, b = data[at], data[at + one]
        hiragana = (a == np.uint8(0x82)) & (b >= np.uint8(0x9F))
        katakana = (a == np.uint8(0x83)) & (b >= np.uint8(0x40))
        shift_jis += hiragana | katakana
        euc += ((a & np.uint8(0xFE)) == np.uint8(0xA4)) & (b >= np.uint8(0xA1))
    return max(shift_jis, euc)


@kernel
def _enough_kana(data: Bytes, min_kana: int, min_pairs: int) -> int:
    """Whether the counts reach their thresholds, as soon as one does; else whether kana of a page that is not in UTF-8
    must be looked for one by one: of its first characters beyond ASCII, more than one in five are invalid.
    """
    kana = references = shift_jis = euc = 0
    valid = invalid = sampled_to = 0
    end = len(data) - _LOOK_AHEAD
    for block in range(0, end, _BLOCK):
        block_end = min(block + _BLOCK, end)
        traces = _traces(data, block, block_end)
        if traces & 0x80 and valid + invalid < _SAMPLE:
            sampled_to, valid, invalid = _sampled(data, max(block, sampled_to), block_end, valid, invalid)
        if not traces & 1:
            continue
        for start in range(block, block_end, _PART):
            stop = min(start + _PART, block_end)
            if not _traces(data, start, stop) & 1:
                continue
            for at in range(start, stop):
                a = data[at]
                if a < 0x80 and a != 0x26 and a != 0x1B:
                    continue
                b, c, d = data[at + 1], data[at + 2], data[at + 3]
                if a == 0xE3:
                    kana += (b == 0x81 and c > 0x80) or b == 0x82 or b == 0x83
                elif a == 0x82:
                    shift_jis += c == 0x82 and 0x9F <= b <= 0xF1 and 0x9F <= d <= 0xF1
                elif a == 0xA4:
                    euc += c == 0xA4 and 0xA1 <= b <= 0xF3 and 0xA1 <= d <= 0xF3
                elif a == 0x1B and b == 0x24:
                    # ESC $ A and ESC $ ( A are Chinese, ESC $ ) C is Korean.
                    if c == 0x40 or c == 0x42 or (c == 0x28 and d != 0x41):
                        return ENOUGH
                elif a == 0x26 and b == 0x23:
                    references += _is_reference_to_kana(data, at)
        if kana >= min_kana or references >= min_kana or shift_jis >= min_pairs or euc >= min_pairs:
            return ENOUGH
    is_legacy = invalid * 4 > valid and _most_legacy_kana(data, min(_LEGACY_BYTES, len(data)) - 1) >= min_kana
    return _UNSURE if is_legacy else TOO_LITTLE
