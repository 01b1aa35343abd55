"""Character n-grams, counted exactly."""

from collections import Counter
from math import isqrt

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text.codepoints import codepoints
from stages.text.ngrams import MAX_N, MIN_N, ngram_counts

texts_of_few_letters = st.lists(st.text(alphabet="あいう𠮷\n", max_size=70), max_size=6)


@settings(deadline=None)  # the first call compiles
@given(texts_of_few_letters)
def test_counts_are_those_of_a_counter(texts: list[str]) -> None:
    found = ngram_counts(codepoints(pa.array(texts, pa.string())))
    for row, text in enumerate(texts):
        for n in range(MIN_N, MAX_N + 1):
            counts = Counter(text[i : i + n] for i in range(len(text) - n + 1))
            repeated = [count for count in counts.values() if count > 1]
            of_n = [part[n - MIN_N][row] for part in found[:5]]
            assert of_n == [
                counts.total(),
                len(counts),
                max(counts.values(), default=0),
                len(repeated),
                sum(repeated),
            ], (text, n)


@settings(deadline=None)  # the first call compiles
@given(texts_of_few_letters)
def test_frequent_5grams_are_the_square_root_of_types_that_repeat(texts: list[str]) -> None:
    found = ngram_counts(codepoints(pa.array(texts, pa.string()))).frequent.tolist()
    for row, text in enumerate(texts):
        counts = Counter(text[i : i + 5] for i in range(len(text) - 4))
        repeated = sorted((count for count in counts.values() if count > 1), reverse=True)
        assert found[row] == sum(repeated[: isqrt(len(counts))])


def test_no_more_frequent_5grams_are_taken_than_the_square_root_of_types() -> None:
    text = "あいうえおかきくけこ" * 3 + "さしすせそたちつてと" * 2
    counts = Counter(text[i : i + 5] for i in range(len(text) - 4))
    assert (isqrt(len(counts)), sorted(counts.values())[-6:]) == (4, [3] * 6)
    assert ngram_counts(codepoints(pa.array([text]))).frequent.tolist() == [12]


def test_a_text_leaves_no_trace_in_the_next() -> None:
    together = ngram_counts(codepoints(pa.array(["あいあいあいあい", "あい", "いあいあいう"])))
    alone = ngram_counts(codepoints(pa.array(["いあいあいう"])))
    assert [part[..., 2].tolist() for part in together] == [part[..., 0].tolist() for part in alone]


def test_a_megabyte_of_one_letter_and_of_two_is_counted() -> None:
    found = ngram_counts(codepoints(pa.array(["あ" * 400_000, "あい" * 200_000])))
    assert found.top[0].tolist() == [399_999, 200_000]
    assert found.types[-1].tolist() == [1, 2]
