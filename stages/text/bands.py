"""Bands: signatures cut and hashed so that alike documents share a key, and the curve that says how often."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.minhash import Signatures

Keys = npt.NDArray[np.uint64]


class Banding(NamedTuple):
    """How a signature is cut: `bands` keys of `rows` values each."""

    bands: int
    rows: int

    @property
    def num_perm(self) -> int:
        """Permutations that a signature needs."""
        return self.bands * self.rows

    def detection(self, jaccard: float) -> float:
        """Probability that two documents of this Jaccard similarity share at least one key.

        1 - (1 - J^r)^b (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3).

        >>> round(Banding(14, 8).detection(0.8), 3), round(Banding(40, 20).detection(0.8), 3)
        (0.924, 0.371)
        """
        return float(1.0 - (1.0 - jaccard**self.rows) ** self.bands)

    def curve(self) -> str:
        """The detection curve on one line.

        >>> Banding(20, 10).curve()
        'J .5: .019, .6: .114, .7: .436, .75: .686, .8: .897, .85: .988, .9: 1.000, .95: 1.000'
        """
        points = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
        shown = (f"{j:.2g}".lstrip("0") + ": " + f"{self.detection(j):.3f}".removeprefix("0") for j in points)
        return "J " + ", ".join(shown)


def banding_for(threshold: float, *, recall: float = 0.9, num_perm: int = 128) -> Banding:
    """The steepest curve that still finds a pair at `threshold` with probability `recall`, with the fewest bands.

    More rows make a steeper curve: fewer pairs below the threshold are linked. `num_perm` bounds the work.
    Raises ValueError when `threshold` or `recall` is not between 0 and 1, or when no banding reaches it.

    >>> banding_for(0.8), banding_for(0.9), banding_for(0.5)
    (Banding(bands=13, rows=8), Banding(bands=9, rows=14), Banding(bands=18, rows=3))
    """
    if not 0 < threshold < 1 or not 0 < recall < 1:
        raise ValueError(f"threshold {threshold} and recall {recall} must each lie between 0 and 1")
    for rows in range(num_perm, 0, -1):
        for bands in range(1, num_perm // rows + 1):
            if Banding(bands, rows).detection(threshold) >= recall:
                return Banding(bands, rows)
    raise ValueError(f"no banding of {num_perm} permutations finds {recall} of the pairs at {threshold}")


def band_keys(signatures: Signatures, banding: Banding) -> Keys:
    """One 64-bit key of each band: uint64, shape (bands, num_documents), so that a band is contiguous.

    The whole key is a hash of all its rows: equal rows give equal keys, and among 10⁹ documents a band holds
    0.03 pairs of strangers with equal keys on average (n² / 2⁶⁵). Permutations past the last band are not used.
    Raises ValueError when the signatures are too short.
    """
    if signatures.shape[1] < banding.num_perm:
        raise ValueError(f"{banding} needs {banding.num_perm} permutations, the signatures have {signatures.shape[1]}")
    keys: Keys = _band_keys(np.ascontiguousarray(signatures), banding.bands, banding.rows)
    return keys


@kernel
def _band_keys(signatures: Signatures, bands: int, rows: int) -> Keys:
    """Multiply-and-fold over the rows, then the finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""
    out = np.empty((bands, len(signatures)), np.uint64)
    for document in range(len(signatures)):
        for band in range(bands):
            h = np.uint64(0x9E3779B97F4A7C15)
            for row in range(band * rows, (band + 1) * rows):
                h = (h ^ np.uint64(signatures[document, row])) * np.uint64(0xFF51AFD7ED558CCD)
                h ^= h >> np.uint64(32)
            h = (h ^ h >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
            h = (h ^ h >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
            out[band, document] = h ^ h >> np.uint64(31)
    return out
