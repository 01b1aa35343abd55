"""What a plan knows of each of its ranks, laid out so that one rank of 80,000 costs no more than one of four."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, overload

from pipeline.storage import Folder

_WIDTH = 32  # hexadecimal digits of 128 bits

RankInputs = tuple[dict[str, Any], ...]


class Digests(Sequence[str]):
    """A digest per rank, held as one string of 32 digits each."""

    def __init__(self, joined: str) -> None:
        self.joined = joined

    @classmethod
    def of(cls, digests: Sequence[str]) -> "Digests":
        """These digests, joined."""
        return cls("".join(digests))

    def __len__(self) -> int:
        return len(self.joined) // _WIDTH

    @overload
    def __getitem__(self, rank: int) -> str: ...

    @overload
    def __getitem__(self, rank: slice) -> Sequence[str]: ...

    def __getitem__(self, rank: int | slice) -> str | Sequence[str]:
        """One digest, or several."""
        if isinstance(rank, slice):
            return [self[one] for one in range(*rank.indices(len(self)))]
        if not 0 <= rank < len(self):
            raise IndexError(rank)
        return self.joined[rank * _WIDTH : (rank + 1) * _WIDTH]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digests) and self.joined == other.joined

    def __hash__(self) -> int:
        return hash(self.joined)


class StoredInputs(Sequence[RankInputs]):
    """The inputs of each rank, a line of JSON each in a file that is read when a rank asks."""

    def __init__(self, folder: Folder, name: str, num_ranks: int) -> None:
        self.folder = folder
        self.name = name
        self.num_ranks = num_ranks

    def __len__(self) -> int:
        return self.num_ranks

    def __iter__(self) -> Iterator[RankInputs]:
        with self.folder.open(self.name) as file:
            for line in file:
                yield tuple(json.loads(line))

    @overload
    def __getitem__(self, rank: int) -> RankInputs: ...

    @overload
    def __getitem__(self, rank: slice) -> Sequence[RankInputs]: ...

    def __getitem__(self, rank: int | slice) -> RankInputs | Sequence[RankInputs]:
        """The inputs of one rank, or of several. Raises IndexError for a rank that is none."""
        if isinstance(rank, slice):
            return list(self)[rank]
        with self.folder.open(self.name) as file:
            for line in islice(file, rank, None):
                return tuple(json.loads(line))
        raise IndexError(rank)


def inputs_lines(inputs: Sequence[RankInputs]) -> bytes:
    """The file that StoredInputs reads."""
    return b"".join(json.dumps(rank, ensure_ascii=False).encode() + b"\n" for rank in inputs)
