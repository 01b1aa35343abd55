"""Lines by what they begin and end with."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text.codepoints import codepoints
from stages.text.lines import SHORT_CHARACTERS, line_counts, lines


def kinds(text: str) -> dict[str, int]:
    found = line_counts(lines(codepoints(pa.array([text]))))
    return {name: int(values[0]) for name, values in found._asdict().items()}


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.text(alphabet="あ \n　\r。", max_size=20), max_size=5))
def test_lines_are_those_that_hold_anything(texts: list[str]) -> None:
    found = lines(codepoints(pa.array(texts, pa.string())))
    expected = [[line.strip() for line in text.split("\n") if line.strip()] for text in texts]
    assert found.num_per_text().tolist() == [len(held) for held in expected]
    assert found.lengths().tolist() == [len(line) for held in expected for line in held]


@pytest.mark.parametrize("line", ["雨だ。", "本当！", "何？", "以上．", "Yes.", "「はい。」", "（終わり！）"])
def test_a_line_ends_as_a_sentence_does_in_japanese_as_in_english(line: str) -> None:
    assert kinds(line)["ended"] == 1


@pytest.mark.parametrize("line", ["メニュー", "会社概要", "「見出し」", "続く…", "続く。。。", "続く..."])
def test_a_heading_or_a_broken_line_does_not_end(line: str) -> None:
    assert kinds(line)["ended"] == 0


@pytest.mark.parametrize("line", ["続く…", "続く‥", "続く...", "続く・・・", "続く。。。", "続く… 　"])
def test_an_ellipsis_is_known_in_every_form(line: str) -> None:
    assert kinds(line)["ellipses"] == 1


@pytest.mark.parametrize("line", ["終わり。", "終わり..", "a.b.c.", "…から始まる"])
def test_two_dots_or_dots_elsewhere_are_no_ellipsis(line: str) -> None:
    assert kinds(line)["ellipses"] == 0


def test_a_bullet_counts_at_the_beginning_only() -> None:
    assert kinds("・りんご\n　● みかん\n-なし\nりんご・みかん")["bullets"] == 3


def test_a_line_is_short_up_to_ten_characters() -> None:
    assert kinds("あ" * SHORT_CHARACTERS)["short"] == 1
    assert kinds("あ" * (SHORT_CHARACTERS + 1))["short"] == 0
