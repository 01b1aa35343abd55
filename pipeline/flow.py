"""Batches through a chain of stages: each stage's fallen are split off, counted by reason, and handed aside."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import WabunError
from pipeline.schema import DROP_REASON, DROPPED_BY, NUM_CHARACTERS
from pipeline.stage import Gather, Stage, Transform, with_columns
from pipeline.statistics import Histogram, StageCounts


class Flow:
    """A chain of transforms (a gather decides like one), with its counts and histograms."""

    def __init__(self, stages: Sequence[Stage], *, verdict: pa.Table | None = None) -> None:
        self.stages = stages
        self.counts = [StageCounts(stage.stage_name()) for stage in stages]
        self.histograms: dict[str, Histogram] = {}
        self._verdict = verdict

    def push(self, batch: pa.RecordBatch, aside: Callable[[pa.RecordBatch], None]) -> pa.RecordBatch:
        """The rows that no stage drops; the others go `aside` with `drop_reason` and `dropped_by`.

        Raises WabunError for a stage that returns other rows than it was given.
        """
        for stage, counts in zip(self.stages, self.counts, strict=True):
            made = self._apply(stage, batch)
            if made.num_rows != batch.num_rows:
                name = counts.stage
                raise WabunError(f"stage {name} was given {batch.num_rows} rows and returned {made.num_rows}")
            self._observe(stage, made)
            batch, fallen = split(made, counts.stage)
            count(counts, batch, fallen)
            if fallen.num_rows:
                aside(fallen)
        return batch

    def _apply(self, stage: Stage, batch: pa.RecordBatch) -> pa.RecordBatch:
        made = self._run(stage, batch)
        if any(column.name == "text" for column in stage.columns_written()):
            lengths = pc.utf8_length(made.column("text").fill_null(""))
            made = with_columns(made, {NUM_CHARACTERS.name: lengths}, [NUM_CHARACTERS])
        return made

    def _run(self, stage: Stage, batch: pa.RecordBatch) -> pa.RecordBatch:
        if isinstance(stage, Transform):
            return stage.apply(batch)
        if isinstance(stage, Gather) and self._verdict is not None:
            return stage.decide(batch, self._verdict)
        raise WabunError(f"stage {stage.stage_name()} cannot run in the middle of a chain")

    def _observe(self, stage: Stage, batch: pa.RecordBatch) -> None:
        """Histograms of the numbers that this stage measured, before anything falls."""
        for column in stage.columns_written():
            if column.name in batch.schema.names and _is_number(column.type):
                histogram = self.histograms.setdefault(column.name, Histogram(column.unit == "fraction"))
                histogram.observe(batch.column(column.name))


def split(batch: pa.RecordBatch, stage: str) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """The kept rows without `drop_reason`, and the fallen with `drop_reason` and `dropped_by`."""
    if DROP_REASON.name not in batch.schema.names:
        return batch, batch.slice(0, 0)
    reasons = batch.column(DROP_REASON.name)
    if reasons.null_count == len(reasons):
        return batch.drop_columns([DROP_REASON.name]), batch.slice(0, 0)
    fallen = batch.filter(reasons.is_valid())
    named = fallen.append_column(DROPPED_BY.name, pa.repeat(pa.scalar(stage, DROPPED_BY.type), fallen.num_rows))
    return batch.filter(reasons.is_null()).drop_columns([DROP_REASON.name]), named


def count(counts: StageCounts, kept: pa.RecordBatch, fallen: pa.RecordBatch) -> None:
    """Add these rows to a stage's counts."""
    counts.kept += kept.num_rows
    counts.kept_characters += characters(kept)
    counts.dropped_characters += characters(fallen)
    if fallen.num_rows:
        for entry in pc.value_counts(fallen.column(DROP_REASON.name)).to_pylist():
            counts.dropped[entry["values"]] += entry["counts"]


def characters(batch: pa.RecordBatch) -> int:
    """Characters of the documents' text, 0 before there is text."""
    if NUM_CHARACTERS.name not in batch.schema.names:
        return 0
    return int(pc.sum(batch.column(NUM_CHARACTERS.name)).as_py() or 0)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))
