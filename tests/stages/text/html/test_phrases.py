import numpy as np
import pytest

from stages.text.html.phrases import FURNITURE, NOTICE, PHRASE_MARKS, PHRASE_STATES, phrases


def said(line):
    raw = np.frombuffer(line.encode() + b" ", np.uint8)
    return phrases(raw, 0, len(raw) - 1, PHRASE_STATES, PHRASE_MARKS)


@pytest.mark.parametrize(
    "line", ["ページの先頭へ", "戻る", "スポンサーリンク", "Copyright 2024", "ALL RIGHTS RESERVED", "HOME"]
)
def test_furniture_is_known(line):
    assert said(line) & FURNITURE


@pytest.mark.parametrize(
    "line", ["駅へ戻る", "リンク機構の設計", "目次の作り方", "広告の歴史", "homework", "桜の開花について"]
)
def test_a_whole_line_s_phrase_inside_a_longer_line_is_none(line):
    assert not said(line)


@pytest.mark.parametrize("line", ["当サイトはクッキーを利用します。", "写真の無断転載を禁じます。", "We use Cookies."])
def test_a_notice_is_known_in_a_sentence(line):
    assert said(line) & NOTICE


@pytest.mark.parametrize("line", ["クッキーを焼いた。", "転載の歴史を調べた。", "She baked cookies."])
def test_prose_on_the_same_subject_is_no_notice(line):
    assert not said(line)
