"""Content hashes: 128 bits of each text, for exact duplicates."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from stages.text.codepoints import Text


def content_hashes(text: Text) -> npt.NDArray[np.uint64]:
    """XXH3-128 of each text's UTF-32 (little-endian): uint64, shape (num_texts, 2), the high half first.

    Give it folded text, and width, case and white space do not matter. Among 10¹⁰ texts the odds that any two
    strangers meet are 1.5e-19 (n² / 2¹²⁹).

    >>> from stages.text.codepoints import codepoints
    >>> from stages.text.folding import folded
    >>> import pyarrow as pa
    >>> a, b, c = content_hashes(folded(codepoints(pa.array(["ﾊﾞｽに乗る", "バスに 乗る", "パスに乗る"])))).tolist()
    >>> a == b, a == c
    (True, False)
    """
    digests = [xxh3_128_digest(raw) for raw in _each(text)]
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64).reshape(-1, 2)


def short_hashes(text: Text) -> npt.NDArray[np.uint64]:
    """XXH3-64 of each text's UTF-32 (little-endian): uint64, shape (num_texts,), where strangers may meet at 2⁻⁶⁴."""
    return np.fromiter(map(xxh3_64_intdigest, _each(text)), np.uint64, len(text))


def _each(text: Text) -> Iterator[memoryview]:
    """The code points of one text after the other, without a copy."""
    points = text.points.astype("<u4", copy=False).data
    bounds = text.offsets.tolist()
    return (points[a:b] for a, b in pairwise(bounds))
