"""Shingles: the character n-grams of each text, hashed to 32 bits over their UTF-8 bytes."""

import hashlib
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points, Text

HashFunction = Literal["xxh32", "sha1_hash32"]
Hashes = npt.NDArray[np.uint32]

# The five primes of XXH32 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
_P1 = np.uint32(2654435761)
_P2 = np.uint32(2246822519)
_P3 = np.uint32(3266489917)
_P4 = np.uint32(668265263)
_P5 = np.uint32(374761393)
_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)


class Shingles(NamedTuple):
    """Hashes end to end; those of text i are `hashes[offsets[i]:offsets[i + 1]]`, in the order of the text.

    hashes: uint32, shape (num_shingles,). offsets: int64, shape (num_texts + 1,).
    """

    hashes: Hashes
    offsets: Offsets


def shingles(text: Text, n: int, function: HashFunction = "xxh32") -> Shingles:
    """Hashes of the character n-grams of each text, repeated ones included.

    A text shorter than n is one shingle; an empty text has none.
    `xxh32` is xxhash's with seed 0; `sha1_hash32` the first four bytes of SHA-1, little-endian, as in datasketch.
    Raises ValueError when n < 1.

    >>> from stages.text.codepoints import codepoints
    >>> import pyarrow as pa
    >>> import xxhash
    >>> found = shingles(codepoints(pa.array(["吾輩は猫である", "猫", ""])), 5)
    >>> found.offsets.tolist()
    [0, 3, 4, 4]
    >>> found.hashes[0] == xxhash.xxh32_intdigest("吾輩は猫で".encode())
    np.True_
    """
    if n < 1:
        raise ValueError(f"a shingle has at least one character, not {n}")
    lengths = text.lengths()
    counts = np.where(lengths < n, np.minimum(lengths, 1), lengths - n + 1)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    if function == "sha1_hash32":
        return Shingles(_sha1(text, n, int(offsets[-1])), offsets)
    return Shingles(_xxh32_shingles(text.points, text.offsets, offsets, n), offsets)


def distinct(found: Shingles) -> Shingles:
    """The set of each text: ascending, each hash once."""
    parts = [np.unique(found.hashes[a:b]) for a, b in zip(found.offsets[:-1], found.offsets[1:], strict=True)]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(part) for part in parts], dtype=np.int64)])
    return Shingles(np.concatenate([np.empty(0, np.uint32), *parts]), offsets)


def jaccard(a: Hashes, b: Hashes) -> float:
    """Shared over all of two sets as `distinct` gives them; two empty sets share nothing.

    >>> jaccard(np.array([1, 2, 3], np.uint32), np.array([2, 3, 4], np.uint32))
    0.5
    """
    shared = len(np.intersect1d(a, b, assume_unique=True))
    union = len(a) + len(b) - shared
    return shared / union if union else 0.0


def _sha1(text: Text, n: int, num_shingles: int) -> Hashes:
    """SHA-1 has no compiled kernel here: hashlib's own is as fast, and each distinct shingle is hashed once."""
    out = np.empty(num_shingles, np.uint32)
    at = 0
    for start, end in zip(text.offsets[:-1], text.offsets[1:], strict=True):
        string = text.points[start:end].astype("<u4").tobytes().decode("utf-32-le")
        known: dict[str, int] = {}
        for first in range(max(len(string) - n + 1, min(len(string), 1))):
            shingle = string[first : first + n]
            value = known.get(shingle)
            if value is None:
                digest = hashlib.sha1(shingle.encode(), usedforsecurity=False).digest()
                value = known[shingle] = int.from_bytes(digest[:4], "little")
            out[at] = value
            at += 1
    return out


