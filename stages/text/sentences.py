"""Sentences and paragraphs as the Swallow corpus cuts them."""

from typing import Final

import numpy as np

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points, Text
from stages.text.segments import Segments

_LINE_END: Final = np.uint32(10)
_ONE: Final = np.uint64(1)


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


@kernel
def _ends(point: np.uint32) -> bool:
    """Whether it is an end mark (!?。．！？) or a line's end; without a branch, so that a loop becomes vector code."""
    western = (point == 0x21) | (point == 0x3F) | (point == 10)
    return bool(western | (point == 0x3002) | (point == 0xFF01) | (point == 0xFF0E) | (point == 0xFF1F))


@kernel
def _cut(points: Points, offsets: Offsets) -> tuple[Points, Offsets, Offsets, Offsets, Offsets]:
    """The characters that stand in sentences, with the bounds of sentences and paragraphs among them."""
    num_texts = len(offsets) - 1
    most = num_texts
    before = np.uint64(offsets[0])
    inside = points[offsets[0] : offsets[-1]]
    is_end = np.empty(len(inside), np.bool_)
    for k in range(len(inside)):  # a loop of its own, which becomes vector code
        is_end[k] = _ends(inside[k])
        most += int(is_end[k])
    kept = np.empty(len(inside) + 1, np.uint32)
    sentences = np.zeros(most + 1, np.int64)
    paragraphs = np.zeros(most + 1, np.int64)
    sentence_groups = np.zeros(num_texts + 1, np.int64)
    paragraph_groups = np.zeros(num_texts + 1, np.int64)
    num_sentences = num_paragraphs = np.uint64(0)  # unsigned places need no test for a negative index
    begin = out = np.uint64(0)  # where the open sentence begins in `kept`, and where the next character goes
    for text in range(num_texts):
        at = np.uint64(offsets[text]) - before
        end = np.uint64(offsets[text + 1]) - before
        while at <= end:
            point = inside[at] if at < end else _LINE_END
            goes_on = at < end and not is_end[at]
            at += _ONE
            kept[out] = point
            if goes_on:
                out += _ONE
                continue
            out += np.uint64((point != _LINE_END) & (out > begin))
            if out > begin:
                num_sentences += _ONE
                sentences[num_sentences] = begin = out
            if point == _LINE_END:
                num_paragraphs += _ONE
                paragraphs[num_paragraphs] = out
        sentence_groups[text + 1] = num_sentences
        paragraph_groups[text + 1] = num_paragraphs
    return (
        kept[:out],
        sentences[: num_sentences + _ONE],
        sentence_groups,
        paragraphs[: num_paragraphs + _ONE],
        paragraph_groups,
    )
