"""Sentences and paragraphs as Swallow cuts them."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text.codepoints import codepoints
from stages.text.segments import Segments
from stages.text.sentences import sentences_and_paragraphs
from tests.stages.text.swallow_reference import split_into_sentences


def strings(found: Segments) -> list[str]:
    return ["".join(map(chr, found.points[a:b])) for a, b in zip(found.starts, found.ends, strict=True)]


def cut(*texts: str) -> tuple[Segments, Segments]:
    return sentences_and_paragraphs(codepoints(pa.array(texts, pa.string())))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("雨。", ["雨。"]),
        ("雨。風", ["雨。", "風"]),
        ("本当に!?はい。", ["本当に!", "はい。"]),
        ("。。。", []),
        ("はい。\r\nいいえ", ["はい。", "\r", "いいえ"]),
        ("３．１４です．", ["３．", "１４です．"]),
        ("ver.1.2です", ["ver.1.2です"]),
        ("「はい。」と言った。", ["「はい。", "」と言った。"]),
    ],
)
def test_a_sentence_ends_with_its_mark_or_its_line(text: str, expected: list[str]) -> None:
    assert strings(cut(text)[0]) == expected


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.text(alphabet="あ亜。！?\n 𠮷", max_size=30), max_size=5))
def test_sentences_and_paragraphs_are_those_of_the_reference(texts: list[str]) -> None:
    sentences, paragraphs = cut(*texts)
    lines = [[split_into_sentences(line) for line in text.split("\n")] for text in texts]
    assert strings(sentences) == [s for text in lines for line in text for s in line]
    assert strings(paragraphs) == ["".join(line) for text in lines for line in text]
    assert paragraphs.num_per_text().tolist() == [len(text) for text in lines]