@kernel
def _xxh32_shingles(points: Points, offsets: Offsets, shingle_offsets: Offsets, n: int) -> Hashes:
    """XXH32 of every shingle; `shingle_offsets` says how many each text has."""
    out = np.empty(shingle_offsets[-1], np.uint32)
    room = 0
    for text in range(len(offsets) - 1):
        room = max(room, offsets[text + 1] - offsets[text])
    raw = np.empty(4 * room, np.uint8)
    starts = np.empty(room + 1, np.int64)
    for text in range(len(offsets) - 1):
        length = offsets[text + 1] - offsets[text]
        to = 0
        for at in range(length):
            starts[at] = to
            to += _encode(points[offsets[text] + at], raw, to)
        starts[length] = to
        width = min(n, length)
        for at in range(shingle_offsets[text + 1] - shingle_offsets[text]):
            out[shingle_offsets[text] + at] = _xxh32(raw, starts[at], starts[at + width])
    return out


@kernel
def _encode(point: np.uint32, raw: npt.NDArray[np.uint8], to: int) -> int:
    """Writes one code point as UTF-8 at `to`; the number of its bytes."""
    if point < 0x80:
        raw[to] = point
        return 1
    if point < 0x800:
        raw[to] = 0xC0 | point >> 6
        raw[to + 1] = 0x80 | point & 0x3F
        return 2
    if point < 0x10000:
        raw[to] = 0xE0 | point >> 12
        raw[to + 1] = 0x80 | point >> 6 & 0x3F
        raw[to + 2] = 0x80 | point & 0x3F
        return 3
    raw[to] = 0xF0 | point >> 18
    raw[to + 1] = 0x80 | point >> 12 & 0x3F
    raw[to + 2] = 0x80 | point >> 6 & 0x3F
    raw[to + 3] = 0x80 | point & 0x3F
    return 4


@kernel(inline="always")
def _word(raw: npt.NDArray[np.uint8], at: int) -> np.uint32:
    """Four bytes, little-endian. An unsigned place needs no test for a negative index, which here costs a third."""
    place = np.uint64(at)
    low = np.uint32(raw[place]) | np.uint32(raw[place + _ONE]) << np.uint32(8)
    high = np.uint32(raw[place + _TWO]) | np.uint32(raw[place + _THREE]) << np.uint32(8)
    return np.uint32(low | high << np.uint32(16))


@kernel(inline="always")
def _rotated(value: np.uint32, bits: int) -> np.uint32:
    return np.uint32(value << np.uint32(bits) | value >> np.uint32(32 - bits))


@kernel
def _xxh32(raw: npt.NDArray[np.uint8], start: int, end: int) -> np.uint32:
    """XXH32 with seed 0 of `raw[start:end]`."""
    at = start
    if end - start >= 16:
        v1 = np.uint32(_P1 + _P2)
        v2 = _P2
        v3 = np.uint32(0)
        v4 = np.uint32(np.uint32(0) - _P1)
        while at + 16 <= end:
            v1 = np.uint32(_rotated(np.uint32(v1 + _word(raw, at) * _P2), 13) * _P1)
            v2 = np.uint32(_rotated(np.uint32(v2 + _word(raw, at + 4) * _P2), 13) * _P1)
            v3 = np.uint32(_rotated(np.uint32(v3 + _word(raw, at + 8) * _P2), 13) * _P1)
            v4 = np.uint32(_rotated(np.uint32(v4 + _word(raw, at + 12) * _P2), 13) * _P1)
            at += 16
        h = np.uint32(_rotated(v1, 1) + _rotated(v2, 7) + _rotated(v3, 12) + _rotated(v4, 18))
    else:
        h = _P5
    h = np.uint32(h + np.uint32(end - start))
    while at + 4 <= end:
        h = np.uint32(_rotated(np.uint32(h + _word(raw, at) * _P3), 17) * _P4)
        at += 4
    while at < end:
        h = np.uint32(_rotated(np.uint32(h + np.uint32(raw[np.uint64(at)]) * _P5), 11) * _P1)
        at += 1
    h = np.uint32((h ^ h >> np.uint32(15)) * _P2)
    h = np.uint32((h ^ h >> np.uint32(13)) * _P3)
    return np.uint32(h ^ h >> np.uint32(16))
