"""What a WARC header says of its own record, found in one compiled pass over its bytes."""

import numpy as np
import numpy.typing as npt
from numba import njit

_LENGTH = np.frombuffer(b"content-length", np.uint8)
_TYPE = np.frombuffer(b"warc-type", np.uint8)
_MAX_DIGITS = 18  # of a length: what an int64 holds


@njit(cache=True)  # type: ignore[untyped-decorator]
def header_layout(data: bytes | bytearray, start: int, stop: int) -> tuple[int, int, int, int, int]:
    """Of the header that begins at `start`: its end, where its block begins, Content-Length, bounds of WARC-Type.

    -1, -1 where no blank line comes before `stop`; Content-Length -1 where it is missing or no number; 0, 0 where
    there is no type.

    >>> header_layout(b"WARC/1.0\\r\\nWARC-Type: request\\r\\nContent-Length: 12\\r\\n\\r\\nGET", 0, 54)
    (50, 52, 12, 21, 28)
    >>> header_layout(b"WARC/1.0\\nContent-Length: many\\n\\n", 0, 32)
    (30, 31, -1, 0, 0)
    """
    content_length = -1
    type_start = type_end = 0
    line = start
    while line < stop:
        end = line
        while end < stop and data[end] != 10:
            end += 1
        if end == stop:
            break
        last = end - 1 if end > line and data[end - 1] == 13 else end
        if last == line and line > start:
            return line, end + 1, content_length, type_start, type_end
        if type_end == 0 and is_field(data, line, last, _TYPE):
            type_start, type_end = _trimmed(data, line + len(_TYPE) + 1, last)
        elif content_length < 0 and is_field(data, line, last, _LENGTH):
            content_length = _number(data, line + len(_LENGTH) + 1, last)
        line = end + 1
    return -1, -1, -1, 0, 0


@njit(cache=True)  # type: ignore[untyped-decorator]
def is_field(data: bytes, line: int, end: int, name: npt.NDArray[np.uint8]) -> bool:
    """Whether the line is a field of this name, whatever its case: letters differ in one bit, and `-` has it set."""
    size = len(name)
    if end - line <= size or data[line + size] != 58:
        return False
    num_same = 0
    while num_same < size and data[line + num_same] | 0x20 == name[num_same]:
        num_same += 1
    return num_same == size


@njit(cache=True)  # type: ignore[untyped-decorator]
def _trimmed(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The bounds without the spaces and tabs at both ends."""
    while start < end and (data[start] == 32 or data[start] == 9):
        start += 1
    while end > start and (data[end - 1] == 32 or data[end - 1] == 9):
        end -= 1
    return start, end


@njit(cache=True)  # type: ignore[untyped-decorator]
def _number(data: bytes, start: int, end: int) -> int:
    """The decimal number that fills these bounds but for spaces; -1 where none does."""
    start, end = _trimmed(data, start, end)
    if end == start or end - start > _MAX_DIGITS:
        return -1
    number = 0
    for at in range(start, end):
        digit = int(data[at]) - 48
        if digit < 0 or digit > 9:
            return -1
        number = number * 10 + digit
    return number
