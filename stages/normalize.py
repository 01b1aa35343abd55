"""The stage that gives every document's text one spelling."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Literal

import pyarrow as pa

from pipeline.stage import Column, Fraction, Transform, with_columns
from stages.text.footers import trim_furniture
from stages.text.normalization import recompose, remove_invisible, uniform_white_space, widen_katakana
from stages.text.punctuation import japanese_punctuation

Rule = Callable[[str], tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class Normalize(Transform):
    """Give equal text one spelling: Unicode form, katakana width, white space, punctuation; cut page furniture."""

    reads: ClassVar = ("text",)
    writes: ClassVar = (
        Column("text", pa.string(), "main text of the page, normalised", ""),
        Column("num_invisible_characters", pa.int32(), "control and zero-width characters removed", "characters"),
        Column("num_widened_characters", pa.int32(), "half-width katakana made full-width", "characters"),
        Column("num_recomposed_characters", pa.int32(), "characters replaced by the Unicode form", "characters"),
        Column("num_white_space_changes", pa.int32(), "white space and line ends replaced or removed", "characters"),
        Column("num_punctuation_changes", pa.int32(), "Western commas and full stops made Japanese", "characters"),
        Column("num_furniture_lines", pa.int32(), "header and footer lines cut", "lines"),
    )

    unicode_form: Annotated[Literal["nfc", "nfkc", "off"], "Unicode form; nfkc loses ①, ㈱, ℃ and full-width"] = "nfc"
    remove_invisible: Annotated[bool, "remove control and zero-width characters that carry no meaning"] = True
    widen_katakana: Annotated[bool, "make half-width katakana full-width"] = True
    uniform_white_space: Annotated[bool, "make white space and line ends uniform"] = True
    japanese_punctuation: Annotated[bool, "make ， and ． Japanese where they are the majority"] = True
    trim_furniture: Annotated[bool, "cut header and footer lines of navigation and notices"] = True
    min_furniture_fraction: Annotated[Fraction, "least share of furniture words in the letters of a line cut"] = 0.5
    max_trimmed_fraction: Annotated[Fraction, "most that is cut from a text, as a share of its characters"] = 0.3

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with its text normalised and each rule's changes counted; a null text stays null."""
        texts = batch.column("text").to_pylist()
        columns: dict[str, list[str] | list[int]] = {}
        for name, rule in self._rules():
            counts = [0] * len(texts)
            for row, text in enumerate(texts):
                if text:
                    texts[row], counts[row] = rule(text)
            columns[name] = counts
        changed = any(any(counts) for counts in columns.values())
        text_column = pa.array(texts, self.writes[0].type) if changed else batch.column("text")
        absent = {column.name: [0] * len(texts) for column in self.writes[1:] if column.name not in columns}
        return with_columns(batch, {"text": text_column, **absent, **columns}, self.writes)

    def _rules(self) -> Iterator[tuple[str, Rule]]:
        """The rules that are on, each with the column that counts it, in the order in which none undoes another."""
        if self.remove_invisible:
            yield "num_invisible_characters", remove_invisible
        if self.widen_katakana:
            yield "num_widened_characters", widen_katakana
        if self.unicode_form != "off":
            yield "num_recomposed_characters", partial(recompose, form="NFKC" if self.unicode_form == "nfkc" else "NFC")
        if self.uniform_white_space:
            yield "num_white_space_changes", uniform_white_space
        if self.japanese_punctuation:
            yield "num_punctuation_changes", japanese_punctuation
        if self.trim_furniture:
            yield (
                "num_furniture_lines",
                partial(
                    trim_furniture, min_coverage=self.min_furniture_fraction, max_fraction=self.max_trimmed_fraction
                ),
            )
