"""Grouping band keys into clusters: generated sketches with known clusters, through sketch files, links and verdict.

Without text: documents of one cluster share some of their keys, strangers none. Cluster sizes follow a power law.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from datasketch import MinHash, MinHashLSH

from pipeline.sketches import ASCENDING, SKETCH_GROUP_ROWS, StoredSketches
from pipeline.storage import LocalFolder
from stages.dedup_near import DedupNear
from stages.groups.components import clusters, join, new_parents
from stages.groups.links import Links

ROWS_PER_FILE = 1_000_000


def truth(documents: int, seed: int) -> np.ndarray:
    """Number of each document's cluster: sizes with P(size >= s) ~ 1/s up to a hundredth of all, in random order."""
    rng = np.random.default_rng(seed)
    sizes = np.minimum(1 / rng.random(documents), max(1, documents // 100)).astype(np.int64)
    cluster = np.repeat(np.arange(documents, dtype=np.uint32), np.minimum(sizes, documents))[:documents]
    rng.shuffle(cluster)
    return cluster


def mixed(values: np.ndarray) -> np.ndarray:
    """SplitMix64's finalizer: numbers that stand for hashes of bands."""
    values = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return values ^ values >> np.uint64(31)


def keys_of(cluster: np.ndarray, first: int, band: int, bands: int) -> np.ndarray:
    """Keys of one band: the cluster's in every document's own band and in half of the others, else the document's own.

    The key of the own band is shared by all of the cluster that have the band, so every member is linked.
    """
    document = np.arange(first, first + len(cluster), dtype=np.uint64)
    shared = (mixed(document * np.uint64(bands) + np.uint64(band)) & np.uint64(1)).astype(bool) | (band == 0)
    own = mixed(document * np.uint64(64) + np.uint64(band) + np.uint64(1 << 62))
    return np.where(shared, mixed(cluster.astype(np.uint64) * np.uint64(64) + np.uint64(band)), own)


def write_sketches(folder: LocalFolder, cluster: np.ndarray, stage: DedupNear) -> None:
    """Sketch files as the ranks write them."""
    schema = stage.sketch_schema()
    bands = stage.banding().bands
    for first in range(0, len(cluster), ROWS_PER_FILE):
        part = cluster[first : first + ROWS_PER_FILE]
        row = np.arange(first, first + len(part))
        columns = {
            "row": row,
            "id": np.char.mod("%036d", row),
            "id_hash": mixed(row.astype(np.uint64)),
            "order": row,
            "copies": np.ones(len(part), np.int64),
        }
        columns |= {name: keys_of(part, first, band, bands) for band, name in enumerate(stage.key_columns())}
        with (
            folder.writing(f"sketch-{first:012d}.parquet") as path,
            pq.ParquetWriter(
                path, schema, compression="none", use_dictionary=False, column_encoding=ASCENDING
            ) as writer,
        ):
            table = pa.table({name: pa.array(columns[name]) for name in schema.names}, schema=schema)
            writer.write_table(table, row_group_size=SKETCH_GROUP_ROWS)


def make(place: str, documents: int, seed: int, stage: DedupNear) -> None:
    """Leave sketches and the truth in a folder."""
    cluster = truth(documents, seed)
    np.save(Path(place) / "truth.npy", cluster)
    write_sketches(LocalFolder(place), cluster, stage)


def write(folder: LocalFolder, name: str, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> int:
    """Write as a rank does; returns the rows."""
    rows = 0
    with folder.writing(name) as path, pq.ParquetWriter(path, schema, compression="none", use_dictionary=False) as out:
        for batch in batches:
            out.write_batch(batch)
            rows += batch.num_rows
    return rows


def check(cluster: np.ndarray, link_files: list[Path]) -> tuple[int, int]:
    """False merges and missed ones, against the truth."""
    parents = new_parents(len(cluster))
    for path in link_files:
        table = pq.read_table(path)
        join(parents, Links(*(table[name].to_numpy() for name in Links._fields)))
    found = clusters(parents)
    row = np.flatnonzero(found.of != 0xFFFFFFFF)
    pairs = np.unique(np.stack([found.of[row], cluster[row]]), axis=1)
    false_merges = pairs.shape[1] - len(np.unique(pairs[0]))
    members = np.bincount(cluster)[cluster] > 1
    missed = int(members.sum()) - len(row) + (pairs.shape[1] - len(np.unique(pairs[1])))
    return false_merges, missed


def datasketch_seconds(documents: int, bands: int, rows: int, cluster: np.ndarray) -> float:
    """MinHashLSH over signatures whose bands are equal where the keys are: insert and query each. CPU seconds."""
    keys = np.stack([keys_of(cluster[:documents], 0, band, bands) for band in range(bands)], axis=1)
    values = mixed(keys[:, :, None] + np.arange(rows, dtype=np.uint64)).astype(np.uint32).reshape(documents, -1)
    permutations = MinHash(num_perm=bands * rows).permutations
    start = now()
    index = MinHashLSH(num_perm=bands * rows, params=(bands, rows))
    for number in range(documents):
        sketch = MinHash(hashvalues=values[number], permutations=permutations, scheme="affine32")
        index.query(sketch)
        index.insert(number, sketch, check_duplication=False)
    return float((now() - start)[1])


def now() -> np.ndarray:
    """Seconds by the wall and of this process's CPU: the machine may be shared."""
    return np.array([time.perf_counter(), time.process_time()])


class Step(NamedTuple):
    """What a step took: seconds by the wall and of CPU, memory before it and at its peak in GB, rows it left."""

    seconds: np.ndarray
    base: float
    peak: float
    num_rows: int


def measured(place: str, documents: int, stage: DedupNear, work: Callable[..., int]) -> Step:
    """Work on the sketches in a folder, its kernels compiled."""
    stage.warm()
    folder = LocalFolder(Path(place))
    names = [name for name in folder.names("") if name.startswith("sketch-")]
    base = peak_memory()
    start = now()
    num_rows = work(folder, stage, StoredSketches(folder, names, documents))
    return Step(now() - start, base, peak_memory(), num_rows)


def link(folder: LocalFolder, stage: DedupNear, sketches: StoredSketches) -> int:
    """All parts, one after the other."""
    return sum(
        write(folder, f"links-{part:05d}.parquet", stage.link(part, sketches), stage.link_schema())
        for part in range(stage.num_parts(sketches))
    )


def settle(folder: LocalFolder, stage: DedupNear, sketches: StoredSketches) -> int:
    """The links into the verdict."""
    files = (pq.ParquetFile(folder.local(name)) for name in folder.names("") if name.startswith("links-"))
    links = (batch for file in files for batch in file.iter_batches(SKETCH_GROUP_ROWS, use_threads=False))
    return write(folder, "verdict.parquet", stage.settle(links, sketches), stage.verdict_schema())


def report(name: str, step: Step, left: str) -> None:
    wall, cpu = step.seconds
    print(f"{name:<8} {wall:.1f} s, CPU {cpu:.1f} s; memory {step.base:.2f} GB before, {step.peak:.2f} at most; {left}")


def gigabytes(place: str, pattern: str) -> float:
    """On the disk."""
    return sum(path.stat().st_size for path in Path(place).glob(pattern)) / 1e9


def peak_memory() -> float:
    """Of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def apart(work: Callable[..., Any], *arguments: object) -> Any:
    """The result of work in a process of its own, as a rank is, so that its memory is its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--bands", type=int, default=14)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--memory", type=int, default=2_000_000_000, help="bytes that one link part may take")
    parser.add_argument("--datasketch", type=int, default=100_000, help="documents given to datasketch; 0: none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", default=None, help="where the files go (default: a temporary folder)")
    options = parser.parse_args()
    stage = DedupNear(bands=options.bands, rows=options.rows, memory=options.memory)
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        start = time.perf_counter()
        apart(make, place, options.documents, options.seed, stage)
        made = time.perf_counter() - start
        keys = options.documents * options.bands * 8
        print(f"{options.documents:,} documents × {options.bands} bands, made in {made:.1f} s")
        print(f"sketches {gigabytes(place, 'sketch-*'):.2f} GB, of which keys {keys / 1e9:.2f} GB")
        linked, settled = (apart(measured, place, options.documents, stage, work) for work in (link, settle))
        files = sorted(Path(place).glob("links-*"))
        report("links", linked, f"{len(files)} parts, {linked.num_rows:,} links, {gigabytes(place, 'links-*'):.2f} GB")
        report("settle", settled, f"{settled.num_rows:,} rows in clusters, {gigabytes(place, 'verdict*'):.2f} GB")
        together = linked.seconds + settled.seconds
        per = together[1] / options.documents / options.bands * 1e9
        print(f"together {together[0]:.1f} s, CPU {together[1]:.1f} s: {per:.1f} ns of CPU per document and band")
        cluster = np.load(Path(place) / "truth.npy")
        false_merges, missed = check(cluster, files)
        print(f"against the truth: {false_merges} false merges, {missed} missed")
        if options.datasketch:
            theirs = datasketch_seconds(options.datasketch, options.bands, options.rows, cluster)
            each = theirs / options.datasketch / options.bands * 1e9
            every = each * options.documents * options.bands / 1e9
            print(f"datasketch MinHashLSH: {theirs:.1f} s of CPU for {options.datasketch:,} documents")
            print(f"{each:,.0f} ns per document and band: {each / per:.0f}× ours; {every:,.0f} s for all")


if __name__ == "__main__":
    main()
