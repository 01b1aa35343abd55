"""Web addresses that stand in a text."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points, Text


def address_characters(text: Text) -> npt.NDArray[np.int64]:
    """Characters of each text that stand in http and https addresses: int64, shape (num_texts,).

    An address goes on to the first character that is not printable ASCII or is one of " < > \\ ^ ` { | }.

    >>> import pyarrow as pa
    >>> from stages.text.codepoints import codepoints
    >>> address_characters(codepoints(pa.array(["詳細はhttps://example.jp/aを見る", "時刻は12:30です"]))).tolist()
    [20, 0]
    """
    found: npt.NDArray[np.int64] = _count(text.points, text.offsets)
    return found


@kernel
def _count(points: Points, offsets: Offsets) -> npt.NDArray[np.int64]:
    counts = np.zeros(len(offsets) - 1, np.int64)
    for text in range(len(offsets) - 1):
        begin = offsets[text]
        end = offsets[text + 1]
        at = begin + 4
        while at + 2 < end:
            if points[at] != 0x3A or points[at + 1] != 0x2F or points[at + 2] != 0x2F:  # ://
                at += 1
                continue
            scheme = at - 5 if points[at - 1] | 0x20 == 0x73 and at - begin >= 5 else at - 4  # the s of https
            is_web = (
                points[scheme] | 0x20 == 0x68
                and points[scheme + 1] | 0x20 == 0x74
                and points[scheme + 2] | 0x20 == 0x74
                and points[scheme + 3] | 0x20 == 0x70
            )
            at += 3
            if is_web:
                while at < end and _is_of_address(points[at]):
                    at += 1
                counts[text] += at - scheme
    return counts


@kernel
def _is_of_address(point: int) -> bool:
    """Whether the character may stand in a web address: printable ASCII but not one of " < > \\ ^ ` { | }."""
    if point <= 0x20 or point >= 0x7F:
        return False
    return not (
        point == 0x22
        or point == 0x3C
        or point == 0x3E
        or point == 0x5C
        or point == 0x5E
        or point == 0x60
        or 0x7B <= point <= 0x7D
    )
