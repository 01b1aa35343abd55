"""Words of a text, cut by SudachiPy (the extra `wabun[words]`), and how they repeat."""

import importlib.util
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points
from stages.text.ngrams import group, lengthen

Counts = npt.NDArray[np.int64]

MAX_N: Final = 10
MISSING: Final = "SudachiPy and its dictionary are not installed: pip install 'wabun[words]'"

_PIECE_CHARACTERS: Final = 12_000  # SudachiPy takes at most 49,149 bytes at once, a character has at most 4
_NOUN: Final = "名詞"
_MARK: Final = "補助記号"  # punctuation, as UniDic calls it
_STOP_WORDS: Final = frozenset("のにをはたてがとで年し・月れさ")  # FineWeb2, configs/jpn_Jpan.yml


class WordCounts(NamedTuple):
    """Counts over the words of each text, int64, shape (num_texts,) where nothing else is said.

    words: all, white space left out. spoken: those that are more than marks and symbols. spoken_characters: theirs.
    alphabetic: words with a letter. stop_words: different stop words. nouns, not_marks: by part of speech.
    top_characters: shape (MAX_N - 1, num_texts), row n - 2: characters of the most frequent word n-gram, each with the
    n - 1 spaces that join it, over all its occurrences.
    duplicate_characters: the same shape: characters of word n-grams that came before, none counted twice.
    """

    words: Counts
    spoken: Counts
    spoken_characters: Counts
    alphabetic: Counts
    stop_words: Counts
    nouns: Counts
    not_marks: Counts
    top_characters: Counts
    duplicate_characters: Counts


class _Kind(NamedTuple):
    """What is asked of a word, found once for each different one in a batch."""

    number: int
    spoken: bool
    alphabetic: bool


def is_installed() -> bool:
    """Whether the tokenizer and its dictionary can be loaded, without loading them."""
    return all(importlib.util.find_spec(name) is not None for name in ("sudachipy", "sudachidict_core"))


def word_counts(texts: Sequence[str]) -> WordCounts:
    """Counts over the words of each text, cut in the short units of SudachiDict (mode A).

    Words and n-grams are counted as datatrove's Gopher filters do (Rae et al., 2021, arXiv 2112.11446): its tokenizer
    for Japanese cuts with the same dictionary and mode. Raises ImportError that names the extra when it is missing.
    """
    counts = np.zeros((7, len(texts)), np.int64)
    kinds: dict[str, _Kind] = {}
    numbers: list[int] = []
    offsets = np.zeros(len(texts) + 1, np.int64)
    for row, text in enumerate(texts):
        found_stop_words = set()
        for word, part_of_speech in cut(text):
            kind = kinds.get(word) or kinds.setdefault(word, _kind(word, len(kinds) + 1))
            numbers.append(kind.number)
            counts[1, row] += kind.spoken
            counts[2, row] += kind.spoken * len(word)
            counts[3, row] += kind.alphabetic
            counts[5, row] += part_of_speech == _NOUN
            counts[6, row] += part_of_speech != _MARK
            if word in _STOP_WORDS:
                found_stop_words.add(word)
        counts[4, row] = len(found_stop_words)
        offsets[row + 1] = len(numbers)
    counts[0] = np.diff(offsets)
    lengths = np.array([0, *map(len, kinds)], np.int64)
    top, duplicate = _repetition(np.array(numbers, np.uint32), lengths, offsets)
    words, spoken, spoken_characters, alphabetic, stop_words, nouns, not_marks = counts
    return WordCounts(
        words, spoken, spoken_characters, alphabetic, stop_words, nouns, not_marks, top.T.copy(), duplicate.T.copy()
    )


def cut(text: str) -> Iterator[tuple[str, str]]:
    """The words of a text with their part of speech (品詞大分類), white space left out.

    Raises ImportError that names the extra when the tokenizer is not installed.
    """
    tokenize, parts_of_speech = _tokenizer()
    for piece in _pieces(text):
        for morpheme in tokenize(piece):
            word = morpheme.surface().strip()
            if word:
                yield word, parts_of_speech(morpheme)


