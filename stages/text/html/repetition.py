"""Which lines of a page say the same: menus printed twice, buttons under each entry, labels."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html.elements import TEXT_END, TEXT_START

_MOST_PROBES = 16  # slots tried for a text; one that finds none counts as single, so that no page can make this slow
_FIRST_HASH, _FACTOR = 1469598103934665603, 1099511628211  # of an FNV-1a of 64 bits


def repetitions(text: npt.NDArray[np.uint8], blocks: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """How many other lines of the page have the same bytes: int32, shape (num_blocks,)."""
    num_slots = 1 << (2 * len(blocks)).bit_length()
    others = np.empty(len(blocks), np.int32)
    _fill(text, blocks, np.zeros(num_slots, np.int64), np.zeros(num_slots, np.int32), others)
    return others


@kernel
def _fill(
    text: npt.NDArray[np.uint8],
    blocks: npt.NDArray[np.int32],
    hashes: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int32],
    others: npt.NDArray[np.int32],
) -> None:
    """Fill `others`, which holds each line's slot meanwhile; `hashes` and `counts` are empty slots, 2**n each."""
    last = len(hashes) - 1
    for i in range(len(blocks)):
        value = np.int64(_FIRST_HASH)
        for j in range(blocks[i, TEXT_START], blocks[i, TEXT_END]):
            value = (value ^ np.int64(text[j])) * np.int64(_FACTOR)
        slot = (value ^ value >> 29) & last
        others[i] = -1
        for _ in range(_MOST_PROBES):
            if counts[slot] == 0 or hashes[slot] == value:
                hashes[slot] = value
                counts[slot] += 1
                others[i] = slot
                break
            slot = (slot + 1) & last
    for i in range(len(blocks)):
        others[i] = counts[others[i]] - 1 if others[i] >= 0 else 0
