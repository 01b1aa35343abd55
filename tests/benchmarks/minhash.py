"""MinHash signatures: microseconds per document, ours beside datasketch and rensa on the same texts in one run."""

import argparse
import random
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import xxhash
from datasketch import MinHash
from rensa import RMinHash

from stages.text.codepoints import codepoints
from stages.text.folding import folded
from stages.text.minhash import signatures
from stages.text.shingles import shingles

KANA = "".join(map(chr, range(0x3041, 0x3094)))
KANJI = "".join(map(chr, range(0x4E00, 0x5800)))


def document(seed: int, characters: int) -> str:
    """Characters in about the proportions of Japanese prose."""
    chance = random.Random(seed)
    return "".join(chance.choice(KANA if chance.random() < 0.65 else KANJI) for _ in range(characters))


def grams(text: str, n: int) -> list[str]:
    return [text[i : i + n] for i in range(len(text) - n + 1)]


def microseconds(work: Callable[[], object], documents: int, repeats: int) -> float:
    """Per document, the best of some runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best / documents * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--characters", type=int, default=2000)
    parser.add_argument("--n", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    texts = [document(seed, options.characters) for seed in range(options.documents)]
    column = pa.array(texts)
    n = options.n

    def ours(num_perm: int, function: str = "xxh32") -> np.ndarray:
        return signatures(shingles(folded(codepoints(column)), n, function), num_perm)

    def datasketch(num_perm: int) -> list[MinHash]:
        sets = ([gram.encode() for gram in grams(text, n)] for text in texts)
        return MinHash.bulk(sets, num_perm=num_perm, hashfunc=xxhash.xxh32_intdigest)

    def rensa(num_perm: int) -> object:
        return RMinHash.digest_matrix_from_token_sets([grams(text, n) for text in texts], num_perm, 1)

    def ours_after_folding(num_perm: int) -> np.ndarray:
        return signatures(shingles(prepared, n), num_perm)

    prepared = folded(codepoints(column))
    ours(1), ours(1, "sha1_hash32")
    print(f"{options.documents} documents of {options.characters:,} characters, {n}-grams; µs per document, one core")
    print(
        "ours: from the Arrow column, with folding; bare: from folded code points, as the peers begin with ready text"
    )
    heads = f"{'permutations':>12} {'ours':>8} {'bare':>8} {'datasketch':>11} {'rensa':>8}"
    print(f"{heads} {'÷ datasketch':>13} {'÷ rensa':>8}")
    for num_perm in (112, 128, 800):
        mine = microseconds(lambda k=num_perm: ours(k), len(texts), options.repeats)
        bare = microseconds(lambda k=num_perm: ours_after_folding(k), len(texts), options.repeats)
        theirs = microseconds(lambda k=num_perm: datasketch(k), len(texts), options.repeats)
        rust = microseconds(lambda k=num_perm: rensa(k), len(texts), options.repeats)
        print(
            f"{num_perm:>12} {mine:>8.1f} {bare:>8.1f} {theirs:>11.1f} {rust:>8.1f}"
            f" {theirs / mine:>12.1f}× {rust / mine:>7.1f}×"
        )
        assert all(np.array_equal(a, b.hashvalues) for a, b in zip(ours(num_perm), datasketch(num_perm), strict=True))
    sha1 = microseconds(lambda: ours(128, "sha1_hash32"), len(texts), 2)
    print(f"with sha1_hash32, 128 permutations: {sha1:,.0f} µs")


if __name__ == "__main__":
    main()
