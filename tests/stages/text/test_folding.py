import gzip
import json
import random
import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text.codepoints import Text, codepoints
from stages.text.folding import fold, folded
from tests.shared import shared_data


def folds(strings: list[str], **options: bool) -> list[str]:
    text = folded(codepoints(pa.array(strings, pa.large_string())), **options)
    return [
        text.points[text.offsets[i] : text.offsets[i + 1]].astype("<u4").tobytes().decode("utf-32-le")
        for i in range(len(text))
    ]


# Every assigned character outside private use that is not a plain ideograph or syllable, and the edges of planes.
RANGES = ((0, 0x3500), (0x9FF0, 0xAC80), (0xE000, 0xE010), (0xF8F0, 0x17010), (0x18CF0, 0x20010), (0x2F7F0, 0x30010))
RANGES += ((0xDFFF0, 0xE1010), (0x10FFF0, 0x110000))
OPTIONS = [{"keep_punctuation": marks, "keep_white_space": space} for marks in (True, False) for space in (True, False)]
EVERY_CHARACTER = [chr(point) for first, end in RANGES for point in range(first, end)]


def test_every_character_folds_as_unicodedata_says():
    for keep in OPTIONS:
        assert folds(EVERY_CHARACTER, **keep) == [fold(character, **keep) for character in EVERY_CHARACTER]


def test_runs_of_difficult_characters_fold_as_unicodedata_says():
    difficult = [c for c in EVERY_CHARACTER if unicodedata.combining(c) or unicodedata.normalize("NFKC", c) != c]
    choices = difficult + list("かハヒｶﾊabÉ각한 \u3000\u3099\u309aﾞﾟ\u1161\u11a8") * 40
    chance = random.Random(7)
    strings = ["".join(chance.choices(choices, k=chance.randint(0, 6))) for _ in range(20_000)]
    for keep in OPTIONS:
        assert folds(strings, **keep) == [fold(s, **keep) for s in strings]


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5), st.sampled_from(OPTIONS))
def test_any_texts_fold_as_unicodedata_says(strings, keep):
    assert folds(strings, **keep) == [fold(s, **keep) for s in strings]


def test_dakuten_are_kept():
    assert folds(["バス", "パス", "ハス", "か", "が"]) == ["バス", "パス", "ハス", "か", "が"]


def test_every_way_to_write_a_voiced_kana_is_the_same():
    assert folds(["ガ", "ｶﾞ", "カ\u3099", "カﾞ", "ｶ\u3099"]) == ["ガ"] * 5
    assert folds(["パ", "ﾊﾟ", "ハ\u309a", "ヴ", "ｳﾞ"]) == ["パ", "パ", "パ", "ヴ", "ヴ"]


def test_a_mark_does_not_reach_over_a_removed_character():
    assert folds(["か \u3099", "か\u200b\u3099", "\u3099か"]) == ["か\u3099", "か\u3099", "\u3099か"]


def test_width_and_case_do_not_matter_nor_white_space_unless_told_otherwise():
    strings = ["Ｗａｂｕｎ　２０２４年\n", "wabun 2024\t年"]
    assert folds(strings) == ["wabun2024年"] * 2
    assert folds(strings, keep_white_space=True) == ["wabun 2024年\n", "wabun 2024\t年"]


def test_selectors_of_variants_and_invisible_characters_are_removed():
    assert folds(["葛\U000e0100城", "葛\ufe00城", "葛\u200b城", "\ufeff葛城"]) == ["葛城"] * 4


def test_punctuation_goes_only_on_request_and_the_long_vowel_mark_stays():
    strings = ["「コーヒー」、★々〇！…", "。"]
    assert folds(strings) == ["「コーヒー」、★々〇!...", "。"]
    assert folds(strings, keep_punctuation=False) == ["コーヒー々〇", ""]


def test_no_texts_and_empty_texts_pass():
    assert folds([]) == []
    assert folds(["", "", "é", ""]) == ["", "", "é", ""]
    assert len(folded(Text(np.empty(0, np.uint32), np.zeros(1, np.int64)))) == 0


def test_real_texts_fold_as_unicodedata_says():
    with gzip.open(shared_data("web.gold.jsonl.gz"), "rt") as lines:
        texts = [json.loads(line)["text"] for line in lines][:400]
    assert folds(texts) == [fold(text) for text in texts]
