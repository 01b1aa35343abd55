"""The last rank of a run: the statistics and the dataset card."""

import json
from typing import Any

from pipeline.card import dataset_card
from pipeline.plan import Kind
from pipeline.ranks import Rank
from pipeline.ranks.survey import known_items, manifests
from pipeline.statistics import Histogram, StageCounts, merge_counts, merge_histograms


def run_finish(rank: Rank) -> None:
    """Write `stats.json` and the dataset card from what every rank said of itself."""
    statistics = gather_statistics(rank)
    rank.check_current()
    rank.folder.write_bytes("stats.json", json.dumps(statistics, ensure_ascii=False, indent=1).encode() + b"\n")
    card = dataset_card(rank.plan.settings["name"], list(rank.plans.values()), statistics)
    rank.folder.write_bytes("README.md", card.encode())
    rank.wrote("stats.json", 1)
    rank.wrote("README.md", 1)


def gather_statistics(rank: Rank) -> dict[str, Any]:
    """The funnel, the histograms, the notes of gathers and a row per shard; nothing that hangs on time or place."""
    counts: list[list[StageCounts]] = []
    histograms: list[dict[str, Histogram]] = []
    shards: list[dict[str, Any]] = []
    notes: dict[str, Any] = {}
    for plan in rank.plans.values():
        if plan.kind is Kind.FINISH:
            continue
        found = manifests(rank.folder, plan, len(known_items(rank.folder, plan) or []))
        counts.extend(manifest.stages for manifest in found)
        histograms.extend(manifest.histograms for manifest in found)
        if plan.kind is Kind.SETTLE and found[0].notes:
            notes[plan.stages[0][0]] = found[0].notes
        if plan.kind is Kind.SHARDS:
            for manifest in found:
                output = manifest.outputs[0]
                facts = manifest.notes["shard"]
                shards.append({"shard": output.name, "bytes": output.bytes, "sha256": output.sha256, **facts})
    return {
        "stages": [c.as_plain() for c in merge_counts(counts)],
        "shards": shards,
        "notes": notes,
        "histograms": {name: h.as_plain() for name, h in sorted(merge_histograms(histograms).items())},
    }
