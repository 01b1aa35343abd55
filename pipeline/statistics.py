"""Counters and histograms that merge: the funnel of a run, the same whatever the order of its parts."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

BINS_PER_DOUBLING = 4


@dataclass
class StageCounts:
    """What one stage did: documents_in = kept + sum(dropped)."""

    stage: str
    kept: int = 0
    kept_characters: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    dropped_characters: int = 0
    damaged: Counter[str] = field(default_factory=Counter)

    @property
    def documents_in(self) -> int:
        """Documents (records, for a source) that the stage saw."""
        return self.kept + sum(self.dropped.values())

    def add(self, other: "StageCounts") -> None:
        """Take in what the same stage did elsewhere."""
        self.kept += other.kept
        self.kept_characters += other.kept_characters
        self.dropped.update(other.dropped)
        self.dropped_characters += other.dropped_characters
        self.damaged.update(other.damaged)

    def as_plain(self) -> dict[str, Any]:
        """As `stats.json` holds it; reasons in the order of the alphabet."""
        plain: dict[str, Any] = {
            "stage": self.stage,
            "documents_in": self.documents_in,
            "kept": self.kept,
            "dropped": dict(sorted(self.dropped.items())),
            "kept_characters": self.kept_characters,
            "dropped_characters": self.dropped_characters,
        }
        if self.damaged:
            plain["damaged"] = dict(sorted(self.damaged.items()))
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "StageCounts":
        """Back from `as_plain`."""
        return cls(
            plain["stage"],
            plain["kept"],
            plain["kept_characters"],
            Counter(plain["dropped"]),
            plain["dropped_characters"],
            Counter(plain.get("damaged", {})),
        )


def merge_counts(parts: Iterable[Iterable[StageCounts]]) -> list[StageCounts]:
    """The stages' counts over all parts, in the order in which stages first appear."""
    merged: dict[str, StageCounts] = {}
    for part in parts:
        for counts in part:
            merged.setdefault(counts.stage, StageCounts(counts.stage)).add(counts)
    return list(merged.values())


@dataclass
class Histogram:
    """Counts of a number's values in bins that never depend on the data.

    In [0, 1] (`fraction`): 100 equal bins. Otherwise the bins grow by 2^(1/4), from 1 upwards and -1 downwards.
    """

    fraction: bool
    bins: Counter[int] = field(default_factory=Counter)
    num_missing: int = 0

    def observe(self, values: pa.Array) -> None:
        """Count these values; nulls and NaN are counted apart."""
        numbers = values.drop_null().to_numpy(zero_copy_only=False).astype(np.float64)
        numbers = numbers[~np.isnan(numbers)]
        self.num_missing += len(values) - len(numbers)
        if self.fraction:
            places = np.clip(np.floor(numbers * 100), 0, 99)
        else:
            sizes = np.log2(1 + np.minimum(np.abs(numbers), 2.0**60)) * BINS_PER_DOUBLING
            places = np.sign(numbers) * np.floor(sizes)
        found, counts = np.unique(places.astype(np.int64), return_counts=True)
        for place, count in zip(found.tolist(), counts.tolist(), strict=True):
            self.bins[place] += count

    def add(self, other: "Histogram") -> None:
        """Take in the same column's values from elsewhere."""
        self.bins.update(other.bins)
        self.num_missing += other.num_missing

    def lower_edge(self, place: int) -> float:
        """The least value of a bin."""
        if self.fraction:
            return place / 100
        return math.copysign(2 ** (abs(place) / BINS_PER_DOUBLING) - 1, place) if place else 0.0

    def as_plain(self) -> dict[str, Any]:
        """As `stats.json` holds it: pairs of a bin's lower edge and its count."""
        return {
            "fraction": self.fraction,
            "missing": self.num_missing,
            "bins": [[place, round(self.lower_edge(place), 6), self.bins[place]] for place in sorted(self.bins)],
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Histogram":
        """Back from `as_plain`."""
        bins = Counter({place: count for place, _, count in plain["bins"]})
        return cls(plain["fraction"], bins, plain["missing"])


def merge_histograms(parts: Iterable[dict[str, Histogram]]) -> dict[str, Histogram]:
    """Each column's histogram over all parts."""
    merged: dict[str, Histogram] = {}
    for part in parts:
        for name, histogram in part.items():
            merged.setdefault(name, Histogram(histogram.fraction)).add(histogram)
    return merged
