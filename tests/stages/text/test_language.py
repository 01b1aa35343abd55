"""The model sees a clean excerpt, its labels are understood, and the scripts may overrule it."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.lid import load_model
from stages.text.codepoints import codepoints
from stages.text.language import excerpt, identify, language_code


def languages(*texts, predict=None, num_characters=300, use_scripts=True):
    return identify(
        texts,
        codepoints(pa.array(texts, pa.string())),
        predict or load_model(),
        num_characters=num_characters,
        use_scripts=use_scripts,
    )


@pytest.mark.parametrize("text", ["一\n二", "一\r\n二", "一\0二", "一\ud800二", "一\u2028二", "一 \t\n 二"])
def test_an_excerpt_is_one_line_without_nul_or_surrogates(text):
    assert excerpt(text, 10) == "一 二"
    load_model()(excerpt(text, 10))


def test_an_excerpt_has_at_most_the_characters_asked_for():
    assert excerpt("あ" * 500, 200) == "あ" * 200
    assert excerpt("  \n あ", 1) == ""
    assert excerpt("\n\n\nあい", 2) == "あい"


def test_an_excerpt_of_endless_white_space_is_short_work():
    assert excerpt(" " * 10_000_000 + "あ", 300) == ""


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("__label__ja", "ja"),
        ("__label__jpn_Jpan", "ja"),
        ("__label__jpn", "ja"),
        ("__label__cmn_Hani", "zh"),
        ("__label__zh", "zh"),
        ("__label__kor_Hang", "ko"),
        ("__label__fra_Latn", "fra"),
    ],
)
def test_labels_of_each_model_name_the_same_languages(label, code):
    assert language_code(label) == code


def test_japanese_of_several_labels_is_summed_and_at_most_one():
    answers = [(0.6, "__label__jpn_Jpan"), (0.5, "__label__jpn_Hira")]
    found = languages("猫", predict=lambda line: answers, use_scripts=False)
    assert found.japanese.tolist() == [1.0]


def test_languages_are_told():
    found = languages("今日は朝から雨が降っている。", "今天从早上开始下雨。", "It rains.", "아침부터 비가 온다.")
    assert found.codes == ["ja", "zh", "en", "ko"]
    assert found.japanese.dtype == np.float64
    assert found.japanese[0] > 0.9 > 0.1 > found.japanese[1:].max()
    assert not found.by_script.any()


def test_a_text_without_letters_is_undetermined():
    found = languages("", "12 + 34", "🍣🍣")
    assert found.codes == ["und"] * 3
    assert found.japanese.tolist() == [0.0] * 3


def test_the_scripts_overrule_the_model_and_say_so():
    def zh(line):
        return [(0.8, "__label__zh"), (0.1, "__label__ja")]

    found = languages("駅前広場 図書館 営業中", predict=zh)
    assert (found.codes, found.by_script.tolist()) == (["ja"], [True])
    found = languages("駅前広場 図書館 営業中", predict=zh, use_scripts=False)
    assert (found.codes, found.japanese.tolist(), found.by_script.tolist()) == (["zh"], [0.1], [False])


def test_an_overruled_japanese_gets_the_next_language():
    def ja(line):
        return [(0.8, "__label__ja"), (0.1, "__label__zh")]

    assert languages("这是我们的网站", predict=ja).codes == ["zh"]
    assert languages("这是我们的网站", predict=lambda line: [(0.8, "__label__ja")]).codes == ["und"]


def test_a_japanese_menu_before_a_long_english_text_does_not_make_it_japanese():
    menu = "本文へ移動。目次、索引、前のページへ戻る、次のページへ進む、検索の使い方、更新の履歴を見る。"
    found = languages(menu + "\n" + "The rest of this manual is written in English only. " * 60, num_characters=40)
    assert found.codes != ["ja"]
    assert found.japanese[0] < 0.5


def test_a_model_that_answers_nothing_leaves_the_language_open():
    assert languages("abc", predict=lambda line: []).codes == ["und"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=4))
def test_any_text_has_a_language_and_a_probability(texts):
    found = languages(*texts, num_characters=20)
    assert len(found.codes) == len(found.japanese) == len(texts)
    assert ((found.japanese >= 0) & (found.japanese <= 1)).all()
    assert all(found.codes)
