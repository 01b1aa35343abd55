"""How many ranks a plan has, and what each takes, where that hangs on what earlier plans found.

Whoever comes first counts and writes the answer down; it is the same for everybody, so the second writer is harmless.
"""

import heapq
import json
from collections.abc import Mapping, Sequence
from typing import Any

from xxhash import xxh3_64_intdigest

from pipeline.errors import PlanNotReady
from pipeline.manifest import Manifest
from pipeline.plan import Kind, Plan
from pipeline.sketches import StoredSketches
from pipeline.stage import Gather
from pipeline.storage import Folder

SKETCH_ROWS = 1_000_000
MAX_SMALL_SKETCHES = 64


def work_items(folder: Folder, plan: Plan, plans: Mapping[str, Plan]) -> Sequence[Any]:
    """What each rank of the plan takes, in order. Raises PlanNotReady when a plan it needs is not done."""
    items = known_items(folder, plan)
    if items is None:
        unready = [n for n in plan.needs if not is_done(folder, plans[n], plans)]
        if unready:
            raise PlanNotReady(f"plan {plan.name} needs {', '.join(unready)}, which is not done")
        items = _count(folder, plan, plans)
        folder.write_bytes(_items_name(plan), json.dumps(items).encode())
    return items


def known_items(folder: Folder, plan: Plan) -> Sequence[Any] | None:
    """What each rank takes, if it is known by now."""
    if plan.digests is not None:
        return range(len(plan.digests))
    stored = folder.find(_items_name(plan))
    return json.loads(stored) if stored is not None else None


def _items_name(plan: Plan) -> str:
    """Name of the file that tells what each rank takes."""
    return f"plans/{plan.name}/ranks-{plan.digest[:12]}.json"


def done_ranks(folder: Folder, plan: Plan) -> set[int]:
    """The ranks whose marker is there, with the digest that the plan asks for."""
    found = set()
    for name in folder.names(f"plans/{plan.name}/done"):
        rank, _, digest = name.removesuffix(".json").partition("-")
        if rank.isdigit() and (plan.digests is None or int(rank) < len(plan.digests)):
            number = int(rank)
            if plan.rank_digest(number)[:12] == digest:
                found.add(number)
    return found


def is_done(folder: Folder, plan: Plan, plans: Mapping[str, Plan]) -> bool:
    """Whether every rank of the plan is done."""
    items = known_items(folder, plan)
    return items is not None and len(done_ranks(folder, plan)) >= len(items)


def manifests(folder: Folder, plan: Plan, num_ranks: int) -> list[Manifest]:
    """What every rank of a plan said of itself, in order."""
    return [Manifest.from_json(data) for data in folder.read_each([plan.marker_name(r) for r in range(num_ranks)])]


def row_bases(folder: Folder, documents: Plan) -> list[int]:
    """Number of the first document of each rank among all documents of the run, and their total at the end."""
    name = f"plans/{documents.name}/bases-{documents.digest[:12]}.json"
    stored = folder.find(name)
    if stored is not None:
        found: list[int] = json.loads(stored)
        return found
    bases = [0]
    for manifest in manifests(folder, documents, len(documents.inputs)):
        bases.append(bases[-1] + sum(group["rows"] for group in manifest.row_groups))
    folder.write_bytes(name, json.dumps(bases).encode())
    return bases


def _count(folder: Folder, plan: Plan, plans: Mapping[str, Plan]) -> list[Any]:
    """Lay out the ranks of a plan whose predecessors are done."""
    documents = plans[plan.layers[0]]
    if plan.kind is Kind.SKETCH:
        return _spans(row_bases(folder, documents))
    if plan.kind is Kind.LINK:
        gather = plan.built_stages()[0]
        assert isinstance(gather, Gather)
        return list(range(gather.num_parts(open_sketches(folder, plans[plan.needs[0]], documents))))
    last = plans[plan.layers[-1]]
    groups = [
        (rank, place, group["characters"])
        for rank, manifest in enumerate(manifests(folder, last, len(documents.inputs)))
        for place, group in enumerate(manifest.row_groups)
    ]
    return _deal(groups, plan.settings["shard_characters"], plan.settings["seed"])


def open_sketches(folder: Folder, sketch: Plan, documents: Plan) -> StoredSketches:
    """The sketches that a done sketch plan left."""
    items = known_items(folder, sketch) or []
    return StoredSketches(
        folder, [sketch.data_name(rank) for rank in range(len(items))], row_bases(folder, documents)[-1]
    )


def _spans(bases: Sequence[int]) -> list[list[int]]:
    """Runs of ranks of about a million documents each; of fewer where there are few, so that all cores have work.

    >>> _spans([0, 10, 20, 30])
    [[0, 1], [1, 2], [2, 3]]
    >>> _spans([0, 600_000, 1_200_000, 1_200_010])
    [[0, 1], [1, 2], [2, 3]]
    """
    target = min(SKETCH_ROWS, max(1, bases[-1] // MAX_SMALL_SKETCHES))
    spans: list[list[int]] = []
    for rank in range(len(bases) - 1):
        if spans and bases[rank + 1] - bases[spans[-1][0]] <= target:
            spans[-1][1] = rank + 1
        else:
            spans.append([rank, rank + 1])
    return spans


def _deal(groups: Sequence[tuple[int, int, int]], shard_characters: int, seed: int) -> list[list[list[int]]]:
    """Deal row groups (rank, group, characters) out to shards: the largest first, each to the shard with least text.

    >>> _deal([(0, 0, 50), (0, 1, 30), (1, 0, 20)], 60, 0)
    [[[0, 0]], [[0, 1], [1, 0]]]
    """
    num_shards = max(1, -(-sum(characters for *_, characters in groups) // shard_characters))
    shards: list[list[list[int]]] = [[] for _ in range(num_shards)]
    lightest = [(0, shard) for shard in range(num_shards)]
    for rank, group, characters in sorted(groups, key=lambda g: (-g[2], xxh3_64_intdigest(f"{g[:2]}".encode(), seed))):
        load, shard = lightest[0]
        shards[shard].append([rank, group])
        heapq.heapreplace(lightest, (load + characters, shard))
    return shards
