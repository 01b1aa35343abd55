import numpy as np
import pytest

from stages.text.html.phrases import PHRASE_MARKS, PHRASE_STATES, has_furniture


def furniture(line):
    raw = np.frombuffer(line.encode() + b" ", np.uint8)
    return has_furniture(raw, 0, len(raw) - 1, PHRASE_STATES, PHRASE_MARKS)


@pytest.mark.parametrize(
    "line", ["ページの先頭へ", "戻る", "スポンサーリンク", "Copyright 2024", "ALL RIGHTS RESERVED", "HOME"]
)
def test_furniture_is_known(line):
    assert furniture(line)


@pytest.mark.parametrize(
    "line", ["駅へ戻る", "リンク機構の設計", "目次の作り方", "広告の歴史", "homework", "桜の開花について"]
)
def test_a_whole_line_s_phrase_inside_a_longer_line_is_none(line):
    assert not furniture(line)
