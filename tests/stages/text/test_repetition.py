"""Segments that come again, and runs of one character."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text import repetition
from stages.text.codepoints import codepoints
from stages.text.repetition import duplicates, longest_run
from stages.text.segments import Segments


def grouped(texts: list[list[str]]) -> Segments:
    text = codepoints(pa.array([segment for segments in texts for segment in segments], pa.string()))
    groups = np.cumsum([0, *map(len, texts)])
    return Segments(text.points, text.offsets[:-1], text.offsets[1:], groups)


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.lists(st.text(alphabet="あい\u3099", max_size=3), max_size=12), max_size=5))
def test_duplicates_are_those_of_a_counter(texts: list[list[str]]) -> None:
    found = duplicates(grouped(texts))
    counters = [Counter(text) for text in texts]
    assert found.num_segments.tolist() == [sum(n - 1 for n in c.values()) for c in counters]
    assert found.num_characters.tolist() == [sum(len(s) * (n - 1) for s, n in c.items()) for c in counters]
    assert found.all_segments.tolist() == [len(text) for text in texts]
    assert found.all_characters.tolist() == [sum(map(len, text)) for text in texts]


def test_dakuten_tell_words_apart() -> None:
    assert duplicates(grouped([["バス", "パス", "ハス", "はす"]])).num_segments.tolist() == [0]


def test_segments_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetition, "_MULTIPLIER", np.uint64(0))  # every hash is 0
    plain = repetition._duplicates.py_func
    num_segments, num_characters = plain(*grouped([["あい", "あう", "うい", "あい", "あ", ""]]))
    assert (num_segments.tolist(), num_characters.tolist()) == ([1], [2])


def test_a_million_equal_lines_are_counted_in_bearable_time() -> None:
    found = grouped([["同じ行"] * 1000])
    many = Segments(found.points, np.tile(found.starts, 1000), np.tile(found.ends, 1000), np.array([0, 1_000_000]))
    assert duplicates(many).num_segments.tolist() == [999_999]  # a search of all pairs would take hours


def test_the_longest_run_is_found_at_the_beginning_middle_and_end() -> None:
    texts = ["ああいう", "あいいいう", "あう---", "", "一"]
    assert longest_run(codepoints(pa.array(texts))).tolist() == [2, 3, 3, 0, 1]
