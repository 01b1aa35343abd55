"""What a page's HTTP header says that every page is judged by, found in one compiled pass over its bytes."""

from typing import Final

import numpy as np

from stages.compiled.kernel import kernel
from stages.warc.header_layout import is_field
from stages.warc.libdeflate import Bytes

USUAL_BYTES: Final = 1 << 11  # of a block, in which nearly every header ends: what is given to `http_layout`
_TYPE = np.frombuffer(b"content-type", np.uint8)
_CODING = np.frombuffer(b"content-encoding", np.uint8)
_TRANSFER = np.frombuffer(b"transfer-encoding", np.uint8)


@kernel
def http_layout(data: Bytes) -> tuple[int, int, int, int, int, bool]:
    """Of the response that begins `data`: status, end of its header, where the body begins, bounds of Content-Type,
    and whether there is a Content-Encoding or Transfer-Encoding.

    Bounds 0, 0 where there is no type. The end is -1, and nothing else counts, where the status line is unusual, a
    line is folded or no blank line comes.

    >>> from stages.warc.libdeflate import bytes_of
    >>> page = b"HTTP/1.1 200 OK\\r\\nContent-Type:text/html\\r\\n\\r\\n<html>"
    >>> http_layout(bytes_of(page)), page[30:40]
    ((200, 41, 43, 30, 40, False), b'text/html\\r')
    >>> [http_layout(bytes_of(odd))[1] for odd in (b"HTTP/1.1 200 OK\\r\\n folded\\r\\n\\r\\n<html>", b"<html>")]
    [-1, -1]
    """
    status, line = _status_line(data)
    type_start = type_end = 0
    is_encoded = False
    while 0 < line < len(data) and data[line] != 32 and data[line] != 9:
        end = _line_end(data, line)
        if end == len(data):
            break
        if end == line or (end == line + 1 and data[line] == 13):
            return status, line, end + 1, type_start, type_end, is_encoded
        if type_end == 0 and is_field(data, line, end, _TYPE):
            type_start, type_end = line + len(_TYPE) + 1, end
        elif is_field(data, line, end, _CODING) or is_field(data, line, end, _TRANSFER):
            is_encoded = True
        line = end + 1
    return status, -1, -1, 0, 0, False


@kernel
def _line_end(data: Bytes, at: int) -> int:
    """Where the line ends in which `at` lies; the data's end in its last one."""
    while at < len(data) and data[at] != 10:
        at += 1
    return at


@kernel
def _status_line(data: Bytes) -> tuple[int, int]:
    """The status of a line `version status …` and where the next line begins; (0, 0) where this is none."""
    at, end = 0, _line_end(data, 0)
    while at < end and data[at] > 32 and data[at] != 60:
        at += 1
    first = at + 1
    if at == 0 or first + 3 >= end or data[at] != 32 or (data[first + 3] != 32 and data[first + 3] != 13):
        return 0, 0
    status = 0
    for place in range(first, first + 3):
        digit = int(data[place]) - 48
        if digit < 0 or digit > 9:
            return 0, 0
        status = status * 10 + digit
    return status, end + 1
