"""The upkeep of an index across dumps: what it holds, whether it is sound, and its dumps merged into one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import StorageError
from stages.dedup.dump_files import KeyRange, reduce_dump, write_dump
from stages.dedup.index import (
    GROUP_ROWS,
    MEMBER_SCHEMA,
    MEMBERS,
    Index,
    file_digest,
    whole_dumps,
)
from stages.dedup.parts import part

_KEYS_AT_ONCE = 10_000_000  # 640 MB while they are merged


def described(root: Path) -> list[dict[str, Any]]:
    """Each dump of an index: name, members, bytes, the dumps it was compared with and those merged into it, scheme."""
    return [
        {
            "dump": name,
            "num_members": told["num_members"],
            "num_columns": len(told["columns"]),
            "num_bytes": sum(path.stat().st_size for path in (root / name).iterdir()),
            "compared_with": told["compared_with"],
            "holds": told["holds"],
            "scheme": told["scheme"],
        }
        for name, told in whole_dumps(root).items()
    ]


def compact(root: Path, into: str) -> None:
    """Merge all dumps of an index into one of a new name, which finds the same; of the others stays what they say.

    Raises StorageError when the name is taken, or the dumps' keys were made in different ways.
    """
    dumps = list(whole_dumps(root).values())
    if (root / into).exists():
        raise StorageError(f"{root / into}: is there already; merge into a new name")
    if not dumps:
        return
    index = Index(root, dumps[0]["scheme"])
    columns = {column: _merged(index, column) for column in dumps[0]["columns"]}
    holds = {held for name, told in index.told.items() for held in (name, *told["holds"])}
    members = (batch.cast(MEMBER_SCHEMA) for _, batch in index.members())
    write_dump(index, into, members, columns, compared_with=(), holds=sorted(holds))
    for name in holds:
        reduce_dump(root, name)


def _merged(index: Index, column: str) -> Iterator[KeyRange]:
    """The keys of one column of all dumps, range by range."""
    ranges = 1 + index.num_keys(column) // _KEYS_AT_ONCE
    for number in range(ranges):
        share = part(number, ranges)
        yield index.keys(column, share.low, share.high)


def problems(root: Path) -> list[str]:
    """What is wrong with an index, a line each: files missing or changed, keys out of order, members out of range."""
    found: list[str] = []
    schemes = []
    for name, told in whole_dumps(root).items():
        folder = root / name
        wrong = [line for file, digest in told["files"].items() for line in _changed(folder / file, digest)]
        found += wrong or _unsound(folder, told)
        schemes.append(told["scheme"])
    if any(scheme != schemes[0] for scheme in schemes):
        found.append(f"{root}: its dumps were made in different ways and cannot be compared with one run")
    return found


def _changed(path: Path, digest: str) -> Iterator[str]:
    try:
        if file_digest(path) != digest:
            yield f"{path}: is not as it was written"
    except OSError as error:
        yield f"{path}: cannot be read: {error.strerror}"


def _unsound(folder: Path, told: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the tables of one dump."""
    try:
        count = pq.read_metadata(folder / MEMBERS).num_rows
        if count != told["num_members"]:
            yield f"{folder}: {told['num_members']:,} members were written, the file holds {count:,}"
        for column in told["columns"]:
            yield from _unsound_keys(folder / f"{column}.parquet", count)
    except (OSError, pa.ArrowInvalid) as error:
        yield f"{folder}: cannot be read: {error}"


def _unsound_keys(path: Path, num_members: int) -> Iterator[str]:
    last = -1
    for batch in pq.ParquetFile(path).iter_batches(GROUP_ROWS, use_threads=False):
        key, member = batch.column("key").to_numpy(), batch.column("member").to_numpy()
        if not len(key):
            continue
        if int(key[0]) <= last or not (key[1:] > key[:-1]).all():
            yield f"{path}: its keys do not ascend"
            return
        if member.min() < 0 or member.max() >= num_members:
            yield f"{path}: names a member that is not there"
            return
        last = int(key[-1])
