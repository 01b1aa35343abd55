import hashlib
import struct

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text.codepoints import codepoints
from stages.text.shingles import Shingles, distinct, jaccard, shingles

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=6)


def hashed(strings: list[str], n: int, function: str = "xxh32") -> list[list[int]]:
    found = shingles(codepoints(pa.array(strings, pa.large_string())), n, function)
    return [found.hashes[a:b].tolist() for a, b in zip(found.offsets[:-1], found.offsets[1:], strict=True)]


def grams(string: str, n: int) -> list[bytes]:
    if len(string) < n:
        return [string.encode()] if string else []
    return [string[i : i + n].encode() for i in range(len(string) - n + 1)]


@settings(deadline=None)  # the first call compiles
@given(TEXTS, st.integers(1, 12))
def test_every_shingle_hashes_as_xxhash_hashes_its_utf8(strings, n):
    assert hashed(strings, n) == [[xxhash.xxh32_intdigest(gram) for gram in grams(s, n)] for s in strings]


@settings(deadline=None)  # the first call compiles
@given(TEXTS, st.integers(1, 8))
def test_sha1_is_its_first_four_bytes_little_endian(strings, n):
    expected = [[struct.unpack("<I", hashlib.sha1(gram).digest()[:4])[0] for gram in grams(s, n)] for s in strings]
    assert hashed(strings, n, "sha1_hash32") == expected


def test_a_text_shorter_than_n_is_one_shingle_and_an_empty_one_none():
    assert [len(found) for found in hashed(["", "猫", "三文字", "四文字だ", "五文字です", "六文字ですよ"], 5)] == [
        0,
        1,
        1,
        1,
        1,
        2,
    ]


def test_a_shingle_has_at_least_one_character():
    with pytest.raises(ValueError, match="at least one character"):
        hashed(["猫"], 0)


def test_distinct_gives_the_set_of_each_text():
    found = distinct(Shingles(np.array([3, 1, 3, 2, 2], np.uint32), np.array([0, 3, 3, 5])))
    assert found.hashes.tolist() == [1, 3, 2]
    assert found.offsets.tolist() == [0, 2, 2, 3]


def test_jaccard_of_sets_and_of_two_empty_ones():
    def of(*values: int) -> np.ndarray:
        return np.array(values, np.uint32)

    assert jaccard(of(1, 2), of(1, 2)) == 1.0
    assert jaccard(of(1, 2), of(3)) == 0.0
    assert jaccard(of(), of()) == 0.0
