"""Host and URL lists, hashed once into a file that every worker maps: memory does not grow with their length."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import blake2b, file_digest
from itertools import islice
from pathlib import Path

import numpy as np

from stages.text.hosts import listed_name
from stages.text.key_table import Table, keys_of, sorted_keys

_NAMES = ("domains", "urls")  # the files of a category in the UT1 collection of the University of Toulouse
_NUM_BUCKETS = 64  # sorted one at a time: 30 million keys need 8 MB each
_LINES_AT_ONCE = 1 << 18
_HEADER = 128  # bytes of an .npy file without any key, which cannot be mapped
_LAYOUT = b"keys-1"  # changes when the same lists would give another file


def list_files(path: str, categories: Sequence[str] = ()) -> list[Path]:
    """The files of a list: a file itself, a category's `domains` and `urls`, or those of a folder of categories.

    Raises FileNotFoundError for a path without any.
    """
    root = Path(path).expanduser()
    if root.is_file():
        return [root]
    folders = [root / c for c in categories] if categories else [root, *sorted(p for p in root.glob("*") if p.is_dir())]
    found = [folder / name for folder in folders for name in _NAMES if (folder / name).is_file()]
    if not found:
        raise FileNotFoundError(f"{path}: neither a file nor a folder with `domains` or `urls` (or categories of them)")
    return found


def cache_folder(path: str | None) -> Path:
    """Where hashed lists are kept: the folder given, or this user's cache."""
    if path:
        return Path(path).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wabun" / "hosts"


def host_table(files: Sequence[Path], cache: Path) -> Table:
    """The names in these files as keys, mapped read-only; hashed first where the cache has not these contents.

    Raises OSError for a file that cannot be read or a cache that cannot be written.
    """
    if not files:
        return np.empty((2, 0), np.uint64)
    digest = blake2b(_LAYOUT, digest_size=16)
    for file in files:
        with file.open("rb") as opened:
            digest.update(file_digest(opened, "blake2b").digest())
    path = cache / f"{digest.hexdigest()}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="hashing-") as aside:
            _hash_into(files, Path(aside)).replace(path)
    table: Table = np.load(path, mmap_mode="r" if path.stat().st_size > _HEADER else None)
    return table


def _names(files: Sequence[Path]) -> Iterator[str]:
    """What the lines block, one by one."""
    for file in files:
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if name := listed_name(line):
                    yield name


def _hash_into(files: Sequence[Path], folder: Path) -> Path:
    """Write all keys, in order, to a file in `folder`, by way of buckets on disk."""
    buckets = [folder / f"{number}" for number in range(_NUM_BUCKETS)]
    names = _names(files)
    total = 0
    while block := list(islice(names, _LINES_AT_ONCE)):
        keys = keys_of(block)
        total += keys.shape[1]
        bucket_of = keys[0] >> np.uint64(64 - _NUM_BUCKETS.bit_length() + 1)
        for number in np.unique(bucket_of):
            with buckets[int(number)].open("ab") as bucket:
                keys.T[bucket_of == number].tofile(bucket)
    whole = folder / "keys.npy"
    if not total:
        np.save(whole, np.empty((2, 0), np.uint64))
        return whole
    table = np.lib.format.open_memmap(whole, mode="w+", dtype=np.uint64, shape=(2, total))
    at = 0
    for bucket_path in filter(Path.exists, buckets):
        part = np.fromfile(bucket_path, np.uint64).reshape(-1, 2).T
        table[:, at : at + part.shape[1]] = sorted_keys(part)
        at += part.shape[1]
        bucket_path.unlink()
    table.flush()
    return whole
