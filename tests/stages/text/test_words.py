"""Words of a text and how they repeat."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text import words as module
from stages.text.words import MAX_N, MISSING, is_installed, word_counts

needs_words = pytest.mark.skipif(not is_installed(), reason="the extra wabun[words] is not installed")


@pytest.fixture
def spaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are what stands between spaces, so that repetition can be tested without a tokenizer."""
    monkeypatch.setattr(module, "cut", lambda text: ((word, "名詞") for word in text.split(" ") if word))


@settings(deadline=None)  # the first call compiles
@given(texts=st.lists(st.lists(st.sampled_from(["ねこ", "が", "いぬ"]), max_size=40), max_size=4))
@pytest.mark.usefixtures("spaced")
def test_repetition_is_counted_as_gophers_filters_do(texts: list[list[str]]) -> None:
    found = word_counts([" ".join(words) for words in texts])
    for row, words in enumerate(texts):
        for n in range(2, MAX_N + 1):
            joined = Counter(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
            most, times = joined.most_common(1)[0] if joined else ("", 0)
            assert found.top_characters[n - 2, row] == len(most) * times
            assert found.duplicate_characters[n - 2, row] == repeated_characters(words, n)


def repeated_characters(words: list[str], n: int) -> int:
    seen = set()
    characters = at = 0
    while at <= len(words) - n:
        ngram = tuple(words[at : at + n])
        if ngram in seen:
            characters += sum(map(len, ngram))
            at += n
        else:
            seen.add(ngram)
            at += 1
    return characters


@pytest.mark.usefixtures("spaced")
def test_marks_are_words_that_do_not_speak() -> None:
    found = word_counts(["ねこ 。 3 ★ A1", ""])
    assert found.words.tolist() == [5, 0]
    assert found.spoken.tolist() == [3, 0]
    assert found.spoken_characters.tolist() == [5, 0]
    assert found.alphabetic.tolist() == [2, 0]


@pytest.mark.usefixtures("spaced")
def test_stop_words_are_counted_once_each() -> None:
    assert word_counts(["の の に ねこ"]).stop_words.tolist() == [2]


@needs_words
def test_text_is_cut_into_short_units_without_white_space() -> None:
    found = [word for word, _ in module.cut("外国人参政権、　東京都に\n住む。")]
    assert found == ["外国", "人", "参政", "権", "、", "東京", "都", "に", "住む", "。"]


@needs_words
def test_nouns_are_told_from_particles_and_marks() -> None:
    found = word_counts(["猫が、犬を見た。"])
    assert (found.nouns[0], found.not_marks[0], found.words[0]) == (2, 6, 8)


@needs_words
def test_a_line_longer_than_the_tokenizer_takes_is_cut_in_pieces() -> None:
    found = word_counts(["猫" * 100_000, "𠮷" * 13_000])
    assert found.spoken_characters.tolist() == [100_000, 13_000]


def test_a_missing_tokenizer_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_installed", lambda: False)
    module._tokenizer.cache_clear()
    with pytest.raises(ImportError, match=r"wabun\[words\]"):
        word_counts(["猫"])
    assert "pip install" in MISSING


@needs_words
def test_counts_do_not_depend_on_the_other_texts() -> None:
    texts = ["猫が好きだ。猫が好きだ。", "", "犬も好きだ。"]
    together = word_counts(texts)
    for row, text in enumerate(texts):
        alone = word_counts([text])
        assert all(np.array_equal(part[..., row], single[..., 0]) for part, single in zip(together, alone, strict=True))
