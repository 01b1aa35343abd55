"""Ranks that write shards: the kept documents of some row groups, shuffled, and a sample of those that fell."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from xxhash import xxh3_64_intdigest

from pipeline.layers import GROUP_ROWS, Layers, alive, parquet_writer
from pipeline.plan import columns_of
from pipeline.ranks import Rank
from pipeline.ranks.dropped import DroppedWriter, quota
from pipeline.ranks.survey import work_items
from pipeline.schema import DROP_REASON, DROPPED_BY, stored_schema

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def run_shards(rank: Rank) -> None:
    """Write one shard and the documents that fell from its row groups."""
    items = work_items(rank.folder, rank.plan, rank.plans)
    fallen_columns = columns_of(list(rank.plans.values()), rank.plan.layers)
    columns = [c for c in fallen_columns if c.name not in (DROP_REASON.name, DROPPED_BY.name)]
    schema = stored_schema(columns)
    limit = quota(rank.plan.settings["keep_dropped"], rank.number, len(items))
    part = f"part-{rank.number:05d}-of-{len(items):05d}.parquet"
    shard_name, fallen_name = f"shards/{part}", f"dropped/{part}"
    with rank.folder.writing(shard_name) as path, rank.folder.writing(fallen_name) as fallen_path:
        fallen = DroppedWriter(fallen_path, stored_schema([*columns, DROP_REASON, DROPPED_BY]), limit)
        kept = pa.Table.from_batches(list(_kept(rank, items[rank.number], schema, fallen)), schema)
        _write_shuffled(kept, path, rank.plan.settings["seed"])
        fallen_rows = fallen.close()
        rank.check_current()
    rank.wrote(shard_name, kept.num_rows)
    if fallen_rows:
        rank.wrote(fallen_name, fallen_rows)
    else:
        rank.folder.delete(fallen_name)
    rank.manifest.notes = {"shard": _facts(kept)}


def _kept(rank: Rank, groups: list[list[int]], schema: pa.Schema, fallen: DroppedWriter) -> list[pa.RecordBatch]:
    """The kept rows of these row groups; the others go to `fallen`."""
    found = []
    for place, (number, group) in enumerate(groups):
        with Layers(rank.folder, rank.layers, number) as layers:
            extra = [DROPPED_BY.name] if DROPPED_BY.name in layers.names else []
            every = layers.read(group, [*schema.names, *extra])
        fallen.write(every.filter(every.column(DROP_REASON.name).is_valid()))
        found.append(pa.RecordBatch.from_arrays(alive(every).select(schema.names).columns, schema=schema))
        rank.report((place + 1) / (len(groups) + 1), [])
    return found


def _write_shuffled(table: pa.Table, path: object, seed: int) -> None:
    """Write the rows in an order that only their ids and the seed decide."""
    ids = table["id"].to_pylist() if "id" in table.schema.names else list(range(table.num_rows))
    keys = np.array([xxh3_64_intdigest(str(i).encode(), seed) for i in ids], np.uint64)
    order = np.argsort(keys, kind="stable")
    writer = parquet_writer(path, table.schema)  # type: ignore[arg-type]
    for first in range(0, len(order), GROUP_ROWS):
        rows = table.take(pa.array(order[first : first + GROUP_ROWS]))
        writer.write_table(rows, row_group_size=GROUP_ROWS)
    writer.close()


def _facts(shard: pa.Table) -> dict[str, object]:
    """Rows, characters and quantiles of scores: what `stats` shows of a shard."""
    facts: dict[str, object] = {"rows": shard.num_rows}
    if "num_characters" in shard.schema.names:
        facts["characters"] = pc.sum(shard["num_characters"]).as_py() or 0
    scores = [n for n in shard.schema.names if n.endswith("_score")]
    facts["quantiles"] = {
        name: [round(q, 6) if q is not None else None for q in pc.quantile(shard[name], list(QUANTILES)).to_pylist()]
        for name in scores
    }
    return facts
