"""Compare extractors on the labelled pages: how well and how fast, per site and per kind of gold.

    python tests/benchmarks/extract.py [../shared/data] [--limit N] [--extractor wabun --extractor resiliparse …]

Precision and recall are of character 5-grams (with their counts) after all white space is removed. The averages give
each site the same weight. The time is the mean over all pages of a group, in one run, one after another per page.
"""

import argparse
import logging
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from gold import GoldPage, gold_pages, handmade_pages

from stages.text.html import extract

_SPACE = re.compile(r"\s+")
_N = 5


class Score(NamedTuple):
    """One page's result."""

    precision: float
    recall: float
    f1: float
    seconds: float


def extractors() -> Iterator[tuple[str, Callable[[bytes], str]]]:
    """Ours and the installed peers, by name; each takes UTF-8."""
    yield "wabun", lambda html: extract(html).text
    try:
        import trafilatura
    except ImportError:
        print("trafilatura is not installed")
    else:
        yield "trafilatura", lambda html: trafilatura.extract(html.decode()) or ""
        yield "trafilatura fast", lambda html: trafilatura.extract(html.decode(), fast=True) or ""
    try:
        from resiliparse.extract.html2text import extract_plain_text
    except ImportError:
        print("resiliparse is not installed")
    else:
        yield "resiliparse", lambda html: extract_plain_text(html.decode(), main_content=True, alt_texts=False)


def grams(text: str) -> Counter[str]:
    """Character 5-grams and how often each occurs; a shorter text is one gram."""
    bare = _SPACE.sub("", text)
    return Counter(bare[i : i + _N] for i in range(max(len(bare) - _N + 1, min(len(bare), 1))))


def score(found: str, gold: Counter[str], seconds: float) -> Score:
    """Precision, recall and F1 of a text against the gold's grams."""
    ours = grams(found)
    common = sum((ours & gold).values())
    precision = common / max(sum(ours.values()), 1)
    recall = common / max(sum(gold.values()), 1)
    return Score(precision, recall, 2 * common / max(sum(ours.values()) + sum(gold.values()), 1), seconds)


def table(title: str, results: dict[str, dict[str, list[Score]]]) -> None:
    """Print a group's results: a line per extractor and site, then the average over sites."""
    print(f"\n{title}")
    print(
        f"{'':18} {'site':32} {'pages':>5} {'precision':>9} {'recall':>6} {'F1':>6} {'F1<.5':>6} {'ms':>7} {'ratio':>6}"
    )
    ours = 0.0
    for name, sites in results.items():
        rows = []
        for site, scores in sorted(sites.items()):
            n = len(scores)
            means = [sum(s[column] for s in scores) / n for column in range(3)]
            rows.append([*means, sum(s.f1 < 0.5 for s in scores) / n])
            print(_line(name, site, n, rows[-1], 1000 * sum(s.seconds for s in scores) / n, ""))
        every = [s for scores in sites.values() for s in scores]
        milliseconds = 1000 * sum(s.seconds for s in every) / len(every)
        ours = ours or milliseconds
        average = [sum(row[column] for row in rows) / len(rows) for column in range(4)]
        print(_line(name, "AVERAGE OVER SITES", len(every), average, milliseconds, f"{milliseconds / ours:.1f}"))


def _line(name: str, site: str, pages: int, values: list[float], milliseconds: float, ratio: str) -> str:
    precision, recall, f1, bad = values
    return (
        f"{name:18} {site[:32]:32} {pages:5} {precision:9.3f} {recall:6.3f} {f1:6.3f} {bad:6.3f} "
        f"{milliseconds:7.2f} {ratio:>6}"
    )


def group(page: GoldPage) -> str:
    """The table that a page belongs to."""
    return f"{'Japanese' if page.language == 'ja' else 'other languages'}, gold: {page.gold_kind}"


def main() -> None:
    """Run every extractor on every page and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, nargs="?", default=Path(__file__).parents[2] / "../shared/data")
    parser.add_argument("--limit", type=int, default=0, help="pages per group; 0 is all")
    parser.add_argument("--extractor", action="append", default=[], help="only this one (may be repeated)")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    chosen = [(name, run) for name, run in extractors() if not options.extractor or name in options.extractor]
    for _, run in chosen:
        run(b"<p>.")
    seen: Counter[str] = Counter()
    results: dict[str, dict[str, dict[str, list[Score]]]] = {}
    shared = gold_pages(options.data) if options.data.exists() else iter(())
    for page in (*shared, *handmade_pages()):
        title = group(page)
        seen[title] += 1
        if options.limit and seen[title] > options.limit:
            continue
        gold = grams(page.text)
        for name, run in chosen:
            began = time.perf_counter()
            text = run(page.html)
            seconds = time.perf_counter() - began
            sites = results.setdefault(title, {}).setdefault(name, defaultdict(list))
            sites[page.site].append(score(text, gold, seconds))
    for title in sorted(results):
        table(title, results[title])


if __name__ == "__main__":
    main()
