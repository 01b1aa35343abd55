"""The signals of a text, each named once: in the table of this module."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.stage import Column, Transform, with_columns
from stages.text import scripts as s
from stages.text.codepoints import codepoints
from stages.text.compression import lz4_ratio, zlib_ratio
from stages.text.lines import SHORT_CHARACTERS
from stages.text.measures import LEADING_CHARACTERS, Measures
from stages.text.ngrams import MIN_N
from stages.text.repetition import Duplicates

Counts = npt.NDArray[np.int64]
Values = Counts | npt.NDArray[np.float64]
Of = Callable[[Measures], Counts]

_WIDE = (s.FULL_LATIN, s.FULL_DIGIT, s.FULL_MARKS)
_HIRAGANA = (s.HIRAGANA, s.HIRAGANA_MARKS)
_KATAKANA = (s.KATAKANA, s.KATAKANA_MARKS, s.PROLONGED, s.HALF_KATAKANA)
_MARKS = (s.MARU, s.KUTEN, s.TOTEN, s.JAPANESE_MARKS)
_SPACES = (s.SPACE, s.NEWLINE)


class Signal(NamedTuple):
    """A column and how its values come from what was counted: int64 or float64, shape (num_texts,)."""

    column: Column
    values: Callable[[Measures], Values]


def _number(name: str, meaning: str, of: Of, unit: str = "characters") -> Signal:
    """A count."""
    return Signal(Column(name, pa.int64(), meaning, unit), of)


def _mean(name: str, meaning: str, total: Of, number: Of, unit: str = "characters") -> Signal:
    """total / number, and 0 where there is none: a mean, a fraction or a ratio."""

    def values(measures: Measures) -> npt.NDArray[np.float64]:
        whole = number(measures)
        return np.divide(total(measures), whole, out=np.zeros(len(whole)), where=whole != 0)

    return Signal(Column(name, pa.float64(), meaning, unit), values)


def _fraction(name: str, meaning: str, part: Of, whole: Of) -> Signal:
    return _mean(name, meaning, part, whole, "fraction")


def _characters(measures: Measures) -> Counts:
    return measures.characters


def _letters(measures: Measures) -> Counts:
    return measures.japanese_letters


def _num_lines(measures: Measures) -> Counts:
    return measures.line_counts.lines


def _num_sentences(measures: Measures) -> Counts:
    return measures.sentences.num_per_text()


def _script(*classes: int) -> Of:
    return lambda measures: measures.script(*classes)


def _of_letters(name: str, meaning: str, *classes: int) -> Signal:
    """Share of these classes in the Japanese letters, to the letter of Swallow."""
    return _fraction(name, f"{meaning} in the Japanese letters", _script(*classes), _letters)


def _of_text(name: str, meaning: str, *classes: int) -> Signal:
    """Share of these classes in all characters."""
    return _fraction(name, f"{meaning} in all characters", _script(*classes), _characters)


def _duplicates(of: str, found: Callable[[Measures], Duplicates]) -> tuple[Signal, Signal]:
    """Occurrences beyond the first of their kind, by number and by characters."""
    return (
        _fraction(
            f"duplicate_{of}_fraction",
            f"{of}s that stood there before in all {of}s",
            lambda m: found(m).num_segments,
            lambda m: found(m).all_segments,
        ),
        _fraction(
            f"duplicate_{of}_character_fraction",
            f"characters of {of}s that stood there before in those of all {of}s",
            lambda m: found(m).num_characters,
            lambda m: found(m).all_characters,
        ),
    )


def _top_ngram(n: int) -> Signal:
    return _fraction(
        f"top_{n}gram_fraction",
        f"occurrences of the most frequent character {n}-gram in those of all",
        lambda m: m.ngrams.top[n - MIN_N],
        lambda m: m.ngrams.occurrences[n - MIN_N],
    )


def _duplicate_ngram(n: int) -> Signal:
    return _fraction(
        f"duplicate_{n}gram_fraction",
        f"different character {n}-grams that occur more than once in all different ones",
        lambda m: m.ngrams.repeated_types[n - MIN_N],
        lambda m: m.ngrams.types[n - MIN_N],
    )


def _duplicate_ngram_occurrence(n: int) -> Signal:
    return _fraction(
        f"duplicate_{n}gram_occurrence_fraction",
        f"occurrences of character {n}-grams that occur more than once in those of all",
        lambda m: m.ngrams.repeated[n - MIN_N],
        lambda m: m.ngrams.occurrences[n - MIN_N],
    )


# What is told "as Swallow" follows Okazaki et al., COLM 2024 (arXiv 2404.17733), quality.py, to the letter: katakana
# without ー, paragraphs that may be empty, n-grams by types. What counts every form of Japanese is called `any_`.
SIGNALS: tuple[Signal, ...] = (
    _number("num_characters", "characters", _characters),
    _number("num_japanese_letters", "hiragana, katakana without ー, kanji, kuten and toten, as Swallow", _letters),
    _number("num_lines", "lines that hold anything", _num_lines, "lines"),
    _number("num_sentences", "sentences, as Swallow", _num_sentences, "sentences"),
    _of_letters("hiragana_fraction", "hiragana", s.HIRAGANA),
    _of_letters("katakana_fraction", "katakana without ー", s.KATAKANA),
    _of_letters("kanji_fraction", "kanji", s.KANJI),
    _of_letters("kuten_fraction", "。．！？", s.MARU, s.KUTEN),
    _of_letters("toten_fraction", "、，", s.TOTEN),
    _fraction("japanese_fraction", "Japanese letters, as Swallow, in all characters", _letters, _characters),
    _of_text("hiragana_text_fraction", "hiragana with its marks (U+3040–309F)", *_HIRAGANA),
    _fraction(
        "any_katakana_fraction",
        "katakana with ー, iteration marks and half-width forms in kana of any form and kanji",
        _script(*_KATAKANA),
        _script(*_HIRAGANA, *_KATAKANA, s.KANJI),
    ),
    _fraction(
        "any_japanese_fraction",
        "kana of any form, kanji and Japanese marks in all characters but white space",
        _script(*_HIRAGANA, *_KATAKANA, s.KANJI, *_MARKS),
        lambda m: m.characters - m.script(*_SPACES),
    ),
    _of_text("half_katakana_fraction", "half-width katakana", s.HALF_KATAKANA),
    _of_text("latin_fraction", "Latin letters, full-width ones too,", s.LATIN, s.FULL_LATIN),
    _of_text("digit_fraction", "digits 0–9, full-width ones too,", s.DIGIT, s.FULL_DIGIT),
    _of_text("full_width_fraction", "full-width letters, digits and marks", *_WIDE),
    _of_text("symbol_fraction", "marks and symbols that are not Japanese", s.SYMBOL, s.FULL_MARKS),
    _of_text("emoji_fraction", "emoji", s.EMOJI),
    _of_text("control_fraction", "control, format and private characters", s.CONTROL),
    _of_text("space_fraction", "white space but line ends", s.SPACE),
    _of_text("newline_fraction", "line ends", s.NEWLINE),
    _of_text(
        "special_fraction",
        "marks, symbols, emoji, white space and control characters",
        *(*_MARKS, s.FULL_MARKS, s.SYMBOL, s.EMOJI, *_SPACES, s.CONTROL),
    ),
    _fraction("address_fraction", "web addresses in all characters", lambda m: m.address_characters, _characters),
    _number("num_leading_kana", f"kana among the first {LEADING_CHARACTERS} characters", lambda m: m.leading_kana),
    _number("num_particles", "the characters の に を は が と で も, wherever they stand", lambda m: m.particles),
    _mean("kuten_per_100_characters", "。 in 100 characters", lambda m: 100 * m.script(s.MARU), _characters),
    _number("max_run_characters", "longest run of one character", lambda m: m.longest_run),
    _mean(
        "mean_sentence_characters",
        "mean sentence, as Swallow",
        lambda m: m.sentences.characters_per_text(),
        _num_sentences,
    ),
    _number("max_sentence_characters", "longest sentence, as Swallow", lambda m: m.sentences.longest_per_text()),
    _fraction(
        "ellipsis_sentence_fraction",
        "sentences that end in ・ or … in all sentences, as Swallow",
        lambda m: m.sentences_ending_in_ellipsis,
        _num_sentences,
    ),
    _mean("mean_line_characters", "mean line", lambda m: m.lines.characters_per_text(), _num_lines),
    _number("max_line_characters", "longest line", lambda m: m.lines.longest_per_text()),
    _fraction(
        "short_line_fraction",
        f"lines of at most {SHORT_CHARACTERS} characters in all lines",
        lambda m: m.line_counts.short,
        _num_lines,
    ),
    _fraction(
        "bullet_line_fraction",
        "lines that begin with a bullet in all lines",
        lambda m: m.line_counts.bullets,
        _num_lines,
    ),
    _fraction(
        "ellipsis_line_fraction",
        "lines that end in …, ‥ or three dots in all lines",
        lambda m: m.line_counts.ellipses,
        _num_lines,
    ),
    _fraction(
        "ended_line_fraction",
        "lines that end as a sentence does (。．！？!?. also before a closing bracket) in all lines",
        lambda m: m.line_counts.ended,
        _num_lines,
    ),
    *_duplicates("line", lambda m: m.duplicate_lines),
    *_duplicates("paragraph", lambda m: m.duplicate_paragraphs),
    *_duplicates("sentence", lambda m: m.duplicate_sentences),
    *(_top_ngram(n) for n in (2, 3, 4)),
    *(_duplicate_ngram(n) for n in range(5, 11)),
    *(_duplicate_ngram_occurrence(n) for n in range(5, 11)),
    _fraction(
        "frequent_5gram_fraction",
        "occurrences of the most frequent character 5-grams (√types of them) in those of all",
        lambda m: m.ngrams.frequent,
        lambda m: m.ngrams.occurrences[5 - MIN_N],
    ),
)

_COMPRESSION: tuple[tuple[Column, Callable[[pa.Array], npt.NDArray[np.float64]]], ...] = (
    (Column("zlib_ratio", pa.float64(), "bytes as zlib writes them at level 9 / bytes of UTF-8", "ratio"), zlib_ratio),
    (Column("lz4_ratio", pa.float64(), "bytes as one LZ4 block / bytes of UTF-8", "ratio"), lz4_ratio),
)


@dataclass(frozen=True, kw_only=True)
class Signals(Transform):
    """Measure each text: scripts, lengths, lines, sentences, repetition; nothing is dropped."""

    reads: ClassVar = ("text",)
    writes: ClassVar = tuple(signal.column for signal in SIGNALS) + tuple(column for column, _ in _COMPRESSION)

    compression: Annotated[bool, "measure zlib_ratio and lz4_ratio too: half of this stage's time"] = True

    def columns_written(self) -> tuple[Column, ...]:
        """Every signal; without compression, those that a kernel measures."""
        return self.writes if self.compression else self.writes[: len(SIGNALS)]

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with a column per signal."""
        texts = batch.column("text")
        measures = Measures(codepoints(texts))
        columns = {signal.column.name: signal.values(measures) for signal in SIGNALS}
        if self.compression:
            columns |= {column.name: ratio(texts) for column, ratio in _COMPRESSION}
        return with_columns(batch, columns, self.writes)

    def warm(self) -> None:
        """Load every kernel."""
        self.apply(pa.record_batch({"text": ["暖機。\n暖機。"]}))
