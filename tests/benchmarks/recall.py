"""What near deduplication finds: recall by true Jaccard similarity beside theory, and precision against exact Jaccard.

On generated edits of real texts, and on real pages with their known near duplicates (../shared/data).
"""

import argparse
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.flow import Flow
from pipeline.inputs import resolve_inputs
from pipeline.stage import Tally
from stages.decode import Decode
from stages.extract import Extract
from stages.groups.components import ALONE, clusters, join, new_parents
from stages.groups.links import equal_key_links
from stages.read import Read
from stages.text.bands import Banding, band_keys
from stages.text.codepoints import codepoints
from stages.text.folding import folded
from stages.text.minhash import signatures
from stages.text.shingles import Shingles, distinct, jaccard, shingles

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
STRANGERS = 0.5  # below this similarity a pair is a false merge


class Documents:
    """Texts with their n-gram sets and band keys."""

    def __init__(self, texts: list[str], banding: Banding, n: int) -> None:
        found = shingles(folded(codepoints(pa.array(texts, pa.large_string()))), n)
        self.sets: Shingles = distinct(found)
        self.keys = band_keys(signatures(found, banding.num_perm), banding)

    def jaccard(self, a: int, b: int) -> float:
        hashes, offsets = self.sets
        return jaccard(hashes[offsets[a] : offsets[a + 1]], hashes[offsets[b] : offsets[b + 1]])

    def found(self, a: int, b: int) -> bool:
        return bool((self.keys[:, a] == self.keys[:, b]).any())


def edited(text: str, share: float, chance: random.Random) -> str:
    """The text after runs of 1 to 30 characters were replaced, inserted, deleted or moved, about `share` of it."""
    characters = list(text)
    budget = int(share * len(text))
    while budget > 0 and characters:
        length = min(chance.randint(1, 30), budget)
        place = chance.randrange(len(characters))
        fresh = chance.choices(text, k=length)
        kind = chance.randrange(4)
        if kind == 0:
            characters[place : place + length] = fresh
        elif kind == 1:
            characters[place:place] = fresh
        elif kind == 2:
            del characters[place : place + length]
        else:
            piece = characters[place : place + length]
            del characters[place : place + length]
            there = chance.randrange(len(characters) + 1)
            characters[there:there] = piece
        budget -= length
    return "".join(characters)


def table(title: str, pairs: Iterable[tuple[float, bool]], banding: Banding) -> None:
    """Recall by tenth of similarity (halves of a tenth above .7) beside what the curve expects of these very pairs."""
    edges = [0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.01]
    groups = defaultdict(list)
    for similarity, found in pairs:
        groups[int(np.searchsorted(edges, similarity, side="right"))].append((similarity, found))
    print(f"\n{title}\n{'Jaccard':>12} {'pairs':>7} {'found':>7} {'recall':>7} {'theory':>7} {'off by':>9}")
    for group in sorted(groups):
        members = groups[group]
        low = edges[group - 1] if group else 0.0
        name = "1" if low == 1.0 else f"{low:.2f}–{edges[group]:.2f}" if group < len(edges) else f"{low:.2f}"
        found = sum(f for _, f in members)
        chances = np.array([banding.detection(j) for j, _ in members])
        deviation = float(np.sqrt((chances * (1 - chances)).sum()))
        off = f"{(found - chances.sum()) / deviation:+.1f} σ" if deviation > 0.05 else ""
        share, theory = found / len(members), chances.mean()
        print(f"{name:>12} {len(members):>7,} {found:>7,} {share:>7.3f} {theory:>7.3f} {off:>9}")


def gold_texts() -> list[str]:
    with gzip.open(DATA / "web.gold.jsonl.gz", "rt") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return [text for text in texts if 500 <= len(text) <= 20_000]


def pages() -> tuple[dict[str, int], list[str]]:
    """The extracted text of every real page, and where each record id is among them."""
    places: dict[str, int] = {}
    texts: list[str] = []
    [item] = resolve_inputs([str(DATA / "web.warc.gz")])
    flow = Flow([Decode(), Extract()])
    for batch in Read(select="all").read(item, Tally()):
        kept = flow.push(batch, lambda _: None)
        for name, text in zip(kept.column("id").to_pylist(), kept.column("text").to_pylist(), strict=True):
            places[name] = len(texts)
            texts.append(text or "")
    return places, texts


