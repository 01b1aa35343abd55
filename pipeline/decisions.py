"""Decisions taken again from stored signals: what another threshold or another preset would keep. No input is read."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from xxhash import xxh3_64_intdigest

from pipeline.errors import WabunError
from pipeline.flow import Flow
from pipeline.layers import Layers, alive
from pipeline.plan import Kind, Plan
from pipeline.ranks.survey import done_ranks
from pipeline.schema import DROP_REASON, NUM_CHARACTERS
from pipeline.stage import Stage, Transform
from pipeline.storage import Folder

SHOWN_COLUMNS = ("url", "title")


def deciding_plan(plans: Sequence[Plan], stage: str) -> Plan:
    """The plan whose stored input this stage decides on. Raises WabunError when the stage's input is not stored."""
    for plan in plans:
        mine = plan.kind is Kind.LAYER and any(name == stage for name, _ in plan.stages)
        if mine and all(built.checkpoint for built in plan.built_stages()):
            return plan
    able = [name for plan in plans if plan.kind is Kind.LAYER for name, _ in plan.stages]
    hint = f"; stages over stored documents: {', '.join(able)}" if able else ""
    raise WabunError(f"stage {stage} does not decide from stored signals; `wabun run` with --set runs it again{hint}")


def stored_input(folder: Folder, plans: Sequence[Plan], plan: Plan, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The documents that a plan decides on, with these columns, in their order; only ranks that are done below."""
    layers = [other for other in plans if other.name in plan.layers]
    for rank in sorted(done_ranks(folder, layers[-1])):
        with Layers(folder, layers, rank) as stored:
            missing = [name for name in columns if name not in stored.names]
            if missing:
                raise WabunError(f"the stored documents lack the columns {', '.join(missing)}: no stage measured them")
            for group in range(stored.num_groups):
                yield alive(stored.read(group, columns))


def measured_columns(folder: Folder, plans: Sequence[Plan], plan: Plan) -> set[str]:
    """Names of the columns that the documents beneath a plan hold."""
    layers = [other for other in plans if other.name in plan.layers]
    first = min(done_ranks(folder, layers[-1]), default=None)
    if first is None:
        raise WabunError(f"{folder}: plan {layers[-1].name} has no rank that is done; run the pipeline first")
    with Layers(folder, layers, first) as stored:
        return set(stored.names)


def reasons_of(stage: Stage, batch: pa.RecordBatch) -> list[str | None]:
    """The reason for which each document would fall; None where it is kept."""
    assert isinstance(stage, Transform)
    made = stage.apply(batch)
    if DROP_REASON.name not in made.schema.names:
        return [None] * batch.num_rows
    reasons: list[str | None] = made.column(DROP_REASON.name).to_pylist()
    return reasons


@dataclass
class Difference:
    """What another decision changes: documents and characters."""

    documents: int = 0
    kept_before: int = 0
    kept_after: int = 0
    characters_before: int = 0
    characters_after: int = 0
    more_kept: Counter[str] = field(default_factory=Counter)  # by the reason that no longer holds
    fewer_kept: Counter[str] = field(default_factory=Counter)  # by the reason that now holds

    def as_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return vars(self) | {
            "more_kept": dict(sorted(self.more_kept.items())),
            "fewer_kept": dict(sorted(self.fewer_kept.items())),
        }


def difference(folder: Folder, plans: Sequence[Plan], before: Stage, after: Stage) -> Difference:
    """What stage `after` would decide otherwise than `before` did, on the documents stored beneath it."""
    plan = deciding_plan(plans, before.stage_name())
    earlier = [stage for stage in plan.built_stages() if stage.stage_name() != before.stage_name()]
    earlier = earlier[: [name for name, _ in plan.stages].index(before.stage_name())]
    wanted = _columns([*earlier, before, after], measured_columns(folder, plans, plan))
    found = Difference()
    for batch in stored_input(folder, plans, plan, wanted):
        given = Flow(earlier).push(batch, lambda fallen: None)
        lengths = _lengths(given)
        for old, new, length in zip(reasons_of(before, given), reasons_of(after, given), lengths, strict=True):
            found.documents += 1
            found.kept_before += old is None
            found.kept_after += new is None
            found.characters_before += length if old is None else 0
            found.characters_after += length if new is None else 0
            if old is not None and new is None:
                found.more_kept[old] += 1
            if new is not None and old is None:
                found.fewer_kept[new] += 1
    return found


@dataclass
class Comparison:
    """What several presets make of the same documents."""

    presets: list[str]
    documents: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    only: Counter[tuple[str, str]] = field(default_factory=Counter)  # (keeps, drops)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)  # preset: columns that were not measured

    def as_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "documents": self.documents,
            "presets": {
                name: {
                    "kept": self.kept[name],
                    "characters": self.characters[name],
                    "dropped": dict(self.reasons[name]),
                }
                for name in self.presets
            },
            "only": [{"keeps": a, "drops": b, "documents": n} for (a, b), n in sorted(self.only.items())],
            "examples": [{"keeps": a, "drops": b, "documents": e} for (a, b), e in sorted(self.examples.items())],
            "left_out": self.left_out,
        }


def compare(
    folder: Folder, plans: Sequence[Plan], stages: dict[str, Stage], *, sample: int | None, num_examples: int
) -> Comparison:
    """What each preset's stage keeps of the stored documents, and where two of them disagree.

    A preset whose signals were not measured is left out and said so. `sample`: only so many documents, those whose ids
    hash lowest.
    """
    plan = deciding_plan(plans, next(iter(stages.values())).stage_name())
    measured = measured_columns(folder, plans, plan)
    missing = {name: [c for c in stage.columns_read() if c not in measured] for name, stage in stages.items()}
    found = Comparison([n for n in stages if not missing[n]], left_out={n: m for n, m in missing.items() if m})
    ready = {name: stages[name] for name in found.presets}
    found.reasons = {name: Counter() for name in ready}
    wanted = _columns([*ready.values()], measured, (*SHOWN_COLUMNS, "id"))
    limit = _sample_limit(folder, plans, plan, sample) if sample else None
    for batch in stored_input(folder, plans, plan, wanted):
        if limit is not None:
            batch = batch.filter(pa.array(_id_hashes(batch) <= limit))
        _take_in(found, ready, batch, num_examples)
    return found


def _take_in(found: Comparison, ready: dict[str, Stage], batch: pa.RecordBatch, num_examples: int) -> None:
    """Count one batch of documents."""
    lengths = _lengths(batch)
    reasons = {name: reasons_of(stage, batch) for name, stage in ready.items()}
    found.documents += batch.num_rows
    for name in ready:
        for reason, length in zip(reasons[name], lengths, strict=True):
            found.kept[name] += reason is None
            found.characters[name] += length if reason is None else 0
            if reason is not None:
                found.reasons[name][reason] += 1
    for one, other in combinations(ready, 2):
        for keeps, drops in ((one, other), (other, one)):
            for row in range(batch.num_rows):
                if reasons[keeps][row] is None and reasons[drops][row] is not None:
                    found.only[keeps, drops] += 1
                    kept = found.examples.setdefault((keeps, drops), [])
                    if len(kept) < num_examples:
                        shown = {c: batch.column(c)[row].as_py() for c in SHOWN_COLUMNS if c in batch.schema.names}
                        kept.append(shown | {"reason": reasons[drops][row]})


def _columns(stages: Sequence[Stage], measured: set[str], shown: Sequence[str] = ()) -> list[str]:
    """The columns that these stages read, and those that are counted or shown where there are any."""
    needed = [name for stage in stages for name in stage.columns_read()]
    extra = [name for name in (NUM_CHARACTERS.name, *shown) if name in measured]
    return list(dict.fromkeys([*needed, *extra]))


def _lengths(batch: pa.RecordBatch) -> list[int]:
    if NUM_CHARACTERS.name not in batch.schema.names:
        return [0] * batch.num_rows
    return [length or 0 for length in batch.column(NUM_CHARACTERS.name).to_pylist()]


def _id_hashes(batch: pa.RecordBatch) -> npt.NDArray[np.uint64]:
    return np.array([xxh3_64_intdigest(str(i).encode()) for i in batch.column("id").to_pylist()], np.uint64)


def _sample_limit(folder: Folder, plans: Sequence[Plan], plan: Plan, sample: int) -> np.uint64 | None:
    """The hash up to which ids are in the sample."""
    hashes = np.concatenate(
        [_id_hashes(b) for b in stored_input(folder, plans, plan, ["id"])] or [np.empty(0, np.uint64)]
    )
    return np.partition(hashes, sample - 1)[sample - 1] if len(hashes) > sample else None
