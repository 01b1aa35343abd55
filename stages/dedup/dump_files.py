"""The files of a dump in an index: written aside and put in their place whole, or taken away."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import StorageError
from pipeline.storage import reach_disk
from stages.dedup.index import (
    GROUP_ROWS,
    KEY_SCHEMA,
    MEMBER_SCHEMA,
    MEMBERS,
    SCHEME,
    TEMPORARY,
    Index,
    Keys,
    Numbers,
    file_digest,
)
from stages.dedup.lock import locked

KeyRange = Iterable[tuple[Keys, Numbers]]


def write_dump(
    index: Index,
    name: str,
    members: Iterable[pa.RecordBatch],
    columns: dict[str, Iterator[KeyRange]],
    *,
    compared_with: Sequence[str],
    holds: Sequence[str] = (),
) -> None:
    """Add a dump to an index, or put it in the place of the one of that name, whole or not at all.

    columns: for each key column, its keys with their members by ascending ranges; within one in any order.
    Raises StorageError when other dumps came since `index` was opened, or one is coming at this moment.
    """
    root = index.root
    aside = root / f"{name}~{uuid4().hex}{TEMPORARY}"  # no dump has a ~ in its name
    gone = aside.with_suffix(".gone" + TEMPORARY)
    try:
        aside.mkdir(parents=True)
        num_members = _write_members(aside / MEMBERS, members)
        for column, ranges in columns.items():
            _write_keys(aside / f"{column}.parquet", ranges)
        told = {
            "scheme": index.scheme,
            "num_members": num_members,
            "compared_with": sorted(compared_with),
            "holds": sorted(holds),
            "columns": list(columns),
            "files": {path.name: file_digest(path) for path in sorted(aside.iterdir())},
        }
        (aside / SCHEME).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        for path in [*aside.iterdir(), aside]:
            reach_disk(path)
        with locked(root, name):
            if not (aside.is_dir() and index.is_unchanged()):
                raise StorageError(f"{root}: other dumps came during the run; run the same command again")
            if (root / name).exists():
                (root / name).rename(gone)
            aside.replace(root / name)
            reach_disk(root)
            for left in root.glob(f"{name}~*{TEMPORARY}"):  # by writers that were killed
                shutil.rmtree(left, ignore_errors=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_members(path: Path, members: Iterable[pa.RecordBatch]) -> int:
    """Returns how many there are."""
    num_members = 0
    with pq.ParquetWriter(path, MEMBER_SCHEMA, compression="zstd") as writer:
        for batch in members:
            writer.write_batch(batch, row_group_size=GROUP_ROWS)
            num_members += batch.num_rows
    return num_members


def _write_keys(path: Path, ranges: Iterable[KeyRange]) -> None:
    """Keys ascending, each once, with the first of its members."""
    with pq.ParquetWriter(path, KEY_SCHEMA, compression="none", use_dictionary=False) as writer:
        for pieces in ranges:
            nothing = (np.empty(0, np.uint64), np.empty(0, np.int64))
            keys, members = map(np.concatenate, zip(nothing, *pieces, strict=True))
            order = np.lexsort((members, keys))
            keys, members = keys[order], members[order]
            fresh = np.ones(len(keys), np.bool_)
            fresh[1:] = keys[1:] != keys[:-1]
            table = pa.table([keys[fresh], members[fresh]], schema=KEY_SCHEMA)
            if len(table):
                writer.write_table(table, row_group_size=GROUP_ROWS)


def reduce_dump(root: Path, name: str) -> None:
    """Leave of a dump that another holds only what it says of itself."""
    for path in (root / name).iterdir() if (root / name).is_dir() else ():
        if path.name != SCHEME:
            path.unlink(missing_ok=True)
