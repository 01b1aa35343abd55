import gzip
import json
import random

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from datasketch import MinHash
from datasketch.hashfunc import sha1_hash32

from stages.text.codepoints import codepoints
from stages.text.folding import fold, folded
from stages.text.minhash import estimated_jaccard, permutations, signatures
from stages.text.shingles import shingles
from tests.shared import shared_data

FUNCTIONS = {"xxh32": xxhash.xxh32_intdigest, "sha1_hash32": sha1_hash32}


def theirs(string: str, n: int, num_perm: int, function: str = "xxh32", seed: int = 1) -> np.ndarray:
    sketch = MinHash(num_perm, seed=seed, hashfunc=FUNCTIONS[function])
    if string:
        sketch.update_batch([string[i : i + n].encode() for i in range(max(len(string) - n + 1, 1))])
    return sketch.hashvalues


def ours(strings: list[str], n: int, num_perm: int, function: str = "xxh32", seed: int = 1) -> np.ndarray:
    return signatures(shingles(codepoints(pa.array(strings, pa.large_string())), n, function), num_perm, seed)


def generated(count: int) -> list[str]:
    chance = random.Random(3)
    kinds = ["あいうえおかきくけこ", "漢字仮名交文章日本語", "abc de", "𠮷𩸽😀", "é が"]
    return ["".join(chance.choices("".join(chance.sample(kinds, 2)), k=chance.randint(0, 300))) for _ in range(count)]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("num_perm", [1, 112, 128, 800])
def test_signatures_equal_datasketch_on_generated_texts(function, num_perm):
    strings = ["", "あ", "ab", "猫猫猫", "あ" * 5000, *generated(40)]
    expected = np.stack([theirs(string, 5, num_perm, function) for string in strings])
    assert np.array_equal(ours(strings, 5, num_perm, function), expected)


@pytest.mark.parametrize("n", [1, 3, 13])
def test_signatures_equal_datasketch_at_other_lengths_and_seeds(n):
    for seed in (1, 42):
        expected = np.stack([theirs(string, n, 64, seed=seed) for string in generated(30)])
        assert np.array_equal(ours(generated(30), n, 64, seed=seed), expected)


def check_real(texts: list[str]) -> None:
    found = signatures(shingles(folded(codepoints(pa.array(texts))), 5), 128)
    assert all(np.array_equal(row, theirs(fold(text), 5, 128)) for row, text in zip(found, texts, strict=True))


def real_texts() -> list[str]:
    with gzip.open(shared_data("web.gold.jsonl.gz"), "rt") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    with gzip.open(shared_data("udhr.lid.jsonl.gz"), "rt") as lines:
        texts += [json.loads(line)["text"] for line in lines]
    with gzip.open(shared_data("benchmarks_ja.jsonl.gz"), "rt") as lines:
        texts += [value for line in lines for value in json.loads(line).values() if isinstance(value, str)]
    return texts


def test_signatures_equal_datasketch_on_some_real_texts():
    check_real(real_texts()[::97])


@pytest.mark.slow
def test_signatures_equal_datasketch_on_all_real_texts():
    check_real(real_texts())


def test_a_signature_loads_into_datasketch_and_back():
    a, b = ours(["吾輩は猫である。名前はまだ無い。", "吾輩は犬である。名前はまだ無い。"], 3, 128)
    left, right = (MinHash(hashvalues=row, hashfunc=xxhash.xxh32_intdigest, scheme="affine32") for row in (a, b))
    assert left.jaccard(right) == estimated_jaccard(a[None], b[None])[0]
    assert 0 < left.jaccard(right) < 1
    left.update("まだ無".encode())
    assert np.array_equal(left.hashvalues, a)


def test_an_empty_text_has_the_signature_of_nothing():
    assert (ours([""], 5, 16) == 0xFFFFFFFF).all()
    assert ours([], 5, 16).shape == (0, 16)


def test_dakuten_make_another_signature():
    assert len({row.tobytes() for row in ours(["バスに乗る", "パスに乗る", "ハスに乗る"], 5, 16)}) == 3


def test_a_signature_does_not_depend_on_its_neighbours():
    strings = generated(20)
    alone = np.concatenate([ours([string], 5, 32) for string in strings])
    assert np.array_equal(ours(strings, 5, 32), alone)


def test_there_is_at_least_one_permutation():
    with pytest.raises(ValueError, match="at least one permutation"):
        permutations(0)
