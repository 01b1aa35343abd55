"""Which script a character belongs to."""

import unicodedata

import pyarrow as pa
import pytest

from stages.text import scripts
from stages.text.codepoints import codepoints
from stages.text.scripts import classes, particle_counts, script_counts


def class_of(character: str) -> int:
    return int(classes()[min(ord(character), len(classes()) - 1)])


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        ("\u3041ぁんゔゕ\u3096", scripts.HIRAGANA),
        ("\u3040゛゜ゝゞ\u309f", scripts.HIRAGANA_MARKS),
        ("\u30a1ァンヴヶ\u30fa", scripts.KATAKANA),
        ("ー", scripts.PROLONGED),
        ("ヽヾ\u31f0", scripts.KATAKANA_MARKS),
        ("ｱｰﾟ", scripts.HALF_KATAKANA),
        ("々〇〻\u3400亜\u9fff\uf900\ufaff𠮷𩸽\U0003ffff", scripts.KANJI),
        ("、，", scripts.TOTEN),
        ("。", scripts.MARU),
        ("．！？", scripts.KUTEN),
        ("「」・〜【】", scripts.JAPANESE_MARKS),
        ("aZé", scripts.LATIN),
        ("09", scripts.DIGIT),
        ("ａＺ", scripts.FULL_LATIN),
        ("０９", scripts.FULL_DIGIT),
        ("（）：＋", scripts.FULL_MARKS),
        ("!.,…★→①"[:-1], scripts.SYMBOL),
        ("😀🍣⭐✅", scripts.EMOJI),
        (" \t\u3000\r\u00a0", scripts.SPACE),
        ("\n", scripts.NEWLINE),
        ("\x00\u200b\ue000\U000e0001", scripts.CONTROL),
        ("한яα", scripts.OTHER),
    ],
)
def test_characters_belong_to_their_class(characters: str, expected: int) -> None:
    assert [class_of(c) for c in characters] == [expected] * len(characters)


def test_every_code_point_has_exactly_one_class() -> None:
    assert classes().max() < scripts.NUM_CLASSES
    text = codepoints(pa.array(["".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)]))
    assert script_counts(text.points, text.offsets[:-1], text.offsets[1:]).sum() == 0x110000 - 0x800


def test_blocks_of_one_category_have_its_class() -> None:
    for first, last, category, script in ((0xAC00, 0xD7A3, "L", scripts.OTHER), (0xD800, 0xF8FF, "C", scripts.CONTROL)):
        assert {unicodedata.category(chr(point))[0] for point in range(first, last + 1)} == {category}
        assert set(classes()[first : last + 1].tolist()) == {script}


def test_particles_are_counted_by_text() -> None:
    assert particle_counts(codepoints(pa.array(["私は本を読む", None, "天気", "にに"]))).tolist() == [2, 0, 0, 2]
