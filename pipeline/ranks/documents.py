"""Ranks that run stages: over inputs (documents), or over stored documents (layers)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.flow import Flow
from pipeline.inputs import input_of
from pipeline.layers import GroupWriter, Layers, alive, group_facts, number_rows, parquet_writer
from pipeline.network.fetch import Fetching
from pipeline.plan import Plan, columns_of
from pipeline.ranks import Rank
from pipeline.ranks.dropped import DroppedWriter, fallen_file, quota
from pipeline.ranks.survey import row_bases
from pipeline.schema import DROP_REASON, DROPPED_BY, NUM_CHARACTERS, ROW, stored_schema
from pipeline.stage import Gather, Source, Tally
from pipeline.statistics import StageCounts

UNKNOWN_BYTES = 1_000_000_000  # for the share of the work that is done, where a size is not known


def run_documents(rank: Rank) -> None:
    """Read the rank's inputs through the plan's stages; write the documents that are left, and some that fell."""
    plan = rank.plan
    source, *transforms = plan.built_stages()
    assert isinstance(source, Source)
    fetching = Fetching(**plan.fetching)
    inputs = [input_of(plain, fetching) for plain in plan.inputs[rank.number]]
    total = sum(item.size or UNKNOWN_BYTES for item in inputs) or 1
    limit = quota(plan.settings["keep_dropped"], rank.number, len(plan.inputs))
    columns = columns_of([plan], [plan.name])
    flow = Flow(transforms)
    counts = StageCounts(source.stage_name())
    examples = 10**9 if limit is None else limit
    fallen_name = fallen_file(plan, rank.number)
    with rank.folder.writing(plan.data_name(rank.number)) as path, rank.folder.writing(fallen_name) as fallen_path:
        documents = GroupWriter(path, stored_schema(columns))
        fallen = DroppedWriter(fallen_path, stored_schema([*columns, DROP_REASON, DROPPED_BY]), limit)
        done = 0
        for item in inputs:
            tally = Tally(examples_per_reason=examples)
            for batch in source.read(item, tally):
                counts.kept += batch.num_rows
                documents.write(flow.push(batch, fallen.write))
                told = StageCounts(counts.stage, counts.kept, 0, counts.dropped + tally.dropped)
                rank.report(min(1.0, (done + tally.bytes_read) / total), [told, *flow.counts])
            counts.dropped.update(tally.dropped)
            counts.damaged.update(tally.damaged)
            fallen.write_examples(counts.stage, tally.examples)
            done += item.size or UNKNOWN_BYTES
            rank.manifest.input_bytes += tally.bytes_read if item.size is None else item.size
        rows, fallen_rows = documents.close(), fallen.close()
        rank.check_current()
    rank.wrote(plan.data_name(rank.number), rows)
    if limit == 0:
        rank.folder.delete(fallen_name)
    else:
        rank.wrote(fallen_name, fallen_rows)
    rank.manifest.stages = [counts, *flow.counts]
    rank.manifest.histograms = flow.histograms
    rank.manifest.row_groups = documents.groups


def run_layer(rank: Rank) -> None:
    """Run the plan's stages over the rank's stored documents; write what they add, row for row."""
    plan = rank.plan
    stages = plan.built_stages()
    below = rank.layers
    schema = stored_schema(columns_of([plan], [plan.name]))
    needed: dict[str, None] = {}
    made: set[str] = {ROW.name}
    for stage in stages:
        read = stage.columns_to_decide() if isinstance(stage, Gather) else stage.columns_read()
        needed |= dict.fromkeys(name for name in read if name not in made)
        made |= {column.name for column in stage.columns_written()}
    with Layers(rank.folder, below, rank.number) as layers:
        first = row_bases(rank.folder, below[0])[rank.number] if isinstance(stages[0], Gather) else 0
        verdict = _verdict(rank, first, layers.num_rows) if isinstance(stages[0], Gather) else None
        flow = Flow(stages, verdict=verdict)
        replaced = [name for name in schema.names if name in layers.names and name != DROP_REASON.name]
        machine = [name for name in (DROPPED_BY.name, NUM_CHARACTERS.name) if name in layers.names]
        wanted = list(dict.fromkeys([*needed, *replaced, *machine]))
        with rank.folder.writing(plan.data_name(rank.number)) as path:
            writer = parquet_writer(path, schema)
            for group in range(layers.num_groups):
                every = number_rows(layers.read(group, wanted), first)
                first += every.num_rows
                table = _aligned(every, flow, schema, replaced)
                writer.write_table(table, row_group_size=max(1, table.num_rows))
                rank.manifest.row_groups.append(_facts(every, table))
                rank.report((group + 1) / layers.num_groups, flow.counts)
            writer.close()
        rank.wrote(plan.data_name(rank.number), layers.num_rows)
    rank.manifest.stages = flow.counts
    rank.manifest.histograms = flow.histograms


def _aligned(every: pa.RecordBatch, flow: Flow, schema: pa.Schema, replaced: list[str]) -> pa.Table:
    """What the stages add to these rows, in the rows' order; a row that fell earlier keeps what it had."""
    fallen: list[pa.RecordBatch] = []
    dead = every.filter(every.column(DROP_REASON.name).is_valid())
    given = alive(every)
    kept = flow.push(given.drop_columns([c for c in (DROPPED_BY.name,) if c in given.schema.names]), fallen.append)
    old = dead.select([ROW.name, DROP_REASON.name, *(name for name in replaced if name in dead.schema.names)])
    parts = [pa.Table.from_batches([part]) for part in (kept, *fallen, old)]
    joined = pa.concat_tables(parts, promote_options="default")
    order = np.argsort(joined[ROW.name].to_numpy(), kind="stable")
    joined = joined.take(pa.array(order))
    arrays = [
        joined[field.name].cast(field.type) if field.name in joined.schema.names else pa.nulls(len(joined), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _facts(every: pa.RecordBatch, layer: pa.Table) -> dict[str, int]:
    """What later plans want to know of this row group."""
    measured = layer if NUM_CHARACTERS.name in layer.schema.names else every
    known = NUM_CHARACTERS.name in measured.schema.names
    lengths = measured.column(NUM_CHARACTERS.name) if known else None
    return group_facts(layer[DROP_REASON.name], lengths, layer.num_rows)


def _verdict(rank: Rank, first: int, rows: int) -> pa.Table:
    """The part of a gather's verdict that concerns rows [first, first + rows)."""
    settle: Plan = rank.needed(1)
    with rank.folder.open(settle.data_name(0)) as file:
        if ROW.name in pq.read_schema(file).names:
            file.seek(0)
            return pq.read_table(file, filters=(pc.field(ROW.name) >= first) & (pc.field(ROW.name) < first + rows))
        file.seek(0)
        return pq.read_table(file)
