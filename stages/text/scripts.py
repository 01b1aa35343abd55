"""Which script each character belongs to, and how many of each a text has."""

import unicodedata
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points, Text

Counts = npt.NDArray[np.int64]

(
    OTHER,
    HIRAGANA,
    HIRAGANA_MARKS,
    KATAKANA,
    KATAKANA_MARKS,
    PROLONGED,
    HALF_KATAKANA,
    KANJI,
    TOTEN,
    MARU,
    KUTEN,
    JAPANESE_MARKS,
    LATIN,
    DIGIT,
    FULL_LATIN,
    FULL_DIGIT,
    FULL_MARKS,
    SYMBOL,
    EMOJI,
    SPACE,
    NEWLINE,
    CONTROL,
) = range(22)
NUM_CLASSES: Final = 22

_END: Final = 0x40000  # code points from here on (tags, private use) share one class

# Inclusive ranges; a later line wins. Hiragana, katakana, kanji, toten and kuten are those of Okazaki et al., COLM 2024
# (arXiv 2404.17733, quality.py): katakana has no ー there, so that ー, the iteration marks and the small letters of
# Ainu are classes of their own. Their kuten are MARU (。) and KUTEN (．！？) here.
_RANGES: Final = (
    (CONTROL, 0xD800, 0xF8FF),
    (HIRAGANA_MARKS, 0x3040, 0x309F),
    (HIRAGANA, 0x3041, 0x3096),
    (KATAKANA, 0x30A1, 0x30FA),
    (KATAKANA_MARKS, 0x30FD, 0x30FF),
    (KATAKANA_MARKS, 0x31F0, 0x31FF),
    (PROLONGED, 0x30FC, 0x30FC),
    (HALF_KATAKANA, 0xFF66, 0xFF9F),
    (KANJI, 0x3400, 0x9FFF),
    (KANJI, 0xF900, 0xFAFF),
    (KANJI, 0x20000, 0x3FFFF),
    (JAPANESE_MARKS, 0x3003, 0x3004),
    (JAPANESE_MARKS, 0x3008, 0x3020),
    (JAPANESE_MARKS, 0x3030, 0x3030),
    (JAPANESE_MARKS, 0x30FB, 0x30FB),
    (JAPANESE_MARKS, 0xFF61, 0xFF65),
    (FULL_MARKS, 0xFF01, 0xFF0F),
    (FULL_MARKS, 0xFF1A, 0xFF20),
    (FULL_MARKS, 0xFF3B, 0xFF40),
    (FULL_MARKS, 0xFF5B, 0xFF60),
    (FULL_MARKS, 0xFFE0, 0xFFE6),
    (FULL_DIGIT, 0xFF10, 0xFF19),
    (FULL_LATIN, 0xFF21, 0xFF3A),
    (FULL_LATIN, 0xFF41, 0xFF5A),
    (DIGIT, 0x30, 0x39),
    (LATIN, 0x41, 0x5A),
    (LATIN, 0x61, 0x7A),
    (LATIN, 0xC0, 0xD6),
    (LATIN, 0xD8, 0xF6),
    (LATIN, 0xF8, 0x24F),
    (EMOJI, 0x1F000, 0x1FAFF),
    (NEWLINE, 0x0A, 0x0A),
)
_SINGLES: Final = (
    (KANJI, "々〇〻"),
    (TOTEN, "、，"),
    (MARU, "。"),
    (KUTEN, "．！？"),
    # The characters of the basic plane that are shown as emoji unless told otherwise (Emoji_Presentation, UTS #51).
    (
        EMOJI,
        "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕",
    ),
)
_MIXED: Final = ((0, 0x3400), (0xA000, 0xAC00), (0xD7A4, 0xD800), (0xF900, 0x20000))  # not kanji, Hangul, private use
_BY_CATEGORY: Final = {"P": SYMBOL, "S": SYMBOL, "Z": SPACE, "C": CONTROL}  # letters, marks and other numbers: OTHER


@cache
def classes() -> npt.NDArray[np.uint8]:
    """The class of each code point: uint8, shape (0x40001,); the last entry stands for all code points beyond.

    >>> [int(classes()[ord(c)]) for c in "あアー亜。！"] == [HIRAGANA, KATAKANA, PROLONGED, KANJI, MARU, KUTEN]
    True
    """
    category = unicodedata.category
    table = np.zeros(_END + 1, np.uint8)
    for first, end in _MIXED:
        table[first:end] = [_BY_CATEGORY.get(category(chr(point))[0], OTHER) for point in range(first, end)]
    table[[9, 11, 12, 13, 28, 29, 30, 31, 0x85]] = SPACE  # control characters that are white space
    for script, first, last in _RANGES:
        table[first : last + 1] = script
    for script, characters in _SINGLES:
        table[[ord(c) for c in characters]] = script
    table[_END] = CONTROL
    return table


@cache
def particles() -> npt.NDArray[np.uint8]:
    """1 for each character that is a common particle of one letter, 0 for others: shape as that of `classes`."""
    table = np.zeros(_END + 1, np.uint8)
    table[[ord(c) for c in "のにをはがとでも"]] = 1
    return table


def particle_counts(text: Text) -> npt.NDArray[np.int64]:
    """The characters の に を は が と で も in each text, wherever they stand: int64, shape (num_texts,).

    >>> import pyarrow as pa
    >>> from stages.text.codepoints import codepoints
    >>> particle_counts(codepoints(pa.array(["水を飲む", "天気予報", "はだか"]))).tolist()
    [1, 0, 1]
    """
    counts: Counts = _sum(text.points, text.offsets, particles())
    return counts


def script_counts(points: Points, starts: Offsets, ends: Offsets) -> Counts:
    """Characters of each class in the texts `points[starts[i]:ends[i]]`: int64, shape (NUM_CLASSES, num_texts).

    >>> coffee = np.array([ord(c) for c in "コーヒー"], np.uint32)
    >>> counts = script_counts(coffee, np.array([0]), np.array([4]))
    >>> counts[KATAKANA].tolist(), counts[PROLONGED].tolist()
    ([2], [2])
    """
    counts: Counts = _count(points, starts, ends, classes(), NUM_CLASSES)
    return np.ascontiguousarray(counts.T)


@kernel
def _count(points: Points, starts: Offsets, ends: Offsets, class_of: npt.NDArray[np.uint8], num_classes: int) -> Counts:
    """Counts by class: int64, shape (num_texts, num_classes). Two counters take turns: one would wait for itself."""
    counts = np.zeros((len(starts), num_classes), np.int64)
    others = np.zeros(num_classes, np.int64)
    beyond = np.uint32(len(class_of) - 1)
    for text in range(len(starts)):
        of_text = counts[text]
        others[:] = 0
        at = starts[text]
        while at + 1 < ends[text]:
            of_text[class_of[min(points[at], beyond)]] += 1
            others[class_of[min(points[at + 1], beyond)]] += 1
            at += 2
        if at < ends[text]:
            of_text[class_of[min(points[at], beyond)]] += 1
        of_text += others
    return counts


@kernel
def _sum(points: Points, offsets: Offsets, weights: npt.NDArray[np.uint8]) -> Counts:
    """Sum of the weights of each text's characters: int64, shape (num_texts,)."""
    sums = np.zeros(len(offsets) - 1, np.int64)
    beyond = len(weights) - 1
    for text in range(len(offsets) - 1):
        for at in range(offsets[text], offsets[text + 1]):
            point = np.int64(points[at])
            sums[text] += weights[point if point < beyond else beyond]
    return sums
