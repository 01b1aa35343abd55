"""Looking into a result: documents at random, one page's life, and whether every file is what its manifest says."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import StorageError
from pipeline.flow import Flow
from pipeline.inputs import input_of
from pipeline.lineage import load_plans
from pipeline.manifest import Output
from pipeline.network.fetch import Fetching
from pipeline.plan import Kind, Plan, columns_of
from pipeline.ranks.survey import done_ranks, known_items, manifests
from pipeline.schema import DROP_REASON, DROPPED_BY, stored_schema
from pipeline.stage import Source, Tally
from pipeline.storage import Folder


def pick(folder: Folder, place: str, count: int, seed: int, reason: str | None = None) -> list[dict[str, Any]]:
    """Documents at random from `shards` or `dropped`, all columns, the same for a seed."""
    places: list[tuple[str, int]] = []
    for name in folder.names(place):
        with folder.open(f"{place}/{name}") as file:
            if reason is None:
                places.extend((name, row) for row in range(pq.read_metadata(file).num_rows))
                continue
            reasons = pq.read_table(file, columns=[DROP_REASON.name])[DROP_REASON.name].to_pylist()
            places.extend((name, row) for row, found in enumerate(reasons) if found == reason)
    chosen = random.Random(seed).sample(places, min(count, len(places)))
    return [_row(folder, f"{place}/{name}", row) for name, row in chosen]


def _row(folder: Folder, name: str, row: int) -> dict[str, Any]:
    """One row of a Parquet file, without the columns that are null."""
    with folder.open(name) as file:
        parquet = pq.ParquetFile(file)
        group = 0
        while row >= parquet.metadata.row_group(group).num_rows:
            row -= parquet.metadata.row_group(group).num_rows
            group += 1
        return _plain(parquet.read_row_group(group).slice(row, 1))


def _plain(one: pa.Table | pa.RecordBatch) -> dict[str, Any]:
    return {key: value for key, value in one.to_pylist()[0].items() if value is not None}


def lives(folder: Folder, url: str) -> list[dict[str, Any]]:
    """Every stored document of this URL, with all that any stage wrote of it."""
    plans = load_plans(folder)
    layers = [plan for plan in plans if plan.kind in (Kind.DOCUMENTS, Kind.LAYER)]
    found: list[dict[str, Any]] = []
    for rank in sorted(done_ranks(folder, layers[0])):
        with folder.open(layers[0].data_name(rank)) as file:
            urls = pq.read_table(file, columns=["url"])["url"]
        for place in pc.indices_nonzero(pc.equal(urls, url)).to_pylist():
            document: dict[str, Any] = {}
            for layer in layers:
                if folder.exists(layer.data_name(rank)):
                    document |= _row(folder, layer.data_name(rank), place)
            found.append(document)
    for name in folder.names("dropped"):
        if not name.startswith("part-"):
            with folder.open(f"dropped/{name}") as file:
                fallen = pq.read_table(file, filters=pc.field("url") == url)
            found.extend(_plain(fallen.slice(row, 1)) for row in range(fallen.num_rows))
    return found


class _Watch(Tally):
    """A tally that remembers what became of the records of one URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.fallen: list[dict[str, Any]] = []

    def until_example(self, reason: str) -> int:
        """Any record may be of the URL."""
        return 0

    def drop(self, reason: str, **about: Any) -> None:
        """Count, and remember when it is the URL that is watched."""
        super().drop(reason)
        if about.get("url") == self.url:
            self.fallen.append(about | {DROP_REASON.name: reason})


