"""An index across dumps: the keys of every document seen before, and the document that stands for each.

INDEX/DUMP/scheme.json       how the keys were made, the dumps that this one was compared with, the digest of every file
INDEX/DUMP/members.parquet   the documents that stand for the dump's clusters: id, dump, order, copies, cluster
INDEX/DUMP/<column>.parquet  key (uint64, ascending, each once) and member (its row in members.parquet)
INDEX/lock.json              while a dump is put in its place

A dump that another holds has only its scheme.json.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import StorageError
from pipeline.storage import digest_of

Numbers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

GROUP_ROWS = 131_072
TEMPORARY = ".tmp"
SCHEME = "scheme.json"
MEMBERS = "members.parquet"
MEMBER_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("dump", pa.string()),
        ("id_hash", pa.uint64()),
        ("order", pa.int64()),
        ("copies", pa.int64()),  # documents of this dump that the member stands for
        ("cluster", pa.int64()),  # row of the member that stands for the cluster: its own, or that of another
    ]
)
KEY_SCHEMA = pa.schema([("key", pa.uint64()), ("member", pa.int64())])
_KINDS = {"scheme": dict, "num_members": int, "compared_with": list, "holds": list, "columns": list, "files": dict}


class Dump(NamedTuple):
    """One dump of an index. Its members are numbered from `base` among those of all the dumps in use."""

    folder: Path
    base: int


class Index:
    """The dumps of an index that a run is compared with, all or those that do not come after it."""

    def __init__(self, root: Path, scheme: dict[str, Any], *, but: str | None = None) -> None:
        """Leaves out the dump `but` and those that were compared with it.

        Raises StorageError for a dump whose keys were made in another way, and where `but` was merged with others.
        """
        self.root, self.scheme, self._but = root, scheme, but
        self.dumps: list[Dump] = []
        self.num_members = 0
        self.told: dict[str, dict[str, Any]] = {}  # what each dump says of itself
        for name, told in whole_dumps(root).items():
            if but is not None and (but == name or but in told["compared_with"]):
                continue
            if but is not None and but in told["holds"]:
                raise StorageError(f"{root / name}: holds {but} merged with others; it cannot be indexed again")
            if told["scheme"] != scheme:
                differing = [key for key in scheme if told["scheme"].get(key) != scheme[key]]
                raise StorageError(f"{root / name}: was made with another {', '.join(differing)}; make the index anew")
            self.dumps.append(Dump(root / name, self.num_members))
            self.num_members += told["num_members"]
            self.told[name] = told

    def is_unchanged(self) -> bool:
        """Whether these are still the dumps that a run is compared with, and the same in every byte."""
        return Index(self.root, self.scheme, but=self._but).told == self.told

    def num_keys(self, column: str) -> int:
        """Keys of a column."""
        return sum(pq.read_metadata(dump.folder / f"{column}.parquet").num_rows for dump in self.dumps)

    def keys(self, column: str, low: int, high: int) -> Iterator[tuple[Keys, Numbers]]:
        """Keys of a column in [low, high] and their members, dump by dump. Reads only the row groups it needs."""
        for dump in self.dumps:
            with (dump.folder / f"{column}.parquet").open("rb") as file:
                parquet = pq.ParquetFile(file)
                for group in range(parquet.metadata.num_row_groups):
                    span = parquet.metadata.row_group(group).column(0).statistics
                    if span.max < low or span.min > high:
                        continue
                    table = parquet.read_row_group(group, use_threads=False)
                    key = table["key"].to_numpy()
                    first, end = np.searchsorted(key, np.uint64(low)), np.searchsorted(key, np.uint64(high), "right")
                    yield key[first:end], table["member"].to_numpy()[first:end] + dump.base

    def members(self) -> Iterator[tuple[Numbers, pa.RecordBatch]]:
        """Numbers of the members among those of all dumps, and their rows, with `cluster` numbered alike."""
        for dump in self.dumps:
            at = dump.base
            with (dump.folder / MEMBERS).open("rb") as file:
                for batch in pq.ParquetFile(file).iter_batches(GROUP_ROWS, use_threads=False):
                    cluster = pa.array(batch.column("cluster").to_numpy() + dump.base)
                    yield (
                        np.arange(at, at + batch.num_rows),
                        batch.set_column(batch.schema.get_field_index("cluster"), "cluster", cluster),
                    )
                    at += batch.num_rows

    def files(self) -> list[Path]:
        """A small file of each dump in use, which changes when anything of the dump does."""
        return [dump.folder / SCHEME for dump in self.dumps]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        return digest_of(file)


def whole_dumps(root: Path) -> dict[str, dict[str, Any]]:
    """What the whole dumps of an index say of themselves, by name, without those that another holds.

    Raises StorageError for one that does not say it in this version's way.
    """
    told = {}
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if not path.name.endswith(TEMPORARY) and (path / SCHEME).is_file():
            told[path.name] = _told(path / SCHEME)
    held = {name for entry in told.values() for name in entry["holds"]}
    return {name: entry for name, entry in told.items() if name not in held}


def files_of_merged(root: Path, name: str | None) -> list[Path] | None:
    """What `Index.files` gave for a dump before it was merged with others; None when it was not, or is not known.

    What a dump says of itself outlives the merge, so that the run that made it is still known as finished.
    """
    if not any(name in told["holds"] for told in whole_dumps(root).values()):
        return None
    own = root / str(name) / SCHEME
    files = [root / other / SCHEME for other in _told(own)["compared_with"]] if own.is_file() else [own]
    return files if all(path.is_file() for path in files) else None


def name_problem(name: str) -> str | None:
    """Why a dump cannot have this name.

    >>> name_problem("CC-MAIN-2024-10")
    >>> name_problem("2024/10")
    "2024/10: a dump's name is letters of any script, digits, and - _ . within"
    """
    if re.fullmatch(r"\w[\w.-]*", name) and not name.endswith(TEMPORARY):
        return None
    return f"{name}: a dump's name is letters of any script, digits, and - _ . within"


def _told(path: Path) -> dict[str, Any]:
    try:
        entry = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StorageError(f"{path}: cannot be read: {error}") from None
    if not isinstance(entry, dict) or not _KINDS.keys() <= entry.keys():
        raise StorageError(f"{path}: is not of this version of Wabun; make the dump anew")
    if wrong := [key for key, kind in _KINDS.items() if not isinstance(entry[key], kind)]:
        raise StorageError(f"{path}: {', '.join(wrong)}: damaged; make the dump anew")
    return entry
