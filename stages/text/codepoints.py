"""A text column as one array of code points: what every Japanese kernel reads."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stages.compiled.kernel import kernel

Points = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]

_FIRST_LEAD: Final = -0x40  # as a signed byte; what follows a lead byte is below
_ONE: Final = np.uint64(1)
_TWO: Final = np.uint64(2)
_THREE: Final = np.uint64(3)
_FOUR: Final = np.uint64(4)


class Text(NamedTuple):
    """Texts end to end. Text i is `points[offsets[i]:offsets[i + 1]]`.

    points: uint32, shape (num_characters,), Unicode code points.
    offsets: int64, shape (num_texts + 1,).
    """

    points: Points
    offsets: Offsets

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def lengths(self) -> npt.NDArray[np.int64]:
        """Characters of each text: int64, shape (num_texts,)."""
        return np.diff(self.offsets)


def codepoints(column: pa.Array) -> Text:
    """The code points of a string column, without making a Python string; a null is an empty text.

    Raises TypeError for a column that is neither `string` nor `large_string`.

    >>> codepoints(pa.array(["かな", None, "𠮷"])).lengths().tolist()
    [2, 0, 1]
    """
    if pa.types.is_string(column.type):
        width: npt.DTypeLike = np.int32
    elif pa.types.is_large_string(column.type):
        width = np.int64
    else:
        raise TypeError(f"a text column is string or large_string, not {column.type}")
    if len(column) == 0:
        return Text(np.empty(0, np.uint32), np.zeros(1, np.int64))
    if column.null_count:
        column = column.fill_null("")
    _, offsets_buffer, data = column.buffers()
    starts = np.frombuffer(offsets_buffer, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    raw = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return Text(*_decode(raw, starts))


@kernel
def _decode(raw: npt.NDArray[np.uint8], starts: Offsets) -> tuple[Points, Offsets]:
    """Code points of valid UTF-8 (Arrow guarantees it), and where each text begins among them."""
    num_characters = 0
    inside = raw[starts[0] : starts[-1]]
    for k in range(len(inside)):  # by number, which becomes vector code
        num_characters += int(np.int8(inside[k]) >= _FIRST_LEAD)
    points = np.empty(num_characters, np.uint32)
    offsets = np.empty(len(starts), np.int64)
    offsets[0] = 0
    out = np.uint64(0)  # unsigned places need no test for a negative index
    for text in range(len(starts) - 1):
        at = np.uint64(starts[text])
        end = np.uint64(starts[text + 1])
        while at < end:
            lead = np.uint32(raw[at])
            if 0xE0 <= lead < 0xF0:  # Japanese but for a few kanji
                points[out] = (lead & 0x0F) << 12 | np.uint32(raw[at + _ONE] & 0x3F) << 6 | (raw[at + _TWO] & 0x3F)
                at += _THREE
            elif lead < 0x80:
                points[out] = lead
                at += _ONE
            elif lead < 0xE0:
                points[out] = (lead & 0x1F) << 6 | (raw[at + _ONE] & 0x3F)
                at += _TWO
            else:
                points[out] = (
                    (lead & 0x07) << 18
                    | np.uint32(raw[at + _ONE] & 0x3F) << 12
                    | np.uint32(raw[at + _TWO] & 0x3F) << 6
                    | (raw[at + _THREE] & 0x3F)
                )
                at += _FOUR
            out += _ONE
        offsets[text + 1] = out
    return points, offsets
