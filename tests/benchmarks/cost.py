"""What one dump costs, reckoned from what the ranks of two actual runs measured of themselves.

    python tests/benchmarks/cost.py SMALL LARGE [--files 80000] [--file-gb 1.0] [--yen 3]

Every number comes from the manifests of two results, of a small and a larger input laid out as a crawl's, best made
with one process (`wabun run … -w 1`) on a quiet machine. What a plan costs whatever it reads falls out of the
difference: a plan that took s and S seconds over b and B bytes of input takes (S - s) / (B - b) seconds a byte.
Plans of one rank (settle, finish) are not divided among cores.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from pipeline.lineage import load_plans
from pipeline.plan import Kind
from pipeline.ranks.survey import known_items, manifests
from pipeline.storage import LocalFolder

CORES = (100, 1_000, 10_000)


@dataclass(frozen=True)
class Step:
    """One plan of the measured run."""

    name: str
    seconds: float
    written: int  # bytes
    alone: bool  # one rank, however many cores there are


def main() -> None:
    """Print the table, with its arithmetic."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("small", type=Path, help="folder of a finished run")
    parser.add_argument("large", type=Path, help="folder of a finished run of the same config over more input")
    parser.add_argument("--files", type=int, default=80_000, help="WARC files of the dump")
    parser.add_argument("--file-gb", type=float, default=1.0, help="gigabytes of one file, mean")
    parser.add_argument("--yen", type=float, default=3.0, help="price of a core-hour")
    options = parser.parse_args()
    (small, small_read), (large, read) = measured(LocalFolder(options.small)), measured(LocalFolder(options.large))
    steps = [
        Step(b.name, max(0.0, b.seconds - a.seconds), max(0, b.written - a.written), b.alone)
        for a, b in zip(small, large, strict=True)
    ]
    dump = options.files * options.file_gb * 1e9
    print(table(steps, read - small_read, dump, options.yen))


def measured(folder: LocalFolder) -> tuple[list[Step], int]:
    """Every plan of the run, and the bytes of its inputs."""
    steps, read = [], 0
    for plan in load_plans(folder):
        found = manifests(folder, plan, len(known_items(folder, plan) or []))
        read += sum(manifest.input_bytes for manifest in found) if plan.kind is Kind.DOCUMENTS else 0
        outputs = [output for manifest in found for output in manifest.outputs]
        written = sum(output.bytes for output in outputs if output.name.startswith(("data/", "shards/")))
        alone = plan.kind in (Kind.SETTLE, Kind.FINISH)
        steps.append(Step(plan.title, sum(manifest.seconds for manifest in found), written, alone))
    return steps, read


def table(steps: list[Step], read: int, dump: float, yen: float) -> str:
    """Markdown: each step's rate, core-hours, bytes and yen; then the wall time at several numbers of cores."""
    scale = dump / read
    lines = [
        f"Measured over {read / 1e6:,.0f} MB more; one dump is {dump / 1e12:,.1f} TB: every figure is {scale:,.0f}",
        f"times the measured one. A core-hour at {yen:g} yen.",
        "",
        "| step | measured s | s per GB | core-hours | written, TB | yen |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for step in steps:
        hours = step.seconds * scale / 3600
        lines.append(
            f"| {step.name} | {step.seconds:.2f} | {step.seconds / (read / 1e9):.2f} | {hours:,.0f} "
            f"| {step.written * scale / 1e12:.2f} | {hours * yen:,.0f} |"
        )
    total = sum(step.seconds for step in steps) * scale / 3600
    written = sum(step.written for step in steps) * scale / 1e12
    lines.append(f"| all | | | {total:,.0f} | {written:.2f} | {total * yen:,.0f} |")
    alone = sum(step.seconds for step in steps if step.alone) * scale / 3600
    lines += ["", "| cores | wall time, hours |", "|---:|---:|"]
    lines += [f"| {cores:,} | {(total - alone) / cores + alone:,.1f} |" for cores in CORES]
    lines += ["", f"Of that, {alone:,.1f} hours are plans of one rank, which more cores do not shorten."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
