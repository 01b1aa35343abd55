"""What the machine itself costs: an empty rank, and planning, listing and status of as many ranks as a dump has files.

python tests/benchmarks/ranks.py [--ranks 80000] [--work 200] [--rounds 5]

An empty rank's cost is what some hundred of them add to a worker's time, in every round anew, for one
process at a time and for four; beside it what starting and ending a bare process of the same fork server takes.
"""

import argparse
import gzip
import os
import statistics
import sys
import tempfile
import time
import types
from multiprocessing import get_context
from pathlib import Path

from pipeline.lineage import load_plans
from pipeline.manifest import Manifest
from pipeline.plan import Kind
from pipeline.storage import LocalFolder
from pipeline.warm import start_server, use_kernel_cache

CONFIG = "name: empty\nstages:\n  read: {select: all}\n  decode:\n"
LIMIT_MS, LIMIT_MB = 30, 500
ENVIRONMENT = dict(os.environ)  # before a fork server of our own leaves its mark there


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=80_000, help="input files, a rank each")
    parser.add_argument("--work", type=int, default=200, help="empty ranks that are run in each round")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of an empty rank")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wabun-ranks-") as name:
        measure(Path(name), options.ranks, options.work, options.rounds)


def measure(folder: Path, num_ranks: int, num_work: int, rounds: int) -> None:
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
    empty_ranks(out, num_work, rounds)
    mark_done(LocalFolder(out))
    told("wabun status, all read", *wabun("status", str(out)))


def empty_ranks(out: Path, num_work: int, rounds: int) -> None:
    """What an empty rank adds to a worker, a bare process beside it in the same round."""
    work = ("work", str(out / "plans/00-read"), "--ranks")
    wabun(*work, "0")  # compiles kernels where that is still to be done
    bare: list[float] = []
    walls: dict[int, list[float]] = {1: [], 4: []}
    for _ in range(rounds):
        bare.append(bare_process())
        for workers in walls:
            done = out.glob("plans/00-read/done/*")
            for marker in done:
                marker.unlink()
            alone, _ = wabun(*work, "0", "--workers", str(workers))
            some, _ = wabun(*work, f"1-{num_work + 1}", "--workers", str(workers))
            walls[workers].append(1000 * (some - alone) / num_work)
    print(f"\n{'ms, in ' + str(rounds) + ' rounds':<34}{'min':>9}{'median':>8}{'max':>8}")
    spread("a bare process, start to end", bare)
    for workers in walls:
        spread(f"an empty rank, {workers} at a time", walls[workers])
    print(f"(an empty rank is allowed {LIMIT_MS} ms)\n")


def bare_process() -> float:
    """Milliseconds to start a process from a warm fork server and to see it end."""
    use_kernel_cache()
    start_server([("read", {}), ("decode", {})], lambda line: None)
    main, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    started = time.monotonic()
    for _ in range(20):
        process = get_context("forkserver").Process(target=os.getpid)
        process.start()
        process.join()
    sys.modules["__main__"] = main
    return 1000 * (time.monotonic() - started) / 20


def spread(what: str, figures: list[float]) -> None:
    """Least, middle and most."""
    print(f"{what:<34}{min(figures):>9.1f}{statistics.median(figures):>8.1f}{max(figures):>8.1f}", flush=True)


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
        ENVIRONMENT,
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
