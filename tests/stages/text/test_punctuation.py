import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.punctuation import japanese_punctuation


@pytest.mark.parametrize(
    ("text", "expected", "count"),
    [
        ("今日は，晴れ．明日は，雨．", "今日は、晴れ。明日は、雨。", 4),
        ("カタカナー，漢字，々，〇，", "カタカナー、漢字、々、〇、", 4),
        ("（注），", "（注）、", 1),
        ("３．１４", "３．１４", 0),
        ("１，０００円", "１，０００円", 0),
        ("Ｈｉ，", "Ｈｉ，", 0),
        ("Ｕ．Ｓ．Ａ．", "Ｕ．Ｓ．Ａ．", 0),
        ("3.14, abc.", "3.14, abc.", 0),
        ("，．", "，．", 0),
        ("", "", 0),
    ],
)
def test_only_marks_after_japanese_characters_change(text, expected, count):
    assert japanese_punctuation(text) == (expected, count)


def test_the_western_form_must_be_the_majority():
    assert japanese_punctuation("あ，い、う，") == ("あ、い、う、", 2)
    assert japanese_punctuation("あ，い、") == ("あ，い、", 0)


def test_commas_and_full_stops_are_decided_apart():
    assert japanese_punctuation("これは，そして，あれ。") == ("これは、そして、あれ。", 2)


@given(st.text("あア漢ー３Ａa1，．、。）」\n"))
def test_nothing_but_the_two_marks_changes(text):
    changed, count = japanese_punctuation(text)
    assert changed.translate({0x3001: "，", 0x3002: "．"}) == text.translate({0x3001: "，", 0x3002: "．"})
    assert count == sum(a != b for a, b in zip(text, changed, strict=True))
    assert japanese_punctuation(changed) == (changed, 0)
