"""Stretches of texts and the sums over them."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text.codepoints import codepoints
from stages.text.segments import Segments


def whole_texts(*texts: str) -> Segments:
    text = codepoints(pa.array(texts, pa.string()))
    return Segments(text.points, text.offsets[:-1], text.offsets[1:], np.arange(len(texts) + 1))


@settings(deadline=None)  # the first call compiles
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \n\u3000あ"), max_size=8), max_size=6)
)
def test_stripping_is_that_of_python(texts: list[str]) -> None:
    found = whole_texts(*texts).stripped()
    assert ["".join(map(chr, found.points[a:b])) for a, b in zip(found.starts, found.ends, strict=True)] == [
        text.strip() for text in texts
    ]
    assert whole_texts(*texts).last_visible().tolist() == [ord(text.strip()[-1:] or "\0") for text in texts]


def test_every_white_space_of_unicode_is_stripped() -> None:
    spaces = "".join(chr(point) for point in range(0x110000) if chr(point).isspace())
    assert whole_texts(spaces + "あ" + spaces).stripped().lengths().tolist() == [1]
    assert whole_texts("\u200bあ\u200b").stripped().lengths().tolist() == [3]


def test_sums_and_longest_of_texts_without_segments_are_zero() -> None:
    text = codepoints(pa.array(["ああ", "い"]))
    found = Segments(text.points, text.offsets[:-1], text.offsets[1:], np.array([0, 0, 2, 2]))
    assert found.num_per_text().tolist() == [0, 2, 0]
    assert found.characters_per_text().tolist() == [0, 3, 0]
    assert found.longest_per_text().tolist() == [0, 2, 0]
    assert found.sum_per_text(np.array([True, True])).tolist() == [0, 2, 0]


def test_a_character_beyond_a_segment_is_none() -> None:
    found = whole_texts("あい", "う", "")
    assert found.first().tolist() == [ord("あ"), ord("う"), 0]
    assert found.last(2).tolist() == [ord("あ"), 0, 0]