def generated(banding: Banding, n: int, copies: int) -> None:
    chance = random.Random(0)
    originals = gold_texts()
    texts: list[str] = []
    for number in range(copies):
        text = originals[number % len(originals)]
        texts += [text, edited(text, chance.random() ** 2 * 0.3, chance)]
    documents = Documents(texts, banding, n)
    pairs = [(documents.jaccard(i, i + 1), documents.found(i, i + 1)) for i in range(0, len(texts), 2)]
    table(f"generated edits of {len(originals):,} real texts", pairs, banding)


def real(banding: Banding, n: int) -> None:
    places, texts = pages()
    documents = Documents(texts, banding, n)
    labelled: list[tuple[int, int]] = []
    by_page: dict[str, int] = {}
    with gzip.open(DATA / "web.labels.jsonl.gz", "rt") as lines:
        for line in lines:
            label = json.loads(line)
            name = label["warc_record_id"]
            other = label.get("near_dup_of")
            keys = [key for key in (name, name.removeprefix("<urn:uuid:").removesuffix(">")) if key in places]
            if keys and not other:
                by_page[label["page_id"]] = places[keys[0]]
            strip = (other or "").removeprefix("<urn:uuid:").removesuffix(">")
            others = [key for key in (other, strip) if key in places]
            if keys and others:
                labelled.append((places[keys[0]], places[others[0]]))
    known = set()
    with gzip.open(DATA / "web.neardup.jsonl.gz", "rt") as lines:
        for line in lines:
            pair = json.loads(line)
            if pair["a"] in by_page and pair["b"] in by_page:
                known.add((by_page[pair["a"]], by_page[pair["b"]]))
    every = sorted({(min(p), max(p)) for p in [*labelled, *known] if p[0] != p[1]})
    measured = [(documents.jaccard(a, b), documents.found(a, b)) for a, b in every]
    table(f"{len(texts):,} real pages: {len(labelled)} labelled and {len(known)} listed pairs", measured, banding)
    merges(documents, len(texts))


def merges(documents: Documents, count: int) -> None:
    """Precision: every pair that shares a key, and every member of a cluster against all of its cluster."""
    parents = new_parents(count)
    solid = np.flatnonzero(np.diff(documents.sets.offsets) > 0)
    candidates: set[tuple[int, int]] = set()
    for keys in documents.keys:
        join(parents, equal_key_links(keys[solid], solid))
        buckets = defaultdict(list)
        for row in solid.tolist():
            buckets[int(keys[row])].append(row)
        for bucket in buckets.values():
            candidates.update(combinations(bucket, 2))
    similarities = np.array([documents.jaccard(a, b) for a, b in sorted(candidates)])
    print(f"\n{len(candidates):,} pairs share a key; exact Jaccard of them:")
    for least in (0.8, 0.7, 0.6, STRANGERS):
        print(f"  at least {least:.1f}: {(similarities >= least).mean():.3f}")
    print(f"  false merges (below {STRANGERS}): {(similarities < STRANGERS).sum()}")
    of = clusters(parents).of
    members = defaultdict(list)
    for row in np.flatnonzero(of != ALONE).tolist():
        members[int(of[row])].append(row)
    far = sum(
        max(documents.jaccard(row, other) for other in cluster if other != row) < STRANGERS
        for cluster in members.values()
        for row in cluster
    )
    through = sum(documents.jaccard(cluster[0], row) < STRANGERS for cluster in members.values() for row in cluster[1:])
    print(
        f"{len(members)} clusters of {sum(map(len, members.values()))} documents: {far} without any neighbour", end=""
    )
    print(f" at {STRANGERS}, {through} below {STRANGERS} to the first of their cluster (joined through others)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bands", type=int, default=14)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--n", type=int, default=5)
    parser.add_argument("--copies", type=int, default=6000, help="generated pairs")
    options = parser.parse_args()
    banding = Banding(options.bands, options.rows)
    print(f"{banding.bands} bands of {banding.rows} rows: {banding.curve()}")
    generated(banding, options.n, options.copies)
    real(banding, options.n)


if __name__ == "__main__":
    main()
