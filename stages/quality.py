"""Decide by thresholds on measured signals; every rule that fails is recorded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, ClassVar, NamedTuple, get_type_hints

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.stage import Column, Count, Fraction, Preset, Ratio, Transform, with_columns


class Rule(NamedTuple):
    """The reason of those that fall by an option, and the signal it bounds.

    The side is the option's `min_` or `max_`; the signal is the rest of its name where none is given. What lies beyond
    the threshold falls; with `falls_at_threshold`, what lies at it too.
    """

    reason: str
    signal: str = ""
    falls_at_threshold: bool = False


class Bound(NamedTuple):
    """A rule with its threshold."""

    option: str
    signal: str
    reason: str
    threshold: float
    is_least: bool
    falls_at_threshold: bool

    def fails(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which values fall: bool, the shape of the values. A missing value (NaN) never does."""
        beyond = values < self.threshold if self.is_least else values > self.threshold
        return beyond | (values == self.threshold) if self.falls_at_threshold else beyond


Number = Count | None
Share = Fraction | None
Value = Ratio | None


@dataclass(frozen=True, kw_only=True)
class Quality(Transform):
    """Drop documents that do not read like Japanese prose."""

    checkpoint: ClassVar = True
    writes: ClassVar = (Column("failed_rules", pa.list_(pa.string()), "reasons of all rules that fail, in order"),)

    # Every rule is off until a preset or the user sets its threshold: numbers and sources stand in the presets.
    preset: Annotated[str | None, Preset(), "published rules to start from; options given beside it win"] = None
    min_characters: Annotated[Number, Rule("too_short", "num_characters"), "least characters"] = None
    max_characters: Annotated[Number, Rule("too_long", "num_characters"), "most characters"] = None
    max_duplicate_line_fraction: Annotated[Share, Rule("duplicate_lines"), "most lines that came before, by number"] = (
        None
    )
    max_duplicate_paragraph_fraction: Annotated[
        Share, Rule("duplicate_paragraphs"), "most paragraphs that came before, by number"
    ] = None
    max_duplicate_sentence_fraction: Annotated[
        Share, Rule("duplicate_sentences"), "most sentences that came before, by number"
    ] = None
    max_duplicate_line_character_fraction: Annotated[
        Share, Rule("duplicate_line_characters"), "most lines that came before, by characters"
    ] = None
    max_duplicate_paragraph_character_fraction: Annotated[
        Share, Rule("duplicate_paragraph_characters"), "most paragraphs that came before, by characters"
    ] = None
    max_duplicate_sentence_character_fraction: Annotated[
        Share, Rule("duplicate_sentence_characters"), "most sentences that came before, by characters"
    ] = None
    max_top_2gram_fraction: Annotated[Share, Rule("top_2gram"), "most that one character 2-gram may take"] = None
    max_top_3gram_fraction: Annotated[Share, Rule("top_3gram"), "most that one character 3-gram may take"] = None
    max_top_4gram_fraction: Annotated[Share, Rule("top_4gram"), "most that one character 4-gram may take"] = None
    max_duplicate_5gram_fraction: Annotated[
        Share, Rule("duplicate_5grams"), "most character 5-grams that repeat, by types"
    ] = None
    max_duplicate_6gram_fraction: Annotated[
        Share, Rule("duplicate_6grams"), "most character 6-grams that repeat, by types"
    ] = None
    max_duplicate_7gram_fraction: Annotated[
        Share, Rule("duplicate_7grams"), "most character 7-grams that repeat, by types"
    ] = None
    max_duplicate_8gram_fraction: Annotated[
        Share, Rule("duplicate_8grams"), "most character 8-grams that repeat, by types"
    ] = None
    max_duplicate_9gram_fraction: Annotated[
        Share, Rule("duplicate_9grams"), "most character 9-grams that repeat, by types"
    ] = None
    max_duplicate_10gram_fraction: Annotated[
        Share, Rule("duplicate_10grams"), "most character 10-grams that repeat, by types"
    ] = None
    max_duplicate_5gram_occurrence_fraction: Annotated[
        Share, Rule("duplicate_5gram_occurrences"), "most character 5-grams that repeat, by occurrences"
    ] = None
    max_duplicate_6gram_occurrence_fraction: Annotated[
        Share, Rule("duplicate_6gram_occurrences"), "most character 6-grams that repeat, by occurrences"
    ] = None
    max_duplicate_7gram_occurrence_fraction: Annotated[
        Share, Rule("duplicate_7gram_occurrences"), "most character 7-grams that repeat, by occurrences"
    ] = None
    max_duplicate_8gram_occurrence_fraction: Annotated[
        Share, Rule("duplicate_8gram_occurrences"), "most character 8-grams that repeat, by occurrences"
    ] = None
    max_duplicate_9gram_occurrence_fraction: Annotated[
        Share, Rule("duplicate_9gram_occurrences"), "most character 9-grams that repeat, by occurrences"
    ] = None
    max_duplicate_10gram_occurrence_fraction: Annotated[
        Share, Rule("duplicate_10gram_occurrences"), "most character 10-grams that repeat, by occurrences"
    ] = None
    max_frequent_5gram_fraction: Annotated[
        Share, Rule("frequent_5grams", falls_at_threshold=True), "share of the √types most frequent 5-grams that falls"
    ] = None
    max_run_characters: Annotated[Number, Rule("long_run", "max_run_characters"), "longest run of one character"] = None
    min_hiragana_fraction: Annotated[Share, Rule("too_little_hiragana"), "least hiragana in the Japanese letters"] = (
        None
    )
    max_katakana_fraction: Annotated[
        Share, Rule("too_much_katakana"), "most katakana without ー in the Japanese letters"
    ] = None
    max_any_katakana_fraction: Annotated[
        Share, Rule("too_much_katakana_of_any_form"), "most katakana of any form in kana and kanji"
    ] = None
    min_hiragana_text_fraction: Annotated[
        Share, Rule("too_little_hiragana_in_text"), "least hiragana in all characters"
    ] = None
    min_japanese_fraction: Annotated[Share, Rule("too_little_japanese"), "least Japanese letters in all characters"] = (
        None
    )
    min_any_japanese_fraction: Annotated[
        Share, Rule("too_little_japanese_of_any_form"), "least Japanese of any form in what is seen"
    ] = None
    min_japanese_letters: Annotated[
        Number, Rule("too_few_japanese_letters", "num_japanese_letters"), "least Japanese letters"
    ] = None
    min_leading_kana: Annotated[
        Number, Rule("no_kana_at_first", "num_leading_kana"), "least kana in the first 50 characters"
    ] = None
    min_particles: Annotated[Number, Rule("too_few_particles", "num_particles"), "least characters of particles"] = None
    min_mean_sentence_characters: Annotated[Value, Rule("short_sentences"), "least characters of the mean sentence"] = (
        None
    )
    max_mean_sentence_characters: Annotated[Value, Rule("long_sentences"), "most characters of the mean sentence"] = (
        None
    )
    max_sentence_characters: Annotated[
        Number, Rule("long_sentence", "max_sentence_characters"), "most characters of the longest sentence"
    ] = None
    min_sentences: Annotated[Number, Rule("too_few_sentences", "num_sentences"), "least sentences"] = None
    min_kuten_per_100_characters: Annotated[Value, Rule("too_few_kuten"), "least 。 in 100 characters"] = None
    max_ellipsis_sentence_fraction: Annotated[
        Share, Rule("ellipsis_sentences"), "most sentences that end in ・ or …"
    ] = None
    max_ellipsis_line_fraction: Annotated[Share, Rule("ellipsis_lines"), "most lines that end in an ellipsis"] = None
    max_bullet_line_fraction: Annotated[Share, Rule("bullet_lines"), "most lines that begin with a bullet"] = None
    max_short_line_fraction: Annotated[Share, Rule("short_lines"), "most lines of at most 10 characters"] = None
    min_ended_line_fraction: Annotated[Share, Rule("unended_lines"), "least lines that end as a sentence does"] = None
    max_newline_fraction: Annotated[Share, Rule("too_many_newlines"), "most line ends in all characters"] = None
    max_symbol_fraction: Annotated[Share, Rule("too_many_symbols"), "most symbols in all characters"] = None
    max_special_fraction: Annotated[
        Share, Rule("too_many_special_characters"), "most special characters in all characters"
    ] = None
    max_digit_fraction: Annotated[Share, Rule("too_many_digits"), "most digits in all characters"] = None
    max_latin_fraction: Annotated[Share, Rule("too_much_latin"), "most Latin letters in all characters"] = None
    max_address_fraction: Annotated[Share, Rule("too_many_addresses"), "most characters in web addresses"] = None
    max_link_fraction: Annotated[Share, Rule("too_many_links"), "most characters inside links"] = None
    min_zlib_ratio: Annotated[Value, Rule("compresses_too_well"), "least zlib ratio"] = None
    max_zlib_ratio: Annotated[Value, Rule("compresses_too_badly"), "most zlib ratio"] = None
    min_lz4_ratio: Annotated[Value, Rule("lz4_compresses_too_well"), "least LZ4 ratio"] = None
    max_lz4_ratio: Annotated[Value, Rule("lz4_compresses_too_badly"), "most LZ4 ratio"] = None
    max_ng_fraction: Annotated[
        Share, Rule("ng_words", falls_at_threshold=True), "share of NG-word characters that falls"
    ] = None
    # Rules on words: the stage `words` measures what they bound.
    min_words: Annotated[Number, Rule("too_few_words", "num_words"), "least words"] = None
    min_mean_word_characters: Annotated[Value, Rule("short_words"), "least characters of the mean word"] = None
    max_mean_word_characters: Annotated[Value, Rule("long_words"), "most characters of the mean word"] = None
    min_alphabetic_word_fraction: Annotated[Share, Rule("too_few_alphabetic_words"), "least words with a letter"] = None
    min_stop_words: Annotated[Number, Rule("too_few_stop_words", "num_stop_words"), "least different stop words"] = None
    max_noun_fraction: Annotated[
        Share, Rule("too_many_nouns", falls_at_threshold=True), "share of nouns that falls"
    ] = None
    max_newline_word_ratio: Annotated[Value, Rule("too_many_newlines_per_word"), "most line ends per word"] = None
    max_top_2word_ratio: Annotated[Value, Rule("top_2word"), "most characters of one word 2-gram"] = None
    max_top_3word_ratio: Annotated[Value, Rule("top_3word"), "most characters of one word 3-gram"] = None
    max_top_4word_ratio: Annotated[Value, Rule("top_4word"), "most characters of one word 4-gram"] = None
    max_duplicate_5word_fraction: Annotated[Share, Rule("duplicate_5words"), "most of word 5-grams seen before"] = None
    max_duplicate_6word_fraction: Annotated[Share, Rule("duplicate_6words"), "most of word 6-grams seen before"] = None
    max_duplicate_7word_fraction: Annotated[Share, Rule("duplicate_7words"), "most of word 7-grams seen before"] = None
    max_duplicate_8word_fraction: Annotated[Share, Rule("duplicate_8words"), "most of word 8-grams seen before"] = None
    max_duplicate_9word_fraction: Annotated[Share, Rule("duplicate_9words"), "most of word 9-grams seen before"] = None
    max_duplicate_10word_fraction: Annotated[Share, Rule("duplicate_10words"), "most of word 10-grams seen before"] = (
        None
    )
    drop_where: Annotated[
        tuple[str, ...], "more rules, each as 'ng_adult_total > 3: adult_words': what meets it falls"
    ] = ()

    def __post_init__(self) -> None:
        """Raises ValueError for a rule of `drop_where` that cannot be read."""
        self.bounds()

    def bounds(self) -> tuple[Bound, ...]:
        """The rules that are set, in the order of the options; those of `drop_where` last."""
        values = ((option, rule, getattr(self, option)) for option, rule in declared_rules().items())
        declared = (_bound(option, rule, threshold) for option, rule, threshold in values if threshold is not None)
        return (*declared, *(_parsed(line) for line in self.drop_where))

    def columns_read(self) -> tuple[str, ...]:
        """The signals that the set rules bound, and no text: a decision can be taken again from the signals alone.

        Without a rule it is the length alone, because a batch without columns has no rows.
        """
        return tuple(dict.fromkeys(bound.signal for bound in self.bounds())) or ("num_characters",)

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with `failed_rules`; the first of them is the reason."""
        bounds = self.bounds()
        fails = np.zeros((batch.num_rows, len(bounds)), np.bool_)
        for k, bound in enumerate(bounds):
            fails[:, k] = bound.fails(_numbers(batch.column(bound.signal)))
        reasons = pa.array([bound.reason for bound in bounds], pa.string())
        ends = np.concatenate(([0], np.cumsum(fails.sum(axis=1))))
        failed = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), reasons.take(pa.array(np.nonzero(fails)[1])))
        first = pa.array(fails.argmax(axis=1) if bounds else ends[:-1], mask=~fails.any(axis=1))
        return with_columns(batch, {"failed_rules": failed}, self.writes, drop_reason=reasons.take(first))

    def explain(self, document: Mapping[str, Any]) -> list[str]:
        """A line per rule that the document fails: the signal's value and the option that it breaks."""
        failed = document.get("failed_rules", ())
        return [
            f"{bound.reason}: {bound.signal} is {document.get(bound.signal)}, {bound.option} is {bound.threshold}"
            for bound in self.bounds()
            if bound.reason in failed
        ]


