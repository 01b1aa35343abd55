"""What every stage in the folder promises, and a bad stage that each promise catches."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any, ClassVar

import pyarrow as pa
import pytest

from pipeline.commands.staging import chain_for
from pipeline.flow import split
from pipeline.options import build, options_as_plain, options_of
from pipeline.schema import DROP_REASON
from pipeline.stage import Column, Gather, Source, Stage, Tally, Transform, stage_class, stage_names, with_columns
from tests.factories import sample_input
from tests.stages.gathering import gathered

TRANSFORMS = [n for n in stage_names() if issubclass(stage_class(n), Transform)]
GATHERS = [n for n in stage_names() if issubclass(stage_class(n), Gather)]


@cache
def sample() -> Any:
    return sample_input(Path(mkdtemp()), pages=60)


@cache
def given(name: str) -> pa.RecordBatch:
    """What a stage is given on a sample: the rows that the stages before it let through."""
    chain = [build(other, {}) for other, _ in chain_for(name, {}, [str(sample().path)])[:-1]]
    source, *transforms = chain
    assert isinstance(source, Source)
    batches = list(source.read(sample(), Tally()))
    merged = pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
    for transform in transforms:
        assert isinstance(transform, Transform)
        merged, _ = split(transform.apply(merged), transform.stage_name())
    return merged


def check_transform(stage: Transform, batch: pa.RecordBatch) -> None:
    """Every promise of a transform, on this batch."""
    needed = batch.select([name for name in batch.schema.names if name in stage.columns_read()])
    made = stage.apply(needed)
    assert made.num_rows == needed.num_rows, "a transform returns as many rows as it was given"
    written = {column.name: column.type for column in stage.columns_written()}
    for name in set(needed.schema.names) - set(written):
        assert made.column(name).equals(needed.column(name)), f"{name}: rows keep their order and their columns"
    for name, kind in written.items():
        assert name in made.schema.names, f"{name}: a declared column is written"
        assert made.schema.field(name).type == kind, f"{name}: a column has its declared type"
    undeclared = set(made.schema.names) - set(needed.schema.names) - set(written) - {DROP_REASON.name}
    assert not undeclared, f"undeclared columns: {undeclared}"
    empty = stage.apply(needed.slice(0, 0))
    assert empty.num_rows == 0
    assert set(written) <= set(empty.schema.names), "an empty batch passes, with its columns"
    singly = pa.Table.from_batches(list(one_by_one(stage, needed))).combine_chunks().to_batches()[0]
    assert plain(singly) == plain(made), "the result does not depend on the batch's size"
    again = pickle.loads(pickle.dumps(stage)).apply(needed)
    assert plain(again) == plain(made), "a pickled stage does the same, and the same again"


def one_by_one(stage: Transform, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    for row in range(batch.num_rows):
        made = stage.apply(batch.slice(row, 1))
        if DROP_REASON.name not in made.schema.names:
            made = with_columns(made, {}, drop_reason=pa.nulls(made.num_rows, pa.string()))
        yield made.select(sorted(made.schema.names))


def plain(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    rows = batch.to_pylist()
    return [{key: repr(value) for key, value in sorted(row.items()) if value is not None} for row in rows]


@pytest.mark.parametrize("name", stage_names())
def test_a_stage_says_what_it_does_and_every_option_what_it_means(name: str) -> None:
    declared = stage_class(name)
    assert (declared.__doc__ or "").strip().splitlines()[0].endswith(".")
    for option in options_of(declared):
        assert option.meaning
    for column in declared().columns_written():
        assert column.meaning, f"{name} writes {column.name} without saying what it means"


@pytest.mark.parametrize("name", stage_names())
def test_a_stage_is_frozen_and_comes_back_from_its_plain_options(name: str) -> None:
    stage = stage_class(name)()
    assert build(name, options_as_plain(stage)) == stage
    assert pickle.loads(pickle.dumps(stage)) == stage
    assert hash(stage) == hash(build(name, options_as_plain(stage)))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_transform_keeps_its_promises(name: str) -> None:
    stage = stage_class(name)()
    assert isinstance(stage, Transform)
    check_transform(stage, given(name))


@pytest.mark.parametrize("name", GATHERS)
def test_a_gather_decides_the_same_whatever_the_batches(name: str) -> None:
    stage = stage_class(name)()
    assert isinstance(stage, Gather)
    batch = pa.Table.from_batches([given(name)])
    made = gathered(stage, batch)
    assert len(made) == len(batch)
    assert plain(made) == plain(gathered(stage, batch, batch_rows=7, seed=3))
    assert len(gathered(stage, batch.slice(0, 0))) == 0


@pytest.mark.parametrize(
    "name", [n for n in stage_names() if issubclass(stage_class(n), Source) and n != "read_parquet"]
)
def test_every_record_of_a_source_is_a_row_or_has_its_reason(name: str) -> None:
    from warcio.archiveiterator import ArchiveIterator

    from tests.factories import ROOT

    source = stage_class(name)()
    assert isinstance(source, Source)
    path = ROOT.parent / "shared/data/web.warc.gz"
    if not path.exists():
        pytest.skip(f"real data is not present: {path}")
    from pipeline.inputs import resolve_inputs

    tally = Tally()
    rows = sum(batch.num_rows for batch in source.read(resolve_inputs([str(path)])[0], tally))
    with path.open("rb") as stream:
        records = sum(1 for _ in ArchiveIterator(stream))
    assert rows + sum(tally.dropped.values()) == records


@dataclass(frozen=True, kw_only=True)
class Good(Transform):
    """Count the characters."""

    reads: ClassVar = ("text",)
    writes: ClassVar = (Column("length", pa.int64(), "characters"),)
    fault: Annotated[str, "which promise to break"] = ""

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        texts = batch.column("text").to_pylist()
        lengths: list[float] = [len(text) for text in texts]
        if self.fault == "fewer rows":
            return with_columns(batch.slice(1), {"length": lengths[1:]}, self.writes)
        if self.fault == "another order":
            return with_columns(batch, {"text": texts[::-1], "length": lengths}, self.writes)
        if self.fault == "another type":
            return with_columns(batch, {"length": [float(length) for length in lengths]})
        if self.fault == "no column":
            return batch
        if self.fault == "undeclared column":
            return with_columns(batch, {"length": lengths, "secret": lengths}, self.writes)
        if self.fault == "batch size":
            return with_columns(batch, {"length": [len(batch)] * len(batch)}, self.writes)
        if self.fault == "fails on an empty batch" and not texts:
            raise IndexError
        return with_columns(batch, {"length": lengths}, self.writes)


TEXTS = pa.RecordBatch.from_pydict({"text": ["かな", "漢字とかな", ""]})


def test_a_good_stage_passes() -> None:
    check_transform(Good(), TEXTS)


@pytest.mark.parametrize(
    "fault",
    [
        "fewer rows",
        "another order",
        "another type",
        "no column",
        "undeclared column",
        "batch size",
        "fails on an empty batch",
    ],
)
def test_a_bad_stage_is_caught(fault: str) -> None:
    with pytest.raises((AssertionError, IndexError)):
        check_transform(Good(fault=fault), TEXTS)


def test_the_folder_is_the_registry() -> None:
    assert all(issubclass(stage_class(name), Stage) for name in stage_names())
    assert {"read", "decode", "extract", "language", "quality", "dedup_near"} <= set(stage_names())
