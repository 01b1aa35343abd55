"""What the machine itself costs: an empty rank, and planning, listing and status of as many ranks as a dump has files.

python tests/benchmarks/ranks.py [--ranks 80000] [--work 200]
"""

import argparse
import gzip
import os
import sys
import tempfile
import time
from pathlib import Path

from pipeline.lineage import load_plans
from pipeline.manifest import Manifest
from pipeline.plan import Kind
from pipeline.storage import LocalFolder

CONFIG = "name: empty\nstages:\n  read: {select: all}\n  decode:\n"
LIMIT_MS, LIMIT_MB = 30, 500


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=80_000, help="input files, a rank each")
    parser.add_argument("--work", type=int, default=200, help="empty ranks that are run, one after another")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wabun-ranks-") as name:
        measure(Path(name), options.ranks, options.work)


def measure(folder: Path, num_ranks: int, num_work: int) -> None:
    """Plan, run some, mark all done, and look."""
    inputs, out = folder / "inputs", folder / "out"
    inputs.mkdir()
    (folder / "config.yaml").write_text(CONFIG)
    empty = gzip.compress(b"")
    for number in range(num_ranks):
        (inputs / f"CC-MAIN-20240220211055-20240221001055-{number:05d}.warc.gz").write_bytes(empty)
    config = [str(folder / "config.yaml"), "-i", str(inputs), "-o", str(out)]
    print(f"{num_ranks:,} ranks{'':<22}{'seconds':>9}{'MB':>8}")
    told("wabun plan", *wabun("plan", *config))
    told("wabun run --dry-run", *wabun("run", *config, "--dry-run"))
    told("wabun status, nothing done", *wabun("status", str(out)))
    work = ("work", str(out / "plans/00-read"), "--ranks")
    wabun(*work, "0")  # compiles kernels where that is still to be done
    alone, _ = wabun(*work, "1")
    some, megabytes = wabun(*work, f"2-{num_work + 2}")
    told(f"wabun work, {num_work + 1} ranks", some, megabytes)
    mark_done(LocalFolder(out))
    told("wabun status, all read", *wabun("status", str(out)))
    each = 1000 * (some - alone) / num_work
    print(f"\nan empty rank: {each:.1f} ms ({each / LIMIT_MS:.2f} of the {LIMIT_MS} ms allowed)")


def mark_done(folder: LocalFolder) -> None:
    """Give every rank of the first plan a marker, as if it had run."""
    plan = next(plan for plan in load_plans(folder) if plan.kind is Kind.DOCUMENTS)
    data = Manifest(plan.name, 0, plan.rank_digest(0)).to_json()
    for rank in range(len(plan.digests or ())):
        folder.local(plan.marker_name(rank)).write_bytes(data)


def wabun(*arguments: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one command."""
    started = time.monotonic()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "pipeline.cli", *arguments],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"wabun {' '.join(arguments)}: exit code {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - started, usage.ru_maxrss / 1024


def told(what: str, seconds: float, megabytes: float) -> None:
    """One line of the table."""
    print(f"{what:<34}{seconds:>9.2f}{megabytes:>8.0f}{'  over' if megabytes > LIMIT_MB else ''}", flush=True)


if __name__ == "__main__":
    main()
