"""What a source says of the records that became no row."""

import heapq
from collections import Counter
from typing import Any, Final

from xxhash import xxh3_64_intdigest

_AHEAD: Final = 1 << 10  # records of a reason, looked ahead for the next example


class Tally:
    """What a source says of the records that became no row, how far it has read, and what was damaged.

    Every record is told exactly once: as a row, or by `drop` or `drop_many`.
    """

    def __init__(self, *, examples_per_reason: int = 0) -> None:
        self.dropped: Counter[str] = Counter()
        self.damaged: Counter[str] = Counter()
        self.bytes_read = 0
        self.examples: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self._quota = examples_per_reason
        self._wanted: dict[str, int] = {}

    def until_example(self, reason: str) -> int:
        """How many more records may fall for `reason`, only to be counted, before the one that is wanted as an example.

        Looks ahead only so far; where that many have fallen, it is to be asked again.
        """
        if not self._quota:
            return _AHEAD
        fallen = self.dropped[reason]
        kept = self.examples.get(reason, [])
        if len(kept) < self._quota:
            return 0
        number = max(self._wanted.get(reason, 0), fallen + 1)
        while number <= fallen + _AHEAD and -_hash(number) <= kept[0][0]:
            number += 1
        self._wanted[reason] = number  # wanted ones only get rarer: what was passed by need not be hashed again
        return number - fallen - 1

    def wants_example(self, reason: str) -> bool:
        """Whether the next record that falls for `reason` would be kept as an example: where not, only count it."""
        return self.until_example(reason) == 0

    def drop(self, reason: str, **about: Any) -> None:
        """Count one record that fell for `reason`; `about` (url, id, warc_offset, …) may be kept as an example."""
        self.dropped[reason] += 1
        if about and self._quota:
            self._keep_example(reason, about)

    def drop_many(self, reason: str, count: int) -> None:
        """Count records of one kind that nobody will ask for one by one."""
        if count:
            self.dropped[reason] += count

    def damage(self, kind: str, offset: int) -> None:
        """Count damage by name. The records it cost are told with `drop`; `offset` is in bytes of the input."""
        self.damaged[kind] += 1

    def bytes(self, position: int) -> None:
        """The source has read the input up to `position`, in its own (compressed) bytes."""
        self.bytes_read = position

    def _keep_example(self, reason: str, about: dict[str, Any]) -> None:
        """Keep those whose numbers hash lowest, all over the input: a heap whose top is the next to go."""
        kept = self.examples.setdefault(reason, [])
        order = -_hash(self.dropped[reason])
        if len(kept) < self._quota:
            heapq.heappush(kept, (order, about))
        elif order > kept[0][0]:
            heapq.heapreplace(kept, (order, about))


def _hash(number: int) -> int:
    """No two numbers have the same."""
    return xxh3_64_intdigest(number.to_bytes(8, "little"))
