"""Parts: how the linking of many documents is cut so that each rank stays within its memory."""

from typing import NamedTuple

_KEYS = 1 << 64


class Part(NamedTuple):
    """One rank's share: the rows whose key in column number `column` lies in [low, high]."""

    column: int
    low: int
    high: int

    def between(self, name: str) -> tuple[str, int, int] | None:
        """What to scan of the column of this name; None is all of it."""
        return None if (self.low, self.high) == (0, _KEYS - 1) else (name, self.low, self.high)


def num_ranges(num_rows: int, bytes_per_row: int, memory: int) -> int:
    """Ranges of keys per column, so that a part of them holds about `memory` bytes.

    >>> num_ranges(10_000_000, 64, 2_000_000_000), num_ranges(10**9, 64, 2 * 10**9), num_ranges(0, 64, 1)
    (1, 32, 1)
    """
    return max(1, -(-num_rows * bytes_per_row // memory))


def part(number: int, ranges: int) -> Part:
    """Part `number`: column by column, and within a column range by range.

    >>> part(0, 1) == Part(0, 0, 2**64 - 1), part(5, 2) == Part(2, 2**63, 2**64 - 1)
    (True, True)
    """
    column, place = divmod(number, ranges)
    return Part(column, _KEYS * place // ranges, _KEYS * (place + 1) // ranges - 1)
