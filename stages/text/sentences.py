"""Sentences and paragraphs as the Swallow corpus cuts them."""

import numpy as np
from numba import njit

from stages.text.codepoints import Offsets, Points, Text
from stages.text.segments import Segments


def sentences_and_paragraphs(text: Text) -> tuple[Segments, Segments]:
    """The sentences and the paragraphs of each text.

    A paragraph is a line, empty ones too. A sentence is a run of other characters up to and with one of the end marks
    。．！？!? or up to the line's end. An end mark that follows nothing (the second of two ！) belongs to no sentence
    and is left out of its paragraph as well. Source: Okazaki et al., COLM 2024 (arXiv 2404.17733), quality.py.

    >>> import pyarrow as pa
    >>> from stages.text.codepoints import codepoints
    >>> found, paragraphs = sentences_and_paragraphs(codepoints(pa.array(["雨だ。寒い！！\\n\\n終わり"])))
    >>> ["".join(map(chr, found.points[a:b])) for a, b in zip(found.starts, found.ends)]
    ['雨だ。', '寒い！', '終わり']
    >>> paragraphs.lengths().tolist()
    [6, 0, 3]
    """
    points, sentence_bounds, sentence_groups, paragraph_bounds, paragraph_groups = _cut(text.points, text.offsets)
    return (
        Segments(points, sentence_bounds[:-1], sentence_bounds[1:], sentence_groups),
        Segments(points, paragraph_bounds[:-1], paragraph_bounds[1:], paragraph_groups),
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def _is_end_mark(point: int) -> bool:
    """Whether the character ends a sentence: one of !?。．！？."""
    if point < 0x3002:
        return point == 0x21 or point == 0x3F
    return point == 0x3002 or point == 0xFF01 or point == 0xFF0E or point == 0xFF1F


@njit(cache=True)  # type: ignore[untyped-decorator]
def _cut(points: Points, offsets: Offsets) -> tuple[Points, Offsets, Offsets, Offsets, Offsets]:
    """The characters that stand in sentences, with the bounds of sentences and paragraphs among them."""
    num_texts = len(offsets) - 1
    most_sentences = most_paragraphs = num_texts
    for at in range(offsets[0], offsets[-1]):
        most_sentences += points[at] == 10 or _is_end_mark(points[at])
        most_paragraphs += points[at] == 10
    kept = np.empty(offsets[-1] - offsets[0], np.uint32)
    sentences = np.zeros(most_sentences + 1, np.int64)
    paragraphs = np.zeros(most_paragraphs + 1, np.int64)
    sentence_groups = np.zeros(num_texts + 1, np.int64)
    paragraph_groups = np.zeros(num_texts + 1, np.int64)
    num_sentences = num_paragraphs = 0
    begin = out = 0  # where the open sentence begins in `kept`, and where the next character goes
    for text in range(num_texts):
        end = offsets[text + 1]
        for at in range(offsets[text], end + 1):
            point = np.uint32(10) if at == end else points[at]
            is_mark = _is_end_mark(point)
            if point != 10 and (out > begin or not is_mark):
                kept[out] = point
                out += 1
            if (is_mark or point == 10) and out > begin:
                num_sentences += 1
                sentences[num_sentences] = out
                begin = out
            if point == 10:
                num_paragraphs += 1
                paragraphs[num_paragraphs] = out
        sentence_groups[text + 1] = num_sentences
        paragraph_groups[text + 1] = num_paragraphs
    return kept[:out], sentences[: num_sentences + 1], sentence_groups, paragraphs, paragraph_groups
