"""Hashing a long host list once, and looking addresses up in it, beside a Python set of the same names.

Run as a script: `python tests/benchmarks/host_lists.py [--entries N] [--urls N]`. Each way runs in its own process, so
that its memory is its own.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from stages.text.hosts import host_names, host_of
from stages.urls import JudgeUrls


def private_megabytes() -> float:
    """Memory of this process that no other can share."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1024


def addresses(number: int) -> list[str]:
    """Made-up addresses, none of them listed."""
    return [f"https://www{i % 50}.blog{i % 3000}.example.co.jp/a/b/c{i}.html?x=1" for i in range(number)]


def by_table(path: str, num_urls: int) -> tuple[float, float, float]:
    """Seconds to open (and to hash, the first time), µs for each address, MB."""
    before = private_megabytes()
    started = time.perf_counter()
    stage = JudgeUrls(lists=(path,), cache=str(Path(path).parent / "cache"), adult_words=False)
    stage.warm()
    opened = time.perf_counter() - started
    batch = pa.record_batch({"url": addresses(num_urls)})
    stage.apply(batch.slice(0, 1))
    started = time.perf_counter()
    stage.apply(batch)
    return opened, (time.perf_counter() - started) / num_urls * 1e6, private_megabytes() - before


def by_set(path: str, num_urls: int) -> tuple[float, float, float]:
    """The same with a set of strings in the memory of each worker; hosts only."""
    before = private_megabytes()
    started = time.perf_counter()
    with Path(path).open() as lines:
        listed = {line.strip() for line in lines}
    opened = time.perf_counter() - started
    urls = addresses(num_urls)
    started = time.perf_counter()
    sum(any(name in listed for name in host_names(host_of(url))) for url in urls)
    return opened, (time.perf_counter() - started) / num_urls * 1e6, private_megabytes() - before


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--urls", type=int, default=20_000)
    options = parser.parse_args()
    ways: tuple[tuple[str, Callable[[str, int], tuple[float, float, float]]], ...] = (
        ("table, hashed first", by_table),
        ("table, from the cache", by_table),
        ("set in each worker", by_set),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "domains"
        with path.open("w") as lines:
            lines.writelines(f"host{i}.site{i % 97}.example{i % 1000}.com\n" for i in range(options.entries))
        print(f"{options.entries:,} entries\n{'':<24}{'ready s':>9}{'µs/URL':>9}{'own MB':>9}")
        for name, way in ways:
            with get_context("spawn").Pool(1) as pool:
                ready, each, megabytes = pool.apply(way, (str(path), options.urls))
            print(f"{name:<24}{ready:>9.2f}{each:>9.1f}{megabytes:>9.1f}")


if __name__ == "__main__":
    main()
