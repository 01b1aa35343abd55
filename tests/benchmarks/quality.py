"""The cost of signals: our kernels beside plain Python and HojiChar, in microseconds per 2,000-character document.

    python tests/benchmarks/quality.py [--documents 10000] [--plain 300] [--no-start-up]

Documents are cut from real pages where ../shared/data is present, else from the sample's prose. Every line is
measured in this one run; plain Python and HojiChar see fewer documents and are scaled. Time is that of the CPU, so that
other work on the machine counts as little as may be.
"""

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from stages.quality import Quality  # noqa: E402
from stages.signals import SIGNALS, Signals  # noqa: E402
from stages.text.codepoints import codepoints  # noqa: E402
from stages.text.measures import Measures  # noqa: E402
from stages.text.words import is_installed  # noqa: E402
from stages.words import Words  # noqa: E402
from tests.stages.text.swallow_reference import swallow_signals  # noqa: E402

LENGTH = 2000
BATCH = 200
SWALLOW = tuple(signal for signal in SIGNALS if signal.column.name in swallow_signals(""))

STARTED = """
import sys, time
sys.path.insert(0, {root!r})
import pyarrow.parquet as pq
{imports}
for batch in pq.ParquetFile({path!r}).iter_batches({batch}):
    {work}
"""
OURS = (
    "from stages.signals import SIGNALS\n"
    "from stages.text.codepoints import codepoints\n"
    "from stages.text.measures import Measures\n"
    "names = {names!r}\n"
    "chosen = [signal for signal in SIGNALS if signal.column.name in names]",
    "measures = Measures(codepoints(batch.column('text'))); [signal.values(measures) for signal in chosen]",
)
PLAIN = (
    "from tests.stages.text.swallow_reference import swallow_signals",
    "[swallow_signals(text) for text in batch.column('text').to_pylist()]",
)


def documents(number: int) -> list[str]:
    """Japanese texts of LENGTH characters, cut from pages at places of their own."""
    gold = ROOT.parent / "shared" / "data" / "web.gold.jsonl.gz"
    if gold.exists():
        with gzip.open(gold, "rt", encoding="utf-8") as lines:
            pages = [json.loads(line)["text"] for line in lines]
    else:
        prose = sorted((ROOT / "stages" / "sample" / "prose").glob("*.txt"))
        pages = ["\n".join(path.read_text(encoding="utf-8") for path in prose)]
    pages = [page for page in pages if len(page) >= LENGTH and sum("ぁ" <= c <= "ん" for c in page) > len(page) / 5]
    rng = random.Random(0)
    starts = ((page, rng.randrange(len(page) - LENGTH + 1)) for page in rng.choices(pages, k=number))
    return [page[start : start + LENGTH] for page, start in starts]


def swallow_kernels(batch: pa.RecordBatch) -> None:
    """Every swallow-v1 signal."""
    measures = Measures(codepoints(batch.column("text")))
    for signal in SWALLOW:
        signal.values(measures)


def microseconds(work: Callable[[pa.RecordBatch], object], texts: list[str], repeats: int = 3) -> float:
    """The best of some runs over the texts, in batches; per document."""
    batches = [pa.record_batch({"text": texts[at : at + BATCH]}) for at in range(0, len(texts), BATCH)]
    work(batches[0].slice(0, 2))
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        for batch in batches:
            work(batch)
        best = min(best, time.process_time() - start)
    return best / len(texts) * 1e6


def hojichar() -> Callable[[pa.RecordBatch], object] | None:
    """HojiChar's filters on characters and lines at their defaults, or None where it is not installed."""
    try:
        from hojichar import Compose, document_filters
    except ImportError:
        return None
    names = (
        "AcceptJapanese",
        "DiscardRareKuten",
        "CharRepetitionRatioFilter",
        "SingleCharacterRepetitionFilter",
        "DiscardTooManyEndingEllipsis",
        "DiscardTooShortLines",
    )
    compose = Compose([getattr(document_filters, name)(skip_rejected=False) for name in names])
    return lambda batch: [compose(text) for text in batch.column("text").to_pylist()]


def seconds_with_start_up(parts: tuple[str, str], texts: list[str], repeats: int = 3) -> float:
    """CPU of a fresh process over a Parquet file of the texts, start-up and loading of compiled kernels included."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "texts.parquet")
        pq.write_table(pa.table({"text": texts}), path)
        imports = parts[0].replace("{names!r}", repr([signal.column.name for signal in SWALLOW]))
        program = STARTED.format(root=str(ROOT), imports=imports, path=path, batch=BATCH, work=parts[1])
        return min(cpu_seconds([sys.executable, "-c", program]) for _ in range(repeats))


def cpu_seconds(command: list[str]) -> float:
    """Seconds of CPU that a command takes, with one thread for linear algebra, which is not asked for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000, help="documents our kernels see")
    parser.add_argument("--plain", type=int, default=300, help="documents that slower peers see")
    parser.add_argument("--no-start-up", action="store_true", help="leave out the runs in fresh processes")
    options = parser.parse_args()
    texts = documents(options.documents)
    few = texts[: options.plain]

    plain = microseconds(lambda b: [swallow_signals(t) for t in b.column("text").to_pylist()], few, 1)
    print(f"{'microseconds per 2,000-character document':<66}{'µs':>9}{'plain / this':>14}")

    def line(name: str, cost: float) -> None:
        print(f"{name:<66}{cost:>9.1f}{plain / cost:>13.1f}×", flush=True)

    line("swallow-v1 signals, plain Python", plain)
    line("swallow-v1 signals, kernels", microseconds(swallow_kernels, texts[:3000]))
    line(f"all {len(SIGNALS)} character signals", microseconds(Signals(compression=False).apply, texts[:3000]))
    line("the same with zlib and LZ4 ratios", microseconds(Signals().apply, texts[:3000]))
    preset = yaml.safe_load((ROOT / "configs/presets/quality/swallow-v1.yaml").read_text(encoding="utf-8"))["options"]
    del preset["max_ng_fraction"]  # its signal is that of another stage
    decide = Quality(**preset).apply
    measured = Signals(compression=False).apply(pa.record_batch({"text": texts[:3000]}))
    start = time.process_time()
    decide(measured)
    line("swallow-v1 decision from stored signals", (time.process_time() - start) / measured.num_rows * 1e6)
    if is_installed():
        line("word signals (SudachiPy)", microseconds(Words().apply, few, 1))
    peer = hojichar()
    if peer is None:
        print("HojiChar is not installed: pip install hojichar")
    else:
        line("HojiChar: six filters on characters and lines", microseconds(peer, few, 1))

    if not options.no_start_up:
        ours = seconds_with_start_up(OURS, texts)
        started = seconds_with_start_up(OURS, texts[:1])
        slow_start = seconds_with_start_up(PLAIN, texts[:1])
        slow = slow_start + (seconds_with_start_up(PLAIN, few, 1) - slow_start) * len(texts) / len(few)
        print(f"\n{len(texts):,} documents in a fresh process, start-up and loading of compiled kernels included")
        print(f"kernels      {ours:>8.2f} s, of which start-up {started:.2f} s")
        print(f"plain Python {slow:>8.2f} s, scaled from {len(few)} documents: {slow / ours:.1f}×")


if __name__ == "__main__":
    main()
