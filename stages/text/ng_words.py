"""How many NG words a text has, list by list, found as words and not as parts of other words.

NG words are those a corpus does not want; which, the lists say. Width, case and voicing never matter; whether hiragana
and katakana differ is a choice. The longest word from the left counts, and no character counts for two words.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text import scripts
from stages.text.aho_corasick import Automaton, automaton, step
from stages.text.codepoints import Offsets, Points, Text

Bits = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int32]

_KATAKANA = 1  # a word that begins or ends in katakana must not touch more katakana there
_LATIN = 2  # the same for Latin letters and digits
_LETTER = 4  # a Japanese letter, as Okazaki et al. count them
_KANA = 0x3040  # first of the two kana blocks, 192 code points
MAX_LISTS = 63


class Found(NamedTuple):
    """What was found in each text.

    distinct, total: int32, shape (num_texts, num_lists): different words of each list, and occurrences.
    num_words: int32, shape (num_texts,): different words of all lists.
    fraction: float64, shape (num_texts,): characters of NG words / Japanese letters, at most 1.
    """

    distinct: Counts
    total: Counts
    num_words: Counts
    fraction: npt.NDArray[np.float64]


class _Fold(NamedTuple):
    """What each code point becomes, and what it is; the last entries stand for all points beyond.

    point: uint32 and bits: uint8, shape (0x40001,), point 0 beyond: itself.
    voiced: uint32, shape (2, 192): a kana with U+3099 or U+309A joined, 0 where they do not join.
    """

    point: Points
    bits: Bits
    voiced: npt.NDArray[np.uint32]


class NgWords:
    """Word lists made ready to be sought; built once, then used for every batch.

    >>> from stages.text.codepoints import codepoints
    >>> import pyarrow as pa
    >>> words = NgWords({"広告": ["アス", "ラーメン", "SM"]})
    >>> texts = codepoints(pa.array(["アス、ﾗｰﾒﾝとｓｍ", "アスパラガスとララーメンとISMS"]))
    >>> words.count(texts).distinct.tolist()
    [[3], [0]]
    """

    def __init__(self, lists: Mapping[str, Iterable[str]], *, fold_kana: bool = False) -> None:
        """Make lists ready, by name. With `fold_kana`, hiragana and katakana are the same.

        Raises ValueError for more than 63 lists.
        """
        if len(lists) > MAX_LISTS:
            raise ValueError(f"{len(lists)} word lists were given, {MAX_LISTS} is the most")
        self.names = tuple(lists)
        self._fold = _fold_table(fold_kana)
        of_word: dict[str, int] = {}
        for number, words in enumerate(lists.values()):
            for word in _folded(list(words), self._fold):
                if word:
                    of_word[word] = of_word.get(word, 0) | 1 << number
        self._machine = automaton(list(of_word))
        self._lists_of_word = np.array(list(of_word.values()), np.int64)

    def __len__(self) -> int:
        """Different words, once folded."""
        return len(self._lists_of_word)

    def count(self, text: Text) -> Found:
        """What each text has of these words."""
        points, bits, offsets = fold(text.points, text.offsets, *self._fold)
        distinct, total, num_words, covered, letters = _count(
            self._machine, self._lists_of_word, len(self.names), points, bits, offsets
        )
        fraction = np.minimum(covered / np.maximum(letters, 1), 1.0)
        return Found(distinct, total, num_words, fraction)


def _folded(words: list[str], table: _Fold) -> list[str]:
    """Words as they look in folded text."""
    points = np.array([ord(c) for word in words for c in word.strip()], np.uint32)
    offsets = np.cumsum([0, *(len(word.strip()) for word in words)], dtype=np.int64)
    folded, _, ends = fold(points, offsets, *table)
    return ["".join(map(chr, folded[ends[i] : ends[i + 1]])) for i in range(len(words))]


def _fold_table(fold_kana: bool) -> _Fold:
    """Width and case folded, and the classes that make boundaries."""
    classes = scripts.classes()
    point = np.arange(len(classes), dtype=np.uint32)
    point[0x3000] = 0x20
    point[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    wide = (
        "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテト"
        "ナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309a"
    )
    point[0xFF61:0xFFA0] = [ord(c) for c in wide]
    lower = np.array([ord(chr(p).lower()[0]) for p in range(0x530)], np.uint32)  # Latin, Greek, Cyrillic
    point[: len(lower)] = lower
    point[0xFF21:0xFF3B] = np.arange(0x61, 0x7B)
    if fold_kana:
        katakana = (point >= 0x30A1) & (point <= 0x30F6) | (point == 0x30FD) | (point == 0x30FE)
        point[katakana] -= 0x60
    bits = np.zeros(len(classes), np.uint8)
    for script in (scripts.KATAKANA, scripts.KATAKANA_MARKS, scripts.PROLONGED, scripts.HALF_KATAKANA):
        bits[classes == script] |= _KATAKANA
    for script in (scripts.LATIN, scripts.DIGIT, scripts.FULL_LATIN, scripts.FULL_DIGIT):
        bits[classes == script] |= _LATIN
    for script in (scripts.HIRAGANA, scripts.KATAKANA, scripts.KANJI, scripts.TOTEN, scripts.KUTEN):
        bits[classes == script] |= _LETTER
    voiced = np.zeros((2, 192), np.uint32)
    plain = "かきくけこさしすせそたちつてとはひふへほカキクケコサシスセソタチツテトハヒフヘホ"
    for kana in plain:
        voiced[0, ord(kana) - _KANA] = ord(kana) + 1
    for kana in "はひふへほハヒフヘホ":
        voiced[1, ord(kana) - _KANA] = ord(kana) + 2
    voiced[0, ord("う") - _KANA] = ord("ゔ")
    voiced[0, ord("ウ") - _KANA] = ord("ゔ" if fold_kana else "ヴ")
    return _Fold(point, bits, voiced)


@kernel
def fold(
    points: Points, offsets: Offsets, becomes: Points, class_bits: Bits, voiced: npt.NDArray[np.uint32]
) -> tuple[Points, Bits, Offsets]:
    """Folded characters end to end, the class bits of what each was, and where each text begins among them."""
    folded = np.empty(len(points), np.uint32)
    bits = np.empty(len(points), np.uint8)
    starts = np.zeros(len(offsets), np.int64)
    beyond = len(becomes) - 1
    out = 0
    for text in range(len(offsets) - 1):
        for at in range(offsets[text], offsets[text + 1]):
            point = points[at]
            index = beyond if point >= beyond else np.int64(point)
            new = becomes[index] if index < beyond else point
            if (new == 0x3099 or new == 0x309A) and out > starts[text]:
                kana = np.int64(folded[out - 1]) - 0x3040
                joined = voiced[new - 0x3099, kana] if 0 <= kana < 192 else np.uint32(0)
                if joined:
                    folded[out - 1] = joined
                    continue
            folded[out] = new
            bits[out] = class_bits[index]
            out += 1
        starts[text + 1] = out
    return folded[:out], bits[:out], starts


@kernel
def _count(
    machine: Automaton,
    lists_of_word: npt.NDArray[np.int64],
    num_lists: int,
    points: Points,
    bits: Bits,
    offsets: Offsets,
) -> tuple[Counts, Counts, Counts, Counts, Counts]:
    """Distinct and total by text and list; distinct words, covered characters and Japanese letters by text."""
    num_texts = len(offsets) - 1
    distinct = np.zeros((num_texts, num_lists), np.int32)
    total = np.zeros((num_texts, num_lists), np.int32)
    num_words = np.zeros(num_texts, np.int32)
    covered = np.zeros(num_texts, np.int32)
    letters = np.zeros(num_texts, np.int32)
    last_text = np.full(len(lists_of_word), -1, np.int32)  # the text in which each word was last seen
    longest = np.full(len(points), -1, np.int32)  # the longest word that begins at each character
    for text in range(num_texts):
        begin, end = offsets[text], offsets[text + 1]
        state = 0
        for at in range(begin, end):
            letters[text] += (bits[at] & 4) != 0
            state = step(machine, state, points[at])
            after = bits[at + 1] if at + 1 < end else 0
            hit = state if machine.word[state] >= 0 else machine.suffix[state]
            while hit and not bits[at] & after & 3:
                word = machine.word[hit]
                first = at + 1 - machine.lengths[word]
                before = bits[first - 1] if first > begin else 0
                if not bits[first] & before & 3:
                    longest[first] = word  # a later end is a longer word
                hit = machine.suffix[hit]
        at = begin
        while at < end:
            word = longest[at]
            if word < 0:
                at += 1
                continue
            at += machine.lengths[word]
            covered[text] += machine.lengths[word]
            fresh = last_text[word] != text
            last_text[word] = text
            num_words[text] += fresh
            for number in range(num_lists):
                if lists_of_word[word] >> number & 1:
                    distinct[text, number] += fresh
                    total[text, number] += 1
    return distinct, total, num_words, covered, letters
