"""The signals as columns: those of Swallow v1 to the last digit, and what every batch may bring."""

import gzip
import json
import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.signals import SIGNALS, Signals
from tests.shared import shared_data
from tests.stages.text.swallow_reference import swallow_signals

PROSE = "今日は、とても良い天気ですね。\nコーヒーを飲もう！　１００円・・・\n\n今日は、とても良い天気ですね。\n続き…"


def measured(*texts: str | None, **options: Any) -> pa.RecordBatch:
    return Signals(**options).apply(pa.record_batch({"text": pa.array(texts, pa.string())}))


def assert_equals_reference(texts: list[str]) -> None:
    batch = measured(*texts, compression=False)
    for row, text in enumerate(texts):
        expected = swallow_signals(text)
        found = {name: batch.column(name)[row].as_py() for name in expected}
        assert found == expected, text[:100]


def texts_of(name: str) -> list[str]:
    with gzip.open(shared_data(name), "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def has_kana(text: str) -> bool:
    return any("ぁ" <= c <= "ヺ" for c in text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "あ",
        "。",
        "\n",
        "あ\n",
        "！！？",
        "あ。。い！？う",
        "𠮷野家で𩸽を食べる。𠮷野家で𩸽を食べる。",
        "…",
        "終わり…　\n続く・",
        "終わり…。",
        " \u3000\u0085\u2028",
        "あ" * 3000,
        "あい" * 40 + "か",
        PROSE,
    ],
)
def test_swallow_signals_of_odd_texts_equal_the_reference(text: str) -> None:
    assert_equals_reference([text])


def test_swallow_signals_of_real_pages_equal_the_reference() -> None:
    pages = [text for text in texts_of("web.gold.jsonl.gz") if has_kana(text)]
    assert_equals_reference([text for text in pages if len(text) < 20_000][:150])


@pytest.mark.slow
def test_swallow_signals_of_all_real_texts_equal_the_reference() -> None:
    for name in ("web.gold.jsonl.gz", "benchmarks_ja.jsonl.gz"):
        assert_equals_reference([text for text in texts_of(name) if has_kana(text)])


def test_swallow_signals_of_questions_equal_the_reference() -> None:
    assert_equals_reference(texts_of("benchmarks_ja.jsonl.gz")[::10])


def test_a_line_of_a_megabyte_equals_the_reference() -> None:
    rng = random.Random(1)
    words = ["日本語", "の", "文章", "は", "長い", "、", "ー", "カタカナ", "𠮷", "a", "1"]
    line = "".join(rng.choices(words, k=300_000))
    assert len(line.encode()) > 1_000_000
    assert_equals_reference([line, "", line[:10]])


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.text(alphabet="あいう漢字ア。！\n …・𠮷a", max_size=60), max_size=8))
def test_swallow_signals_of_any_text_equal_the_reference(texts: list[str]) -> None:
    assert_equals_reference(texts)


def test_every_signal_is_named_once_and_says_what_it_means() -> None:
    columns = Signals().columns_written()
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert all(column.meaning and column.unit for column in columns)
    assert measured("あ").schema.names == ["text", *names]


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=6))
def test_a_fraction_lies_between_zero_and_one_whatever_the_text(texts: list[str | None]) -> None:
    batch = measured(*texts)
    for column in Signals().columns_written():
        values = np.asarray(batch.column(column.name))
        assert (values >= 0).all(), column.name
        if column.unit == "fraction":
            assert (values <= 1).all(), column.name


def test_every_signal_of_an_empty_text_is_zero() -> None:
    batch = measured("", None)
    for column in Signals().columns_written():
        assert batch.column(column.name).to_pylist() == [0, 0], column.name


def test_without_compression_no_ratio_is_written() -> None:
    names = [column.name for column in Signals(compression=False).columns_written()]
    assert names == [signal.column.name for signal in SIGNALS]
    assert measured("あ", compression=False).schema.names == ["text", *names]


def test_a_prolonged_sound_mark_makes_no_word_half_japanese_except_as_swallow_counts() -> None:
    batch = measured("コーヒー")
    assert batch.column("any_japanese_fraction")[0].as_py() == 1
    assert batch.column("any_katakana_fraction")[0].as_py() == 1
    assert batch.column("japanese_fraction")[0].as_py() == 0.5


def signal(name: str, *texts: str) -> list[float]:
    values: list[float] = measured(*texts, compression=False).column(name).to_pylist()
    return values


def test_kana_count_as_leading_up_to_the_fiftieth_character() -> None:
    assert signal("num_leading_kana", "a" * 49 + "あ", "a" * 50 + "あ", "アー", "亜") == [1, 0, 1, 0]


def test_only_maru_counts_as_kuten_per_100_characters() -> None:
    assert signal("kuten_per_100_characters", "あ" * 99 + "。", "あ" * 99 + "！", "。" + "あ" * 249) == [1, 0, 0.4]


def test_an_end_mark_hides_the_ellipsis_before_it_as_swallow_counts() -> None:
    assert signal("ellipsis_sentence_fraction", "続く…", "続く…。", "続く・ ", "はい。続く…") == [1, 0, 1, 0.5]


def test_half_width_katakana_and_iteration_marks_are_japanese_of_some_form() -> None:
    assert signal("any_japanese_fraction", "ﾃﾞｰﾀ", "すゞき ヽヾ", "abあい") == [1, 1, 0.5]
    assert signal("japanese_fraction", "ﾃﾞｰﾀ") == [0]


def test_duplicate_ngrams_are_counted_by_types_and_by_occurrences() -> None:
    text = "あいうえおか" + "あいうえお"  # あいうえお twice among seven 5-grams, six of them different
    assert signal("duplicate_5gram_fraction", text) == [1 / 6]
    assert signal("duplicate_5gram_occurrence_fraction", text) == [2 / 7]


def test_addresses_digits_and_emoji_have_their_shares() -> None:
    text = "３0人😀 http://a.jp\n"
    assert signal("digit_fraction", text) == [2 / len(text)]
    assert signal("emoji_fraction", text) == [1 / len(text)]
    assert signal("address_fraction", text) == [11 / len(text)]
    assert signal("newline_fraction", text) == [1 / len(text)]
