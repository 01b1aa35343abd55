"""CPU seconds per GB of .warc.gz: reading and selecting, beside plain inflation and other readers, in one run.

python tests/benchmarks/read.py WARC.gz [--repeat 3]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import deflate

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pipeline.stage import Tally
from stages.read import Read
from stages.warc.archive import archive_records
from stages.warc.members import Member, Window, members


class File:
    """A local file as an input."""

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self.name = path.name
        self.size: int | None = path.stat().st_size

    def open(self) -> BinaryIO:
        assert self.path
        return self.path.open("rb")

    def locate(self, offset: int) -> tuple[str, int]:
        return self.name, offset


def plain_inflate(data: memoryview, bounds: list[tuple[int, int]]) -> int:
    """libdeflate over every member, in memory, where each begins and ends being known: the limit."""
    return sum(1 for at, end in bounds if deflate.gzip_decompress(data[at:end]))


def read(file: File, select: Any) -> int:
    """The whole source: candidate pages as batches."""
    return sum(batch.num_rows for batch in Read(select=select).read(file, Tally()))


def records(file: File) -> int:
    """Every record, without a look at its content."""
    with file.open() as stream:
        return sum(1 for _ in archive_records(stream, 8_000_000))


def warcio(file: File) -> int:
    """warcio's bare iteration."""
    from warcio.archiveiterator import ArchiveIterator

    with file.open() as stream:
        return sum(1 for _ in ArchiveIterator(stream))


def fastwarc(file: File) -> int:
    """FastWARC's bare iteration."""
    from fastwarc.warc import ArchiveIterator

    with file.open() as stream:
        return sum(1 for _ in ArchiveIterator(stream))


def cpu_seconds(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds of this process, and what the work counted."""
    started = time.process_time()
    count = work()
    return time.process_time() - started, count


def main() -> None:
    """Run every reader in turn, `--repeat` times, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("warc", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    file = File(options.warc)
    with file.open() as stream:
        bounds = [
            (member.offset, member.offset + member.length)
            for member in members(Window(stream), 1 << 24)
            if isinstance(member, Member)
        ]
    data = memoryview(options.warc.read_bytes())
    Read().warm()
    read(file, "bytes")  # so that no reader is charged with what is imported on first use
    readers: dict[str, Callable[[], int]] = {
        "plain inflate (libdeflate)": lambda: plain_inflate(data, bounds),
        "select: bytes": lambda: read(file, "bytes"),
        "select: cld2": lambda: read(file, "cld2"),
        "records, not looked at": lambda: records(file),
        "FastWARC": lambda: fastwarc(file),
        "warcio": lambda: warcio(file),
    }
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    counts: dict[str, int] = {}
    for _ in range(options.repeat):
        for name, work in readers.items():
            taken, counts[name] = cpu_seconds(work)
            seconds[name].append(taken)
    size = options.warc.stat().st_size / 1e9
    medians = {name: statistics.median(taken) / size for name, taken in seconds.items()}
    limit, slowest = medians["plain inflate (libdeflate)"], medians["warcio"]
    print(f"{options.warc.name}: {size * 1e3:.0f} MB, {len(bounds)} members, medians of {options.repeat}")
    print(f"{'':28}{'s/GB':>8}{'x inflate':>11}{'faster than warcio':>20}{'rows or records':>17}")
    for name, median in medians.items():
        print(f"{name:28}{median:8.2f}{median / limit:11.2f}{slowest / median:20.1f}{counts[name]:17,}")


if __name__ == "__main__":
    main()
