"""Ranks that lead a gather to its verdict: sketch, link, settle."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import StorageError
from pipeline.layers import Layers, alive, fit, number_rows
from pipeline.plan import Plan, known_files
from pipeline.ranks import Rank
from pipeline.ranks.survey import known_items, open_sketches, row_bases, work_items
from pipeline.sketches import ASCENDING, SKETCH_GROUP_ROWS
from pipeline.stage import Gather
from pipeline.storage import Folder


def run_sketch(rank: Rank) -> None:
    """Sketch the kept documents of a run of ranks."""
    gather = _gather(rank)
    first, last = work_items(rank.folder, rank.plan, rank.plans)[rank.number]
    bases = row_bases(rank.folder, rank.layers[0])

    def sketches() -> Iterator[pa.RecordBatch]:
        for number in range(first, last):
            with Layers(rank.folder, rank.layers, number) as layers:
                row = bases[number]
                for group in range(layers.num_groups):
                    batch = number_rows(layers.read(group, gather.columns_read()), row)
                    row += batch.num_rows
                    yield gather.sketch(alive(batch))
            rank.report((number - first + 1) / (last - first), [])

    _write(rank, sketches(), gather.sketch_schema(), ASCENDING)


def run_link(rank: Rank) -> None:
    """Link what this part of the sketches has in common."""
    gather = _gather(rank)
    _check_files(rank)
    found = open_sketches(rank.folder, rank.needed(0), rank.layers[0])
    _write(rank, gather.link(rank.number, found), gather.link_schema())


def run_settle(rank: Rank) -> None:
    """Settle all links into the verdict."""
    gather = _gather(rank)
    _check_files(rank)
    found = open_sketches(rank.folder, rank.needed(0), rank.layers[0])
    _write(rank, gather.settle(_links(rank.folder, rank.needed(1)), found), gather.verdict_schema())
    rank.manifest.notes = gather.notes(_batches(rank.folder, rank.plan.data_name(rank.number)))


def _gather(rank: Rank) -> Gather:
    [stage] = rank.plan.built_stages()
    assert isinstance(stage, Gather)
    return stage


def _check_files(rank: Rank) -> None:
    """Parts that saw different files must not be settled together: an index may grow while a run goes on.

    Raises StorageError.
    """
    found = known_files(rank.plan.kind, [_gather(rank)])
    if changed := {path for path, _ in {*found} ^ {*rank.plan.files}}:
        what = ", ".join(sorted(changed))
        raise StorageError(f"{what}: changed since the run was planned; run or plan the same config again")


def _links(folder: Folder, link: Plan) -> Iterator[pa.RecordBatch]:
    """All links, part by part in their order."""
    for number in range(len(known_items(folder, link) or [])):
        yield from _batches(folder, link.data_name(number))


def _batches(folder: Folder, name: str) -> Iterator[pa.RecordBatch]:
    with folder.open(name) as file:
        yield from pq.ParquetFile(file).iter_batches(SKETCH_GROUP_ROWS, use_threads=False)


def _write(
    rank: Rank, batches: Iterable[pa.RecordBatch], schema: pa.Schema, encoding: dict[str, str] | None = None
) -> None:
    """Write batches in large row groups; keys are random numbers, so they are not compressed."""
    name = rank.plan.data_name(rank.number)
    rows = 0
    with (
        rank.folder.writing(name) as path,
        pq.ParquetWriter(path, schema, compression="none", use_dictionary=False, column_encoding=encoding) as writer,
    ):
        waiting: list[pa.RecordBatch] = []
        held = 0
        for batch in batches:
            waiting.append(fit(batch, schema))
            held += batch.num_rows
            rows += batch.num_rows
            if held >= SKETCH_GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=SKETCH_GROUP_ROWS)
                waiting, held = [], 0
        writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=SKETCH_GROUP_ROWS)
    rank.wrote(name, rows)
