"""Character references: the named ones as sorted hashes, and the kernel that reads one reference."""

from html.entities import html5

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html.tags import signed

_FNV_OFFSET = -3750763034362895579  # FNV-1a, 64 bits, as signed integers
_FNV_PRIME = 1099511628211
_LONGEST_NAME = 32
_SHORTEST_LEGACY, _LONGEST_LEGACY = 2, 6  # names that HTML also knows without the semicolon

# What the C1 range of a numeric reference means: Windows-1252 (HTML standard, numeric character reference end state).
_WINDOWS_1252 = np.array(
    [ord(bytes([byte]).decode("cp1252", "replace")) for byte in range(0x80, 0xA0)], np.int64
)  # fmt: skip


def _hash(name: str) -> int:
    hashed = _FNV_OFFSET
    for byte in name.encode():
        hashed = ((hashed ^ byte) * _FNV_PRIME + (1 << 63)) % (1 << 64) - (1 << 63)
    return hashed


def _table() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Hashes of every name (with its `;` where it has one), sorted, and code points: int64, shape (num_names, 2)."""
    rows = sorted((_hash(name), [ord(c) for c in text]) for name, text in html5.items())
    points = np.zeros((len(rows), 2), np.int64)
    for row, (_, characters) in zip(points, rows, strict=True):
        row[: len(characters)] = characters
    return np.array([hashed for hashed, _ in rows], np.int64), points


ENTITY_HASHES, ENTITY_POINTS = _table()


@kernel
def reference(
    html: npt.NDArray[np.uint8],
    at: int,
    hashes: npt.NDArray[np.int64],
    points: npt.NDArray[np.int64],
) -> tuple[int, int, int]:
    """The reference whose `&` is at `at`: code point, a second one or 0, length in bytes (0: no reference)."""
    end = len(html)
    i = at + 1
    if i < end and html[i] == 35:  # &#
        value, second, length = _numeric(html, at)
        return value, second, length
    hashed = signed(_FNV_OFFSET)
    legacy_row = -1
    legacy_length = 0
    while i < end and i - at <= _LONGEST_NAME:
        byte = signed(html[i])
        letter = 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122
        if not letter and byte != 59:
            break
        hashed = (hashed ^ byte) * signed(_FNV_PRIME)
        i += 1
        size = i - at - 1
        if byte == 59 or _SHORTEST_LEGACY <= size <= _LONGEST_LEGACY:
            low = 0
            high = len(hashes)
            while low < high:
                middle = (low + high) >> 1
                if hashes[middle] < hashed:
                    low = middle + 1
                else:
                    high = middle
            if low < len(hashes) and hashes[low] == hashed:
                legacy_row = low
                legacy_length = i - at
        if byte == 59:
            break
    if legacy_row < 0:
        return 0, 0, 0
    return points[legacy_row, 0], points[legacy_row, 1], legacy_length


@kernel
def _numeric(html: npt.NDArray[np.uint8], at: int) -> tuple[int, int, int]:
    """A decimal or hexadecimal reference, mended as the HTML standard says."""
    end = len(html)
    i = at + 2
    base = 10
    if i < end and (html[i] | 32) == 120:
        base = 16
        i += 1
    value = 0
    first = i
    while i < end:
        byte = signed(html[i])
        if 48 <= byte <= 57:
            digit = byte - 48
        elif base == 16 and 97 <= (byte | 32) <= 102:
            digit = (byte | 32) - 87
        else:
            break
        value = min(value * base + digit, 0x110000)
        i += 1
    if i == first:
        return 0, 0, 0
    if i < end and html[i] == 59:
        i += 1
    if 0x80 <= value < 0xA0:
        value = _WINDOWS_1252[value - 0x80]
    elif value == 0 or value > 0x10FFFF or 0xD800 <= value < 0xE000:
        value = 0xFFFD
    return value, 0, i - at
