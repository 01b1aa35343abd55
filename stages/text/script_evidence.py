"""What the characters of a text say about its language, where a model of character n-grams is unsure or misled.

Three facts carry the rule. Kana are written in Japanese only. Latin text inside a Japanese page (code, names, a passage
not yet translated) says little about who reads it. And the national charsets know the shapes that only one side uses:
駅 and 込 are in JIS X 0208 and in neither GB 2312 nor Big5, 们 and 這 the other way round.
"""

import re
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stages.text.codepoints import Text

OTHER, KANA, HAN, HAN_JAPANESE, HAN_CHINESE, HAN_TRADITIONAL, HANGUL, LETTER = range(8)
NUM_KINDS: Final = 8

_UNITS_PER_LETTER: Final = 0.4  # a Latin word of five letters says about as much as two Japanese characters
_MIN_KANA_FRACTION: Final = 0.10  # of kana and Han; Japanese statutes have .15 and more, Chinese pages under .01
_MAX_CHINESE_FRACTION: Final = 0.01  # of Han; Japanese pages have 4e-7, Chinese .25 (simplified) and .03 (traditional)
_MIN_JAPANESE_FRACTION: Final = 0.02  # of Han; Japanese pages have .07, Chinese 1e-4
_SECOND_LEVEL: Final = b"\x98\x9f"  # in Shift_JIS: where JIS X 0208 begins with characters that are seldom used
_SCHOOL_KANJI: Final = frozenset("剝塡頰")  # taught in school since 2010, yet not in JIS X 0208
_LATIN: Final = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]+")
_PROSE_WORD: Final = re.compile(r"""(?:(?<=[\s"'(])|^)[A-ZÀ-Þ]?[a-zß-öø-ɏ]{2,}(?=[\s.,;:!?)'"]|$)""", re.MULTILINE)
_JAPANESE_SHARE: Final = 0.4  # of a text's units; from here on it is Japanese, from half of this down it is not

Kinds = npt.NDArray[np.int64]


class Verdict(NamedTuple):
    """What comes of model and script together.

    score: probability of Japanese.
    script_says: whether the text is Japanese by its script; None where the model's word stands.
    """

    score: float
    script_says: bool | None


@cache
def kinds() -> npt.NDArray[np.uint8]:
    """The kind of each code point of the basic plane: uint8, shape (65536,).

    >>> table = kinds()
    >>> [int(table[ord(c)]) for c in "あア駅们會한a。"] == [
    ...     KANA, KANA, HAN_JAPANESE, HAN_CHINESE, HAN_TRADITIONAL, HANGUL, LETTER, OTHER]
    True
    >>> int(table[ord("剝")]) == HAN
    True
    """
    table = np.zeros(0x10000, np.uint8)
    table[[point for point in range(0x10000) if chr(point).isalpha()]] = LETTER
    for first, last in ((0x3041, 0x3096), (0x309D, 0x309E), (0x30A1, 0x30FA), (0x30FC, 0x30FE), (0xFF66, 0xFF9F)):
        table[first : last + 1] = KANA
    for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)):
        table[first : last + 1] = HAN
    table[0xAC00:0xD7A4] = HANGUL
    table[[ord(c) for c in "々〆ヶ"]] = HAN
    han = "".join(map(chr, range(0x4E00, 0xA000)))
    known = {codec: set(han.encode(codec, "ignore").decode(codec)) for codec in ("cp932", "gb2312", "big5")}
    pairs = han.encode("shift_jis", "ignore")
    by_two = (pairs[at : at + 2] for at in range(0, len(pairs), 2))
    first_level = {pair.decode("shift_jis") for pair in by_two if pair < _SECOND_LEVEL}
    japanese = known["cp932"] | _SCHOOL_KANJI
    chinese = known["gb2312"] | known["big5"]
    for kind, characters in (
        (HAN_JAPANESE, japanese - chinese),
        (HAN_CHINESE, chinese - japanese),
        (HAN_TRADITIONAL, (known["big5"] & japanese) - first_level - known["gb2312"] - _SCHOOL_KANJI),
    ):
        table[[ord(c) for c in characters]] = kind
    return table


