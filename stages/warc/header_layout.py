"""What a WARC header says of its own record, found in one compiled pass over its bytes."""

from typing import Final

import numpy as np

from stages.compiled.kernel import kernel
from stages.warc.headers import MAX_HEADER_BYTES
from stages.warc.libdeflate import Bytes

Layout = tuple[int, int, int, int, int]  # end of the header, start and end of the block, start and end of WARC-Type
NO_LAYOUT: Final[Layout] = (-1, 0, 0, 0, 0)
_LENGTH = np.frombuffer(b"content-length", np.uint8)
_TYPE = np.frombuffer(b"warc-type", np.uint8)
_VERSION = np.frombuffer(b"WARC/", np.uint8)
_END = np.frombuffer(b"\r\n\r\n", np.uint8)
_MAX_DIGITS = 18  # of a length: what an int64 holds


@kernel
def header_layout(data: Bytes, start: int, stop: int) -> tuple[int, int, int, int, int]:
    """Of the header that begins at `start`: its end, where its block begins, Content-Length, bounds of WARC-Type.

    -1, -1 where no blank line comes before `stop`; Content-Length -1 where it is missing or no number; 0, 0 where
    there is no type.

    >>> from stages.warc.libdeflate import bytes_of
    >>> header_layout(bytes_of(b"WARC/1.0\\r\\nWARC-Type: request\\r\\nContent-Length: 12\\r\\n\\r\\nGET"), 0, 54)
    (50, 52, 12, 21, 28)
    >>> header_layout(bytes_of(b"WARC/1.0\\nContent-Length: many\\n\\n"), 0, 32)
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
            type_start, type_end = trimmed(data, line + len(_TYPE) + 1, last)
        elif content_length < 0 and is_field(data, line, last, _LENGTH):
            content_length = _number(data, line + len(_LENGTH) + 1, last)
        line = end + 1
    return -1, -1, -1, 0, 0


@kernel
def record_layout(data: Bytes, size: int) -> Layout:
    """Of the one record that fills the first `size` bytes as its Content-Length says; NO_LAYOUT where none does."""
    head_end, start, length, type_start, type_end = header_layout(data, 0, min(size, MAX_HEADER_BYTES))
    stop = start + length
    is_whole = head_end >= 0 and length >= 0 and stop + len(_END) == size
    if is_whole and _stands_at(data, 0, _VERSION) and _stands_at(data, stop, _END):
        return head_end, start, stop, type_start, type_end
    return NO_LAYOUT


@kernel
def is_field(data: Bytes, line: int, end: int, name: Bytes) -> bool:
    """Whether the line is a field of this name, whatever its case."""
    size = len(name)
    return bool(end - line > size and data[line + size] == 58 and is_word(data, line, line + size, name))


@kernel
def is_word(data: Bytes, start: int, end: int, word: Bytes) -> bool:
    """Whether [start, end) is this word of letters, `-` and `/`, whatever its case: cases differ in a bit, here set."""
    size = len(word)
    if end - start != size:
        return False
    num_same = 0
    while num_same < size and data[start + num_same] | 0x20 == word[num_same]:
        num_same += 1
    return num_same == size


@kernel
def trimmed(data: Bytes, start: int, end: int) -> tuple[int, int]:
    """The bounds without the spaces and tabs at both ends."""
    while start < end and (data[start] == 32 or data[start] == 9):
        start += 1
    while end > start and (data[end - 1] == 32 or data[end - 1] == 9):
        end -= 1
    return start, end


@kernel
def _stands_at(data: Bytes, at: int, expected: Bytes) -> bool:
    """Whether these very bytes are there."""
    num_same = 0
    while num_same < len(expected) and data[at + num_same] == expected[num_same]:
        num_same += 1
    return num_same == len(expected)


@kernel
def _number(data: Bytes, start: int, end: int) -> int:
    """The decimal number that fills these bounds but for spaces; -1 where none does."""
    start, end = trimmed(data, start, end)
    if end == start or end - start > _MAX_DIGITS:
        return -1
    number = 0
    for at in range(start, end):
        digit = int(data[at]) - 48
        if digit < 0 or digit > 9:
            return -1
        number = number * 10 + digit
    return number


@kernel
def field(data: Bytes, head_end: int, name: Bytes) -> Bytes:
    """The value of the first field of this name in a header that ends at `head_end`; empty where there is none."""
    line = 0
    while line < head_end:
        end = line
        while end < head_end and data[end] != 10:
            end += 1
        if is_field(data, line, end, name):
            last = end - 1 if data[end - 1] == 13 else end
            start, last = trimmed(data, line + len(name) + 1, last)
            return data[start:last]
        line = end + 1
    return data[:0]
