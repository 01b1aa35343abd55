"""Kana, the shapes of Han and their share decide where they can, and leave the rest to the model."""

import numpy as np
import pyarrow as pa
import pytest

from stages.text.codepoints import codepoints
from stages.text.script_evidence import (
    HAN,
    HAN_CHINESE,
    HAN_JAPANESE,
    HANGUL,
    KANA,
    LETTER,
    NUM_KINDS,
    OTHER,
    judge,
    kind_counts,
    without_code,
)


def verdict(text, model_score=0.5):
    return judge(model_score, kind_counts(codepoints(pa.array([text])))[0])


def counts(**numbers):
    found = np.zeros(NUM_KINDS, np.int64)
    for name, number in numbers.items():
        found[{"kana": KANA, "han": HAN, "chinese": HAN_CHINESE, "letter": LETTER, "hangul": HANGUL}[name]] = number
    return found


def test_characters_are_counted_by_kind_and_text():
    table = kind_counts(codepoints(pa.array(["カナかなｶﾅー", None, "们1。", "한글 abc Ж"])))
    assert table.shape == (4, NUM_KINDS)
    assert table[0, KANA] == 7
    assert not table[1].any()
    assert table[2, HAN_CHINESE] == 1 and table[2, OTHER] == 2
    assert table[3, HANGUL] == 2 and table[3, LETTER] == 4


@pytest.mark.parametrize("kanji", ["剝", "塡", "頰"])
def test_school_kanji_outside_jis_x_0208_are_not_taken_for_chinese(kanji):
    found = kind_counts(codepoints(pa.array([kanji])))[0]
    assert found[HAN] + found[HAN_JAPANESE] == 1


@pytest.mark.parametrize("text", ["", "123 !?", "。、", "🍣"])
def test_a_text_without_letters_is_not_japanese(text):
    assert verdict(text, 0.9) == (0.0, False)


def test_a_mostly_english_page_with_much_japanese_is_japanese_though_it_begins_in_english():
    text = "Sort Order icon on the Table Data bar. " * 3 + "データを並べ替える条件を指定します。" * 6
    assert verdict(text, 0.02).script_says is True
    assert verdict(text, 0.02).score >= 0.5


def test_from_a_share_of_two_fifths_the_text_is_japanese():
    assert judge(0.1, counts(kana=20, han=20, letter=150)) == (0.5, True)  # 40 of 100 units
    assert judge(0.1, counts(kana=20, han=19, letter=152)).script_says is None


def test_under_a_fifth_the_text_is_not_japanese_however_it_begins():
    assert judge(0.99, counts(kana=10, han=9, letter=202)).script_says is False
    score, says = judge(0.99, counts(kana=10, han=11, letter=197))
    assert score > 0.5 and says is None


def test_kana_are_a_tenth_of_japanese_and_less_in_a_quotation():
    assert judge(0.2, counts(kana=10, han=90)).script_says is True
    assert judge(0.2, counts(kana=9, han=91)).script_says is None


def test_chinese_that_quotes_much_japanese_is_left_to_the_model_and_never_raised():
    text = "我们今天学习了这个句子，老师说「今日は雨が降っています」，还让我们读了三遍。"
    assert verdict(text, 0.02).score == 0.02


@pytest.mark.parametrize(
    "text", ["県立図書館の休館日", "駅", "横浜市営地下鉄 運転見合", "勲章褫奪令施行細則左ノ通定ム"]
)
def test_short_and_kana_poor_japanese_is_raised(text):
    assert verdict(text, 0.1).script_says is True


@pytest.mark.parametrize("text", ["关于我们", "學校開學典禮", "这是我们的新网站", "您好"])
def test_chinese_shapes_lower_a_text_without_kana(text):
    assert verdict(text, 0.9) == (0.0, False)


@pytest.mark.parametrize("text", ["大学", "東京都議会", "中山大学"])
def test_han_that_both_write_are_left_to_the_model(text):
    assert verdict(text, 0.37) == (0.37, None)


def test_korean_with_a_few_kana_is_not_japanese():
    assert verdict("일본어 인사말 " * 20 + "こんにちは", 0.8).script_says is False


def test_a_manual_that_is_mostly_code_is_japanese():
    text = (
        "次の例では、拍子と速さを指定してから、旋律を書きます。\n"
        + "\\time_x{4/4} s2 | g4[c8.] tmp_var(x1, y2)->next;\n" * 8
    )
    found = kind_counts(codepoints(pa.array([text])))[0]
    assert judge(0.1, found).script_says is not True
    assert judge(0.1, without_code(text, found)).script_says is True


def test_prose_is_not_taken_for_code():
    text = "データを並べ替えます。\n" + "Please choose the second item of the menu and confirm. " * 8
    found = kind_counts(codepoints(pa.array([text])))[0]
    assert judge(0.1, without_code(text, found)).script_says is not True


@pytest.mark.parametrize(
    "text", ["", "English only, with foo_bar() in it.", "日本語だけの文章です。", "中文 foo_bar()"]
)
def test_code_is_not_looked_for_where_it_cannot_matter(text):
    found = kind_counts(codepoints(pa.array([text])))[0]
    assert without_code(text, found) is found