def kind_counts(text: Text) -> Kinds:
    """Characters of each kind in each text: int64, shape (num_texts, NUM_KINDS)."""
    of_character = kinds()[np.minimum(text.points, 0xFFFF)]
    counts = np.zeros((len(text), NUM_KINDS), np.int64)
    for row, (start, end) in enumerate(zip(text.offsets[:-1].tolist(), text.offsets[1:].tolist(), strict=True)):
        counts[row] = np.bincount(of_character[start:end], minlength=NUM_KINDS)
    return counts


def without_code(text: str, counts: Kinds) -> Kinds:
    """The counts with only those Latin letters that stand in words as prose has them; the same where that is idle.

    It is idle but for texts with kana of which less than two fifths are Japanese: a manual may be mostly code.

    >>> from stages.text.codepoints import codepoints
    >>> import pyarrow as pa
    >>> text = "賛美歌の書き方。\\nfoo_bar(x4, y2); s2 | s1 | s2 \\\\breathe s2 = { g4 a4 }\\nPlease note that."
    >>> before = kind_counts(codepoints(pa.array([text])))[0]
    >>> int(before[LETTER]), int(without_code(text, before)[LETTER])
    (35, 14)
    """
    kana, han, units = _sizes(counts)
    if not _has_kana(kana, han) or kana + han >= _JAPANESE_SHARE * units:
        return counts
    in_words = sum(map(len, _PROSE_WORD.findall(text)))
    found = counts.copy()
    found[LETTER] -= sum(map(len, _LATIN.findall(text))) - in_words
    return found


def judge(model_score: float, counts: Kinds) -> Verdict:
    """The probability of Japanese, given the model's for the text's beginning and the characters of the whole text.

    counts: int64, shape (NUM_KINDS,), as `kind_counts` gives for one text.
    Where kana are a tenth of kana and Han and Chinese shapes are absent, both count as Japanese, else only kana. From a
    share of .4 the score is at least even and at least that share; below, it is at most 2.5 times the share, so that a
    text of less than a fifth Japanese is none, however it begins. A text of Han without kana is judged by its shapes:
    Japanese ones alone raise the score to its share of Han, Chinese ones make it 0, neither leaves the model's.

    >>> from stages.text.codepoints import codepoints
    >>> import pyarrow as pa
    >>> for text in ("県立図書館 横浜駅前 営業時間変更", "學校圖書館 開館時間變更", "大学生協"):
    ...     judge(0.6, kind_counts(codepoints(pa.array([text])))[0])
    Verdict(score=1.0, script_says=True)
    Verdict(score=0.0, script_says=False)
    Verdict(score=0.6, script_says=None)
    """
    kana, han, units = _sizes(counts)
    if not units:
        return Verdict(0.0, False)
    has_kana = _has_kana(kana, han)
    if not has_kana and han >= 0.5 * units:
        return _judge_han(model_score, counts, han, han / units)
    has_chinese = counts[HAN_CHINESE] > _MAX_CHINESE_FRACTION * han
    share = (kana + han if has_kana and not has_chinese else kana) / units
    if share >= _JAPANESE_SHARE:
        return Verdict(max(model_score, share, 0.5), True)
    if model_score > share / _JAPANESE_SHARE:
        return Verdict(share / _JAPANESE_SHARE, False if share < _JAPANESE_SHARE / 2 else None)
    return Verdict(model_score, None)


def _judge_han(model_score: float, counts: Kinds, han: int, share: float) -> Verdict:
    """The same for a text of Han with hardly a kana: a headline, a table of names, Chinese."""
    chinese = int(counts[HAN_CHINESE] + counts[HAN_TRADITIONAL])
    japanese = int(counts[HAN_JAPANESE])
    if chinese > _MAX_CHINESE_FRACTION * han and chinese > japanese:
        return Verdict(0.0, False)
    if not chinese and japanese >= _MIN_JAPANESE_FRACTION * han:
        return Verdict(max(model_score, share), True)
    return Verdict(model_score, None)


def _sizes(counts: Kinds) -> tuple[int, int, float]:
    """Kana, Han, and the text's units: its size with Latin letters weighed."""
    kana = int(counts[KANA])
    han = int(counts[HAN : HAN_TRADITIONAL + 1].sum())
    return kana, han, kana + han + int(counts[HANGUL]) + _UNITS_PER_LETTER * int(counts[LETTER])


def _has_kana(kana: int, han: int) -> bool:
    return kana > 0 and kana >= _MIN_KANA_FRACTION * (kana + han)