def rescan(folder: Folder, url: str) -> Iterator[dict[str, Any]]:
    """Read the inputs again for this URL and say what becomes of each of its records up to the first stored plan."""
    plan = next(plan for plan in load_plans(folder) if plan.kind is Kind.DOCUMENTS)
    source, *transforms = plan.built_stages()
    assert isinstance(source, Source)
    for item in (input_of(plain, Fetching(**plan.fetching)) for rank in plan.inputs for plain in rank):
        watch = _Watch(url)
        for batch in source.read(item, watch):
            mine = batch.filter(pc.equal(batch.column("url"), url))
            if mine.num_rows:
                parts: list[pa.RecordBatch] = []
                parts.append(Flow(transforms).push(mine, parts.append))
                for part in parts:
                    kept = [n for n in part.schema.names if not pa.types.is_large_binary(part.schema.field(n).type)]
                    for row in range(part.num_rows):
                        yield {"warc_file": item.name} | _plain(part.select(kept).slice(row, 1))
        for about in watch.fallen:
            yield {"warc_file": item.name} | about | {DROPPED_BY.name: source.stage_name()}


def steps_of(plans: Sequence[Plan], document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Each stage that the document met: its name, what it wrote, and, where it dropped it, the rules that decided."""
    for plan in plans:
        if plan.kind not in (Kind.DOCUMENTS, Kind.LAYER):
            continue
        for stage in plan.built_stages():
            name = stage.stage_name()
            wrote = {c.name: document[c.name] for c in stage.columns_written() if c.name in document}
            if document.get(DROPPED_BY.name) == name:
                yield name, wrote, stage.explain(document) or [str(document[DROP_REASON.name])]
                return
            yield name, wrote, []


def verify(folder: Folder, *, everything: bool) -> Iterator[str]:
    """What differs between the files and their manifests, a line each; nothing when all is as it was written."""
    plans = load_plans(folder)
    for plan in plans:
        items = known_items(folder, plan)
        done = done_ranks(folder, plan)
        if items is None or len(done) < len(items):
            yield f"plan {plan.name}: {len(done)} of {'?' if items is None else len(items)} ranks are done; run again"
            continue
        for manifest in manifests(folder, plan, len(items)):
            for output in manifest.outputs:
                if everything or not output.name.startswith("data/"):
                    yield from _verify_output(folder, plans, output)
    named = {
        o.name
        for p in plans
        if p.kind is Kind.SHARDS
        and (known := known_items(folder, p)) is not None
        and len(done_ranks(folder, p)) >= len(known)
        for m in manifests(folder, p, len(known))
        for o in m.outputs
    }
    for name in folder.names("shards"):
        if f"shards/{name}" not in named:
            yield f"shards/{name}: no manifest names this file; delete it"


def _verify_output(folder: Folder, plans: Sequence[Plan], output: Output) -> Iterator[str]:
    again = "delete it and run again"
    try:
        size, digest = folder.content(output.name)
    except StorageError:
        yield f"{output.name}: is missing; run again"
        return
    if size != output.bytes:
        yield f"{output.name}: the manifest says {output.bytes:,} bytes, the file holds {size:,}; {again}"
    elif digest != output.sha256:
        yield f"{output.name}: its SHA-256 is {digest[:12]}…, the manifest says {output.sha256[:12]}…; {again}"
    if not output.name.endswith(".parquet"):
        return
    try:
        with folder.open(output.name) as file:
            parquet = pq.ParquetFile(file)
            rows, schema = parquet.metadata.num_rows, parquet.schema_arrow
    except (pa.ArrowException, OSError) as error:
        yield f"{output.name}: is not readable as Parquet ({error}); {again}"
        return
    if rows != output.rows:
        yield f"{output.name}: the manifest counts {output.rows:,} documents, the file holds {rows:,}; {again}"
    if output.name.startswith("shards/"):
        names = next(plan.layers for plan in plans if plan.kind is Kind.SHARDS)
        declared = [c for c in columns_of(plans, names) if c.name not in (DROP_REASON.name, DROPPED_BY.name)]
        expected = stored_schema(declared)
        if not schema.equals(expected, check_metadata=False):
            differing = sorted(set(map(str, schema)) ^ set(map(str, expected)))
            yield f"{output.name}: its columns differ from the plan's: {', '.join(differing)[:200]}; {again}"
