"""What a result in an object store costs: stored documents read and written, every reply so late; and a whole run.

python tests/benchmarks/objects.py [--delay 0.03] [--rows 40000]

The store is moto on loopback, in this process. Peers read the same Parquet file, with the same columns.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

from pipeline.layers import GROUP_ROWS, parquet_writer
from pipeline.network.folders import ObjectFolder
from tests.factories import wabun
from tests.objects import Bucket, s3_bucket

NUM_SIGNALS = 30


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.03, help="seconds before each reply")
    parser.add_argument("--rows", type=int, default=40_000, help="documents in the file")
    options = parser.parse_args()
    with pytest.MonkeyPatch.context() as patch, s3_bucket(patch) as bucket, tempfile.TemporaryDirectory() as place:
        bucket.server.status = lambda method, key: time.sleep(options.delay) or ""
        reading(bucket, options.rows)
        running(bucket, Path(place))


def documents(rows: int) -> pa.Table:
    """Texts of about 2,000 characters, and signals."""
    random = np.random.default_rng(0)
    letters = random.integers(0x3041, 0x30FA, 5_000_000, dtype=np.uint32).tobytes().decode("utf-32-le")
    starts = random.integers(0, len(letters) - 2_000, rows)
    columns = {f"signal_{n}": random.random(rows) for n in range(NUM_SIGNALS)}
    return pa.table({"text": [letters[s : s + 2_000] for s in starts.tolist()], **columns})


def reading(bucket: Bucket, rows: int) -> None:
    """Signals alone, and everything, row group by row group, by each way."""
    folder = ObjectFolder(f"{bucket.url}/corpus")
    table = documents(rows)
    started = time.monotonic()
    with folder.writing("a.parquet") as aside, parquet_writer(aside, table.schema) as writer:
        writer.write_table(table, row_group_size=GROUP_ROWS)
    size = folder.content("a.parquet").bytes
    print(f"{rows:,} documents, {size / 1e6:.0f} MB, written in {time.monotonic() - started:.1f} s")
    remote = pyarrow.fs.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"], scheme="http")
    path = f"{bucket.name}/corpus/a.parquet"
    signals = [name for name in table.schema.names if name != "text"]

    def whole() -> pa.NativeFile:
        return pa.BufferReader(folder.read_bytes("a.parquet"))

    ways: dict[str, Callable[[], object]] = {
        "Wabun": lambda: folder.open("a.parquet"),
        "the whole object first": whole,
        "pyarrow S3": lambda: remote.open_input_file(path),
    }
    print(f"\n{'':<30}{'requests':>10}{'MB':>8}{'seconds':>9}")
    for what, columns in (("signals", signals), ("everything", None)):
        for name, opened in ways.items():
            bucket.server.asked.clear()
            started = time.monotonic()
            parquet = pq.ParquetFile(opened())
            for group in range(parquet.metadata.num_row_groups):
                parquet.read_row_group(group, columns=columns)
            seconds = time.monotonic() - started
            told(f"{what}, {name}", bucket, seconds)


def running(bucket: Bucket, place: Path) -> None:
    """The quickstart, into a folder and into the bucket."""
    wabun("run", "quickstart", "-o", place / "warm")  # compiles kernels where that is still to be done
    print()
    for what, out in (
        ("the quickstart, local", str(place / "out")),
        ("the quickstart, in a bucket", f"{bucket.url}/out"),
    ):
        bucket.server.asked.clear()
        started = time.monotonic()
        done = wabun("run", "quickstart", "-o", out)
        if done.returncode:
            raise SystemExit(done.stderr)
        told(f"the quickstart, {what}", bucket, time.monotonic() - started)


def told(what: str, bucket: Bucket, seconds: float) -> None:
    """One line of the table."""
    asked = bucket.server.asked
    print(f"{what:<34}{len(asked):>6}{sum(one.size for one in asked) / 1e6:>8.1f}{seconds:>9.2f}", flush=True)


if __name__ == "__main__":
    main()
