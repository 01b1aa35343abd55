"""The Japanese records of an archive by ranges, against all of it: requests, bytes and seconds over a slow loopback.

    python tests/benchmarks/ranges.py ARCHIVE.warc.gz --delay 0.03

ARCHIVE: from ../shared/tools/make_bench_warc.py, for instance. Every reply comes after `--delay` seconds.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.inputs import AnyInput, resolve_inputs
from pipeline.network.fetch import Fetching
from pipeline.network.ranges import RangedInput
from pipeline.stage import Tally
from pipeline.storage import LocalFolder
from stages.read import Read
from tests.faults import Fault, serving


def pages(source: AnyInput) -> tuple[int, float]:
    """Candidate pages read, and the seconds it took."""
    started = time.perf_counter()
    num_pages = sum(batch.num_rows for batch in Read().read(source, Tally()))
    return num_pages, time.perf_counter() - started


def main() -> None:
    """Read the archive in all ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--delay", type=float, default=0.03)
    options = parser.parse_args()
    Read().warm()
    (local,) = resolve_inputs([str(options.archive)])
    rows = [r for b in Read().read(local, Tally()) for r in b.drop_columns(["payload"]).to_pylist()]
    print(f"{'':34}{'requests':>9}{'MB':>9}{'seconds':>9}{'pages':>8}")
    with serving() as server, tempfile.TemporaryDirectory() as scratch:

        def tell(what: str, source: AnyInput, size: int | None) -> None:
            server.asked.clear()
            num_pages, seconds = pages(source)
            gets = server.gets()
            spans = [asked.range.removeprefix("bytes=").split("-") for asked in gets if asked.range]
            fetched = sum(int(last) - int(first) + 1 for first, last in spans) if spans else size or 0
            print(f"{what:34}{len(gets):>9}{fetched / 1e6:>9.1f}{seconds:>9.2f}{num_pages:>8}", flush=True)

        tell("whole, from disk", local, local.size)
        url = server.put(local.name, options.archive.read_bytes(), always=Fault(delay=options.delay))
        (whole,) = resolve_inputs([url])
        tell("whole, over http", whole, whole.size)
        table = pa.Table.from_pylist([{k: row[k] for k in ("warc_file", "warc_offset", "warc_length")} for row in rows])
        path = Path(scratch) / "requests.parquet"
        pq.write_table(table, path)
        (ranged,) = resolve_inputs([str(path)], base=server.base, folder=LocalFolder(scratch))
        assert isinstance(ranged, RangedInput)
        for gap in (1, 64_000, 256_000, 1_000_000):
            for concurrency in (1, 8, 32):
                fetching = Fetching(gap_bytes=gap, concurrency=concurrency)
                tell(f"ranges, gap {gap:,}, {concurrency} at a time", replace(ranged, fetching=fetching), None)


if __name__ == "__main__":
    main()
