"""The stage that counts NG words."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar

import pyarrow as pa

from pipeline.stage import Column, Fraction, Transform, with_columns
from stages.lists.words import SHIPPED, read_words, word_list_name, word_list_path
from stages.text.codepoints import codepoints
from stages.text.ng_words import MAX_LISTS, NgWords

_ALL_LISTS = (
    Column("num_ng_words", pa.int32(), "different NG words of all lists", "words"),
    Column("ng_fraction", pa.float64(), "characters of NG words / Japanese letters, at most 1", "fraction"),
)


@dataclass(frozen=True, kw_only=True)
class CountNgWords(Transform):
    """Count words a corpus does not want, list by list, and drop documents with too large a share of them."""

    reads: ClassVar = ("text",)
    writes: ClassVar = _ALL_LISTS

    lists: Annotated[tuple[str, ...], "word lists: paths, a word per line, or shipped names"] = (
        "advertisement",
        "adult_business",
    )
    fold_kana: Annotated[bool, "find words in hiragana and katakana alike"] = False
    max_ng_fraction: Annotated[Fraction | None, "drop at this share of NG characters; none measures only"] = None

    def columns_written(self) -> tuple[Column, ...]:
        """The counts over all lists, then two columns for each list."""
        by_list = []
        for name in map(word_list_name, self.lists):
            by_list.append(Column(f"ng_{name}_distinct", pa.int32(), f"different words of the list {name}", "words"))
            by_list.append(Column(f"ng_{name}_total", pa.int32(), f"occurrences of words of the list {name}", "words"))
        return (*_ALL_LISTS, *by_list)

    def files(self) -> list[Path]:
        """The word lists."""
        return [word_list_path(name) for name in self.lists]

    def check(self) -> list[str]:
        """Lists that cannot be read, and lists that would share their columns."""
        names = [word_list_name(name) for name in self.lists]
        problems = [
            f"ng_words.lists: {name}: there is no file {word_list_path(name)}"
            for name in self.lists
            if not word_list_path(name).is_file()
        ]
        if len(set(names)) < len(names):
            problems.append(f"ng_words.lists: two lists have one name ({', '.join(names)}); rename a file")
        if len(names) > MAX_LISTS:
            problems.append(f"ng_words.lists: {len(names)} lists, {MAX_LISTS} is the most")
        return problems

    def licences(self) -> list[str]:
        """The lists that are not shipped, whose own licences hold."""
        return [
            f"ng_words: {word_list_path(name).name}: word list, under its own licence"
            for name in self.lists
            if word_list_path(name).parent != SHIPPED
        ]

    def warm(self) -> None:
        """Read the lists and compile the search."""
        _words(self.lists, self.fold_kana).count(codepoints(pa.array([""])))

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with its counts; a text whose share reaches the limit falls as `ng_words`."""
        found = _words(self.lists, self.fold_kana).count(codepoints(batch.column("text")))
        columns: dict[str, pa.Array] = {
            "num_ng_words": pa.array(found.num_words),
            "ng_fraction": pa.array(found.fraction),
        }
        for number, name in enumerate(map(word_list_name, self.lists)):
            columns[f"ng_{name}_distinct"] = pa.array(found.distinct[:, number].copy())
            columns[f"ng_{name}_total"] = pa.array(found.total[:, number].copy())
        limit = self.max_ng_fraction
        if limit is None:
            return with_columns(batch, columns, self.columns_written())
        reasons = ["ng_words" if fraction >= limit else None for fraction in found.fraction.tolist()]
        return with_columns(batch, columns, self.columns_written(), drop_reason=reasons)


@cache
def _words(lists: tuple[str, ...], fold_kana: bool) -> NgWords:
    """The lists made ready, once in a process."""
    return NgWords({word_list_name(name): read_words(name) for name in lists}, fold_kana=fold_kana)
