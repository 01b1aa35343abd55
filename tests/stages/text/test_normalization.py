import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.normalization import recompose, remove_invisible, uniform_white_space, widen_katakana

RULES = (remove_invisible, widen_katakana, recompose, uniform_white_space)

# Characters that the rules act on, or that stand beside them, more often than chance would give.
tricky = st.text(
    st.sampled_from(
        "かがカｶﾞﾟﾊ゙゚ー葛あaé1#ã\x81\x82\x85 \u3000\t\n\r\x0b\xa0\u2003\u200b\u200c\u200d\ufe0f\ufeff\xad👩💻❤🏴人क्ष"
    )
    | st.sampled_from("\U000e0100\U000e0067\U000e007f\u2028，．、。①㈱神")
    | st.characters(codec="utf-8")
)


@pytest.mark.parametrize("rule", RULES)
@given(text=tricky)
def test_a_rule_finds_nothing_in_its_own_result(rule, text):
    once, _ = rule(text)
    assert rule(once) == (once, 0)


@given(text=tricky)
def test_all_rules_in_order_change_nothing_the_second_time(text):
    for rule in RULES:
        text, _ = rule(text)
    for rule in RULES:
        assert rule(text) == (text, 0)


@pytest.mark.parametrize("rule", RULES)
@given(text=tricky)
def test_the_count_is_zero_exactly_when_nothing_changed(rule, text):
    changed, count = rule(text)
    assert (count == 0) == (changed == text)


@given(text=st.text(st.sampled_from("はばぱハバパへべぺホボポ゙゚")))
def test_dakuten_are_kept(text):
    assert recompose(text)[0] == unicodedata.normalize("NFC", text)
    assert unicodedata.normalize("NFD", recompose(text)[0]) == unicodedata.normalize("NFD", text)


def test_every_half_width_katakana_has_its_wide_form():
    for code in range(0xFF61, 0xFF9E):
        assert widen_katakana(chr(code)) == (unicodedata.normalize("NFKC", chr(code)), 1)


def test_every_voiced_half_width_katakana_becomes_one_character():
    for code in range(0xFF66, 0xFF9E):
        for mark in "ﾞﾟ":
            wide = unicodedata.normalize("NFKC", chr(code) + mark)
            assert widen_katakana(chr(code) + mark)[0] == (wide if len(wide) == 1 else wide[0] + mark)


@pytest.mark.parametrize("text", ["ﾞ", "かﾞ", "ｱﾞ", "ﾅﾟ", "(ﾟ∀ﾟ)", "Ａ１"])
def test_a_mark_of_voicing_without_its_kana_is_left_alone(text):
    assert "ﾞ" not in text or "ﾞ" in widen_katakana(text)[0]
    assert "ﾟ" not in text or "ﾟ" in widen_katakana(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "👨‍👩‍👧‍👦",
        "❤️‍🔥",
        "1️⃣",
        "👩🏽‍🚀",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "辻\U000e0100",
        "क्‍ष",
        "می‌خواهم",
    ],
)
def test_sequences_that_mean_something_are_kept(text):
    assert remove_invisible(f"前{text}後") == (f"前{text}後", 0)


@pytest.mark.parametrize(
    "character",
    ["\u200d", "\u200c", "\ufe0f", "\U000e0100", "\U000e0067", "\u200b", "\ufeff", "\u202e", "\x00", "\x7f", "\x9f"],
)
def test_invisible_characters_between_kana_are_removed(character):
    assert remove_invisible(f"か{character}な") == ("かな", 1)


@pytest.mark.parametrize(
    "text", ["縺ゅ＞縺", "ã\x81\x82ã\x81\x84", "�文字化け�", "！！！？？？", "……", "。。。", "wwww", "ーーー"]
)
def test_mojibake_and_repeated_punctuation_are_left_alone(text):
    for rule in (remove_invisible, recompose, uniform_white_space):
        assert rule(text) == (text, 0)


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c"])
def test_line_ends_become_one_kind(line_end):
    assert uniform_white_space(f"一{line_end}二") == ("一\n二", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("　段落", "段落"),
        (" 　 段落", "段落"),
        ("\tcode", "\tcode"),
        ("山田　太郎", "山田　太郎"),
        ("a\tb", "a\tb"),
        ("a  b", "a b"),
        ("行末　 \n次", "行末\n次"),
        ("一\n\n二", "一\n\n二"),
        ("一\n　\n\n二", "一\n\n二"),
        ("\n\n一\n\n", "一"),
        (" ", ""),
        ("", ""),
    ],
)
def test_white_space_with_meaning_stays_and_the_rest_goes(text, expected):
    assert uniform_white_space(text)[0] == expected


def test_compatibility_forms_survive_nfc_and_not_nfkc():
    text = "①㈱℃ＡＢＣ１２３ｱ㌔…"
    assert recompose(text) == (text, 0)
    assert recompose(text, "NFKC")[0] == "1(株)°CABC123アキロ..."


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_a_hundred_thousand_marks_on_one_letter_do_not_hold_a_worker(form):
    composed, count = recompose("か" + "\u0301\u0316ﾞ" * 100_000, form)
    assert count > 0
    assert form == "NFC" or len(composed) <= 31


def test_thirty_marks_on_one_letter_stay_and_the_next_goes():
    assert len(recompose("字" + "\u0301\u0316" * 15)[0]) == 31
    assert len(recompose("字" + "\u0301\u0316" * 15 + "\u0316")[0]) == 31


@pytest.mark.parametrize("rule", RULES)
def test_a_hostile_text_takes_linear_time(rule):
    for unit in ("\u200d", "か゚゙", "ﾞ", " \n", "👩\u200d", "\xa0 ", "\x81\xe3", "\U000e0067"):
        text, count = rule(unit * 200_000)
        assert 0 <= count <= 2 * 200_000 * len(unit)
        assert len(text) <= 200_000 * len(unit)
