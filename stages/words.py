"""The signals that need words. Only this stage loads the tokenizer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.stage import Column, Transform, with_columns
from stages.text.words import MISSING, WordCounts, is_installed, word_counts

Counts = npt.NDArray[np.int64]
Of = Callable[[WordCounts], Counts]


class _Share(NamedTuple):
    """A column that is part / whole, 0 where there is no whole. No whole at all: the characters of the text."""

    column: Column
    part: Of
    whole: Of | None


def _share(name: str, meaning: str, unit: str, part: Of, whole: Of | None) -> _Share:
    return _Share(Column(name, pa.float64(), meaning, unit), part, whole)


def _top(n: int) -> _Share:
    return _share(
        f"top_{n}word_ratio",
        f"characters of the most frequent word {n}-gram, joined by spaces, / all characters",
        "ratio",
        lambda c: c.top_characters[n - 2],
        None,
    )


def _duplicate(n: int) -> _Share:
    return _share(
        f"duplicate_{n}word_fraction",
        f"characters of word {n}-grams that came before in all characters",
        "fraction",
        lambda c: c.duplicate_characters[n - 2],
        None,
    )


_NUMBERS: tuple[tuple[Column, Of], ...] = (
    (Column("num_words", pa.int64(), "words that are more than marks and symbols", "words"), lambda c: c.spoken),
    (Column("num_stop_words", pa.int64(), "different stop words of FineWeb2", "words"), lambda c: c.stop_words),
)
_SHARES: tuple[_Share, ...] = (
    _share(
        "mean_word_characters",
        "mean word, marks and symbols left out",
        "characters",
        lambda c: c.spoken_characters,
        lambda c: c.spoken,
    ),
    _share(
        "alphabetic_word_fraction",
        "words with a letter in all words",
        "fraction",
        lambda c: c.alphabetic,
        lambda c: c.words,
    ),
    _share("noun_fraction", "nouns in all words but marks", "fraction", lambda c: c.nouns, lambda c: c.not_marks),
    *(_top(n) for n in (2, 3, 4)),
    *(_duplicate(n) for n in range(5, 11)),
)
_NEWLINES = Column("newline_word_ratio", pa.float64(), "line ends / words", "ratio")


@dataclass(frozen=True, kw_only=True)
class Words(Transform):
    """Measure each text by words, for rules that need them: 3 ms per 2,000 characters; needs `wabun[words]`."""

    reads: ClassVar = ("text",)
    writes: ClassVar = (*(c for c, _ in _NUMBERS), *(share.column for share in _SHARES), _NEWLINES)

    def check(self) -> list[str]:
        """The extra, where it is not installed."""
        return [] if is_installed() else [f"words: {MISSING}"]

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with a column per signal. Raises ImportError that names the extra when it is missing."""
        texts = [text or "" for text in batch.column("text").to_pylist()]
        counts = word_counts(texts)
        characters = np.array([len(text) for text in texts], np.int64)
        columns: dict[str, npt.NDArray[np.generic]] = {column.name: of(counts) for column, of in _NUMBERS}
        for share in _SHARES:
            whole = share.whole(counts) if share.whole else characters
            columns[share.column.name] = _divided(share.part(counts), whole)
        newlines = np.array([text.count("\n") for text in texts], np.int64)
        columns[_NEWLINES.name] = _divided(newlines, counts.words)
        return with_columns(batch, columns, self.writes)

    def warm(self) -> None:
        """Load the tokenizer and the kernel."""
        word_counts(["単語を数える。"])


def _divided(part: Counts, whole: Counts) -> npt.NDArray[np.float64]:
    """part / whole, 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole != 0)