def _pieces(text: str) -> Iterator[str]:
    """The lines of a text, in pieces that the tokenizer takes."""
    for line in text.split("\n"):
        for start in range(0, len(line), _PIECE_CHARACTERS):
            yield line[start : start + _PIECE_CHARACTERS]


@cache
def _tokenizer() -> tuple[Callable[[str], Iterable[Any]], Callable[[Any], str]]:
    """The tokenizer of this process and what tells the part of speech of a word of it."""
    if not is_installed():
        raise ImportError(MISSING)
    import sudachipy

    dictionary = sudachipy.Dictionary(dict="core")
    create = getattr(dictionary, "tokenizer", None) or dictionary.create  # called `create` before 0.7
    tokenizer = create(mode=sudachipy.SplitMode.A, fields={"pos"})
    names: dict[int, str] = {}

    def part_of_speech(morpheme: Any) -> str:
        number = morpheme.part_of_speech_id()
        name = names.get(number)
        if name is None:
            name = names[number] = morpheme.part_of_speech()[0]
        return name

    return tokenizer.tokenize, part_of_speech


def _kind(word: str, number: int) -> _Kind:
    """What is asked of a word."""
    return _Kind(
        number,
        any(unicodedata.category(c)[0] not in "PSZC" for c in word),
        any(c.isalpha() for c in word),
    )


@kernel
def _repetition(words: Points, lengths_of: Counts, offsets: Offsets) -> tuple[Counts, Counts]:
    """top_characters and duplicate_characters of WordCounts, each of shape (num_texts, MAX_N - 1).

    words: the number of each word, from 1. lengths_of: characters of each different word, by number.
    """
    num_texts = len(offsets) - 1
    top = np.zeros((num_texts, MAX_N - 1), np.int64)
    duplicate = np.zeros((num_texts, MAX_N - 1), np.int64)
    longest = np.int64(0)
    for text in range(num_texts):
        longest = max(longest, offsets[text + 1] - offsets[text])
    numbers = np.zeros(longest + 2, np.uint32)  # positions count from 1
    new_numbers = np.zeros(longest + 2, np.uint32)
    grouped = np.empty(longest + 1, np.uint32)
    bounds = np.empty(longest + 2, np.uint32)
    ordered = np.empty(longest + 1, np.uint32)
    places = np.empty(longest + 2, np.uint32)
    number_of = np.zeros(len(lengths_of), np.uint32)
    characters = np.zeros(longest + 1, np.int64)  # of the words before each
    seen = np.zeros(longest + 2, np.bool_)
    for text in range(num_texts):
        start = offsets[text]
        length = offsets[text + 1] - start
        num_groups = 0
        for at in range(length):
            word = words[start + at]
            if number_of[word] == 0:
                num_groups += 1
                number_of[word] = num_groups
            numbers[at + 1] = number_of[word]
            characters[at + 1] = characters[at] + lengths_of[word]
        for at in range(length):
            number_of[words[start + at]] = 0
        numbers[length + 1] = 0
        num_grouped = group(numbers, length, num_groups, grouped, bounds, places)
        for n in range(2, min(MAX_N, length) + 1):
            new_numbers[: length + 2] = 0
            num_groups, num_grouped = lengthen(
                numbers, num_groups, grouped, num_grouped, new_numbers, bounds, ordered, places
            )
            numbers, new_numbers = new_numbers, numbers
            most = np.int64(1)
            first = np.int64(0)
            for number in range(num_groups):
                times = np.int64(bounds[number + 1]) - np.int64(bounds[number])
                place = np.int64(grouped[bounds[number]]) - 1
                if times > most or (times == most and place < first):
                    most = times
                    first = place
            top[text, n - 2] = most * (characters[first + n] - characters[first] + n - 1)
            seen[: num_groups + 1] = False
            at = 0
            while at <= length - n:
                number = numbers[at + 1]
                if number and seen[number]:
                    duplicate[text, n - 2] += characters[at + n] - characters[at]
                    at += n
                else:
                    seen[number] = True
                    at += 1
    return top, duplicate
