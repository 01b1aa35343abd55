"""Passages: the lines of documents, or runs of lines, hashed so that those repeated over many documents are found."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.text.codepoints import Offsets, Text
from stages.text.content_hash import short_hashes
from stages.text.folding import folded

Hashes = npt.NDArray[np.uint64]

_FEED = 10


class Passages(NamedTuple):
    """The lines that hold text, of all documents end to end; those of document i lie between the offsets i and i + 1.

    hashes: uint64, shape (num_lines,), of the folded line, or of the run of lines that begins there; 0 for no run.
    lengths: int64, folded characters of the line. numbers: int64, which line of its document it is, blank ones counted.
    offsets: int64, shape (num_texts + 1,).
    """

    hashes: Hashes
    lengths: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    offsets: Offsets

    def documents(self) -> npt.NDArray[np.int64]:
        """The document of each line."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def passages(text: Text, num_lines: int = 1) -> Passages:
    """The lines of each text, hashed by what they say: width, case and white space do not matter.

    With `num_lines` above 1 a hash stands for that many lines in a row (blank ones passed over).

    >>> from stages.text.codepoints import codepoints
    >>> import pyarrow as pa
    >>> found = passages(codepoints(pa.array(["ﾎｰﾑ\\n\\n本文。\\nホーム", ""])))
    >>> found.hashes[0] == found.hashes[2], found.lengths.tolist(), found.numbers.tolist(), found.offsets.tolist()
    (np.True_, [3, 3, 3], [0, 2, 3], [0, 3, 3])
    """
    bounds = np.unique(np.concatenate([text.offsets, np.flatnonzero(text.points == _FEED) + 1]))
    lines = folded(Text(text.points, bounds))
    lengths = lines.lengths()
    solid = lengths > 0
    begins = np.searchsorted(bounds, text.offsets)  # of each text among the lines
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(solid)])[begins]
    owner = np.repeat(np.arange(len(text)), np.diff(offsets))
    hashes = short_hashes(lines)[solid]
    return Passages(_runs(hashes, owner, num_lines), lengths[solid], np.flatnonzero(solid) - begins[owner], offsets)


def covered(repeated: npt.NDArray[np.bool_], found: Passages, num_lines: int) -> npt.NDArray[np.bool_]:
    """The lines that lie in a repeated run, given which runs are: bool, shape (num_lines,)."""
    inside = repeated.copy()
    for later in range(1, num_lines):
        inside[later:] |= repeated[: len(repeated) - later]
    return inside


def scoped(hashes: Hashes, scope: Hashes) -> Hashes:
    """Hashes that are equal only within one scope (a host): uint64."""
    mixed = (hashes ^ scope * np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ mixed >> np.uint64(32)) * np.uint64(0xC4CEB9FE1A85EC53)
    return np.where(hashes == 0, np.uint64(0), mixed ^ mixed >> np.uint64(29))


def frequent(keys: Hashes, above: int) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """The keys that occur more than `above` times, ascending, and how often: uint64 and int64.

    >>> frequent(np.array([7, 9, 7, 7, 9], np.uint64), 2)
    (array([7], dtype=uint64), array([3]))
    """
    ordered = np.sort(keys)
    starts = np.flatnonzero(np.concatenate([np.ones(min(len(ordered), 1), np.bool_), ordered[1:] != ordered[:-1]]))
    counts = np.diff(np.append(starts, len(ordered)))
    often = counts > above
    return ordered[starts[often]], counts[often]


def contains(ordered: Hashes, keys: Hashes) -> npt.NDArray[np.bool_]:
    """Which keys are among the ordered ones: bool."""
    if len(ordered) == 0:
        return np.zeros(len(keys), np.bool_)
    place = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.asarray(ordered[place] == keys)


def _runs(hashes: Hashes, owner: npt.NDArray[np.int64], num_lines: int) -> Hashes:
    """The hash of each run of lines of one document, 0 where the document ends before."""
    found = hashes
    for later in range(1, num_lines):
        whole = np.zeros(len(hashes), np.bool_)
        whole[: len(hashes) - later] = owner[later:] == owner[: len(hashes) - later]
        following = np.zeros(len(hashes), np.uint64)
        following[: len(hashes) - later] = hashes[later:]
        found = np.where(whole & (found != 0), scoped(found, following), np.uint64(0))
    return found