@cache
def declared_rules() -> dict[str, Rule]:
    """Every rule that is an option, by its name, in order."""
    hints = get_type_hints(Quality, include_extras=True)
    notes = ((field.name, getattr(hints[field.name], "__metadata__", ())) for field in fields(Quality))
    return {name: note for name, found in notes for note in found if isinstance(note, Rule)}


def _numbers(column: pa.Array) -> npt.NDArray[np.float64]:
    """The values as float64, NaN where one is missing."""
    return np.asarray(column.cast(pa.float64()).fill_null(np.nan))


def _bound(option: str, rule: Rule, threshold: float) -> Bound:
    """The rule of an option with its threshold."""
    is_least = option.startswith("min_")
    return Bound(option, rule.signal or option[4:], rule.reason, threshold, is_least, rule.falls_at_threshold)


def _parsed(line: str) -> Bound:
    """The rule of a line of `drop_where`. Raises ValueError when it cannot be read.

    >>> _parsed("ng_adult_total >= 3: adult_words")[1:]
    ('ng_adult_total', 'adult_words', 3.0, False, True)
    """
    found = re.fullmatch(r"\s*(\w+)\s*([<>])(=?)\s*(-?\d+(?:\.\d+)?)\s*:\s*(\w+)\s*", line)
    if not found:
        raise ValueError(f"drop_where: {line!r} is not a rule such as 'ng_adult_total > 3: adult_words'")
    signal, side, at, threshold, reason = found.groups()
    return Bound("drop_where", signal, reason, float(threshold), side == "<", at == "=")
