"""MinHash signatures, bit for bit those of `datasketch.MinHash`, so that either can read the other's."""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets
from stages.text.shingles import Hashes, Shingles

Signatures = npt.NDArray[np.uint32]

_BLOCK = 4096  # shingles at a time: their hashes stay in the first cache (16 KB) for every permutation


class Permutations(NamedTuple):
    """h → a·h + b mod 2³², a odd: a bijection of the 32-bit hashes. Both uint32, shape (num_perm,)."""

    a: npt.NDArray[np.uint32]
    b: npt.NDArray[np.uint32]


@cache
def permutations(num_perm: int, seed: int = 1) -> Permutations:
    """The permutations of datasketch's scheme `affine32` (datasketch 2.0, minhash.py).

    Raises ValueError when num_perm < 1.
    """
    if num_perm < 1:
        raise ValueError(f"a signature has at least one permutation, not {num_perm}")
    draw = np.random.RandomState(seed)
    a = draw.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = draw.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    return Permutations(a, b)


def signatures(found: Shingles, num_perm: int, seed: int = 1) -> Signatures:
    """Signatures of each text: uint32, shape (num_texts, num_perm); all 0xFFFFFFFF where a text is empty.

    Equal, row by row, to `datasketch.MinHash(num_perm, seed, hashfunc=…)` updated with the shingles' UTF-8 bytes.
    To hand one over: `MinHash(hashvalues=row, seed=seed, hashfunc=…, scheme="affine32")`.
    """
    minima: Signatures = _signatures(found.hashes, found.offsets, *permutations(num_perm, seed))
    return minima


def estimated_jaccard(a: Signatures, b: Signatures) -> npt.NDArray[np.float64]:
    """Share of equal values of the signatures in the same row: float64, shape (num_rows,).

    The standard error is sqrt(J·(1 - J) / num_perm).
    """
    return np.asarray((a == b).mean(axis=1), np.float64)


@kernel
def _signatures(hashes: Hashes, offsets: Offsets, a: npt.NDArray[np.uint32], b: npt.NDArray[np.uint32]) -> Signatures:
    """Minima of every permutation. The inner loop is a plain reduction, which LLVM turns into vector code."""
    out = np.full((len(offsets) - 1, len(a)), np.uint32(0xFFFFFFFF), np.uint32)
    mixed = np.empty(_BLOCK, np.uint32)
    for text in range(len(offsets) - 1):
        for start in range(offsets[text], offsets[text + 1], _BLOCK):
            count = min(_BLOCK, offsets[text + 1] - start)
            for i in range(count):
                mixed[i] = _finalized(hashes[start + i])
            for k in range(len(a)):
                factor, summand, least = a[k], b[k], out[text, k]
                for i in range(count):
                    value = np.uint32(factor * mixed[i] + summand)
                    least = value if value < least else least
                out[text, k] = least
    return out


@kernel(inline="always")
def _finalized(h: np.uint32) -> np.uint32:
    """MurmurHash3's 32-bit finalizer, which datasketch applies before it permutes (Appleby, public domain)."""
    h = np.uint32((h ^ h >> np.uint32(16)) * np.uint32(0x85EBCA6B))
    h = np.uint32((h ^ h >> np.uint32(13)) * np.uint32(0xC2B2AE35))
    return np.uint32(h ^ h >> np.uint32(16))
