"""Everything the kernels count in a batch of texts, each kernel run once and only when asked for."""

from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from stages.text import scripts
from stages.text.codepoints import Text
from stages.text.lines import LineCounts, line_counts, lines
from stages.text.ngrams import NgramCounts, ngram_counts
from stages.text.repetition import Duplicates, duplicates, longest_run
from stages.text.segments import Segments
from stages.text.sentences import sentences_and_paragraphs
from stages.text.web_addresses import address_characters

Counts = npt.NDArray[np.int64]

LEADING_CHARACTERS: Final = 50  # HojiChar, AcceptJapanese: lookup_size=50

_JAPANESE_LETTERS: Final = (
    scripts.HIRAGANA,
    scripts.KATAKANA,
    scripts.KANJI,
    scripts.MARU,
    scripts.KUTEN,
    scripts.TOTEN,
)
_KANA: Final = (scripts.HIRAGANA, scripts.KATAKANA)
_MIDDLE_DOT: Final = ord("・")
_ELLIPSIS: Final = ord("…")


class Measures:
    """Counts over the texts of a batch: each an int64 array of shape (num_texts,) where nothing else is said."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.characters: Counts = text.lengths()

    def script(self, *classes: int) -> Counts:
        """Characters of any of these classes of `scripts`."""
        return np.asarray(self._by_script[list(classes)].sum(axis=0), np.int64)

    @cached_property
    def japanese_letters(self) -> Counts:
        """Hiragana, katakana without ー, kanji, kuten and toten, as Swallow counts them."""
        return self.script(*_JAPANESE_LETTERS)

    @cached_property
    def leading_kana(self) -> Counts:
        """Kana among the first LEADING_CHARACTERS."""
        starts, ends = self.text.offsets[:-1], self.text.offsets[1:]
        leading = scripts.script_counts(self.text.points, starts, np.minimum(starts + LEADING_CHARACTERS, ends))
        return np.asarray(leading[list(_KANA)].sum(axis=0), np.int64)

    @cached_property
    def particles(self) -> Counts:
        """The characters of common particles."""
        return scripts.particle_counts(self.text)

    @cached_property
    def address_characters(self) -> Counts:
        """Characters in web addresses."""
        return address_characters(self.text)

    @cached_property
    def longest_run(self) -> Counts:
        """Length of the longest run of one character."""
        return longest_run(self.text)

    @cached_property
    def lines(self) -> Segments:
        """The lines that hold anything."""
        return lines(self.text)

    @cached_property
    def line_counts(self) -> LineCounts:
        """Those lines by kind."""
        return line_counts(self.lines)

    @property
    def sentences(self) -> Segments:
        """The sentences, as Swallow cuts them."""
        return self._sentences_and_paragraphs[0]

    @property
    def paragraphs(self) -> Segments:
        """The paragraphs, as Swallow cuts them: lines, empty ones too."""
        return self._sentences_and_paragraphs[1]

    @cached_property
    def sentences_ending_in_ellipsis(self) -> Counts:
        """Sentences whose last visible character is ・ or …: an end mark after it hides it, as in the source."""
        last = self.sentences.last_visible()
        return self.sentences.sum_per_text((last == _MIDDLE_DOT) | (last == _ELLIPSIS))

    @cached_property
    def duplicate_lines(self) -> Duplicates:
        """Lines that stood there before."""
        return duplicates(self.lines)

    @cached_property
    def duplicate_sentences(self) -> Duplicates:
        """Sentences that stood there before."""
        return duplicates(self.sentences)

    @cached_property
    def duplicate_paragraphs(self) -> Duplicates:
        """Paragraphs that stood there before."""
        return duplicates(self.paragraphs)

    @cached_property
    def ngrams(self) -> NgramCounts:
        """Character n-grams."""
        return ngram_counts(self.text)

    @cached_property
    def _by_script(self) -> Counts:
        return scripts.script_counts(self.text.points, self.text.offsets[:-1], self.text.offsets[1:])

    @cached_property
    def _sentences_and_paragraphs(self) -> tuple[Segments, Segments]:
        return sentences_and_paragraphs(self.text)
