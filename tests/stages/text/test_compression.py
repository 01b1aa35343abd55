"""Compression ratios."""

import random
import zlib

import pyarrow as pa
import pytest

from stages.text.compression import lz4_ratio, zlib_ratio

REPETITIVE = "毎日安い毎日お得" * 200
RNG = random.Random(7)
KANJI = "".join(chr(RNG.randrange(0x4E00, 0x9FA0)) for _ in range(1600))


def test_zlib_is_at_level_nine_over_the_bytes_of_utf8() -> None:
    raw = KANJI.encode()
    assert zlib_ratio(pa.array([KANJI])).tolist() == [len(zlib.compress(raw, 9)) / len(raw)]


@pytest.mark.parametrize("ratio", [zlib_ratio, lz4_ratio])
def test_repetition_compresses_and_chance_does_not(ratio: object) -> None:
    assert callable(ratio)
    repetitive, by_chance, empty, null = ratio(pa.array([REPETITIVE, KANJI, "", None]))
    assert repetitive < 0.05
    assert by_chance > 0.6
    assert empty == null == 0


@pytest.mark.parametrize("ratio", [zlib_ratio, lz4_ratio])
def test_a_slice_of_a_column_is_measured_from_its_own_beginning(ratio: object) -> None:
    assert callable(ratio)
    column = pa.array(["あ", REPETITIVE, KANJI])
    assert ratio(column.slice(1)).tolist() == ratio(column)[1:].tolist()
