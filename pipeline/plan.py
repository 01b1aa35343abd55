"""A config and its inputs → plans: what each reads, in how many ranks, and the digest of it all.

A chain of stages is cut into plans where all documents must be known (a gather), and before a stage whose input is
kept so that it can decide again (a checkpoint). Each plan runs in ranks; a rank is a pure function of its files.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from xxhash import xxh3_128_hexdigest

from pipeline.config import Config
from pipeline.inputs import AnyInput
from pipeline.options import build, options_as_plain
from pipeline.plan_tables import Digests, RankInputs, StoredInputs
from pipeline.schema import DROP_REASON, DROPPED_BY, NUM_CHARACTERS, Column
from pipeline.stage import Gather, Stage
from pipeline.storage import Folder

_READ_WHOLE_BYTES = 16_000_000  # of a list or model, for its digest


class Kind(StrEnum):
    """What the ranks of a plan do."""

    DOCUMENTS = "documents"  # read inputs, write the documents that reach the next plan
    LAYER = "layer"  # run stages over stored documents, write a row-aligned file of what they add
    SKETCH = "sketch"
    LINK = "link"
    SETTLE = "settle"
    SHARDS = "shards"  # deal the kept documents out to shards
    FINISH = "finish"  # statistics and dataset card


@dataclass(frozen=True)
class Plan:
    """One plan of a chain. `digests`: one per rank where the ranks are known beforehand, else None."""

    name: str
    kind: Kind
    stages: tuple[tuple[str, dict[str, Any]], ...]
    needs: tuple[str, ...]
    layers: tuple[str, ...]  # the plans whose files hold the documents that this plan reads, lowest first
    settings: dict[str, Any]
    inputs: Sequence[RankInputs]  # of each rank of a documents plan
    digests: Digests | None
    digest: str
    files: tuple[tuple[str, str], ...] = ()  # lists and models that the stages read, with what they are known by
    fetching: dict[str, Any] = field(default_factory=dict)  # how inputs are fetched: changes no byte, so no digest

    @property
    def title(self) -> str:
        """The name without its number."""
        return self.name.partition("-")[2]

    def built_stages(self) -> list[Stage]:
        """The stages as objects."""
        return [build(name, options) for name, options in self.stages]

    def rank_digest(self, rank: int) -> str:
        """Digest of everything that one rank's output depends on."""
        return self.digests[rank] if self.digests is not None else self.digest

    def data_name(self, rank: int) -> str:
        """Name of the file that a rank of this plan leaves for later plans."""
        return f"data/{self.name}/{rank:05d}-{self.rank_digest(rank)[:12]}.parquet"

    def marker_name(self, rank: int) -> str:
        """Name of a rank's done marker."""
        return f"plans/{self.name}/done/{rank:05d}-{self.rank_digest(rank)[:12]}.json"

    @property
    def inputs_name(self) -> str:
        """Name of the file that lists the inputs of each rank."""
        return f"plans/{self.name}/inputs-{self.digest[:12]}.jsonl"

    def to_json(self) -> bytes:
        """The plan's file; inputs stand in a file of their own."""
        digests = self.digests.joined if self.digests is not None else None
        plain = {"wabun": version("wabun"), **vars(self), "inputs": len(self.inputs), "digests": digests}
        return json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes, folder: Folder) -> "Plan":
        """Back from `to_json`; `folder` is that of the result."""
        plain = json.loads(data)
        del plain["wabun"]
        plan = cls(
            **plain
            | {
                "kind": Kind(plain["kind"]),
                "stages": tuple((name, options) for name, options in plain["stages"]),
                "needs": tuple(plain["needs"]),
                "layers": tuple(plain["layers"]),
                "inputs": (),
                "files": tuple((path, digest) for path, digest in plain["files"]),
                "digests": Digests(plain["digests"]) if plain["digests"] is not None else None,
            }
        )
        if not plain["inputs"]:
            return plan
        return replace(plan, inputs=StoredInputs(folder, plan.inputs_name, int(plain["inputs"])))


def make_plans(config: Config, inputs: Sequence[AnyInput]) -> list[Plan]:
    """The plans of a run, each after those it needs."""
    chain = _Chain(config, inputs)
    segment: list[Stage] = []
    for stage in config.stages:
        if segment and (isinstance(stage, Gather) or (stage.checkpoint and not all(map(_decides, segment)))):
            chain.close(segment)
            segment = []
        if isinstance(stage, Gather):
            chain.gather(stage)
        segment.append(stage)
    chain.close(segment)
    chain.add(Kind.SHARDS, "shards", [], needs=chain.layers[-1:], settings=("shard_characters", "seed", "keep_dropped"))
    chain.add(Kind.FINISH, "finish", [], needs=tuple(p.name for p in chain.plans), settings=("name",))
    return chain.plans


def _decides(stage: Stage) -> bool:
    """Whether the stage reads only what is stored already, so that a checkpoint may share its plan."""
    return stage.checkpoint or isinstance(stage, Gather)


class _Chain:
    """Plans being made, each knowing the ones before it."""

    def __init__(self, config: Config, inputs: Sequence[AnyInput]) -> None:
        self.config = config
        size = config.settings.inputs_per_rank
        plain = [item.as_plain() for item in inputs]
        self.inputs = tuple(tuple(plain[at : at + size]) for at in range(0, len(plain), size))
        self.plans: list[Plan] = []
        self.layers: tuple[str, ...] = ()
        self.verdict: str | None = None  # the settled gather that the next layer decides by

    def close(self, segment: Sequence[Stage]) -> None:
        """A plan for a run of stages: documents for the first, then layers over them."""
        title = segment[0].stage_name()
        if not self.layers:
            plan = self.add(Kind.DOCUMENTS, title, segment, needs=(), settings=("keep_dropped",))
        else:
            needs = self.layers[-1:] + ((self.verdict,) if self.verdict else ())
            plan = self.add(Kind.LAYER, title, segment, needs=needs)
        self.layers += (plan.name,)
        self.verdict = None

    def gather(self, stage: Gather) -> None:
        """The three plans that lead to a gather's verdict."""
        title = stage.stage_name()
        sketch = self.add(Kind.SKETCH, f"{title}.sketch", [stage], needs=self.layers[-1:])
        link = self.add(Kind.LINK, f"{title}.link", [stage], needs=(sketch.name,))
        settle = self.add(Kind.SETTLE, f"{title}.settle", [stage], needs=(sketch.name, link.name))
        self.verdict = settle.name

    def add(
        self, kind: Kind, title: str, stages: Sequence[Stage], *, needs: Sequence[str], settings: Sequence[str] = ()
    ) -> Plan:
        """Append a plan, its digests made from its own stages and settings and from the plans it needs."""
        every = options_as_plain(self.config.settings)
        plan = Plan(
            name=f"{len(self.plans):02d}-{title}",
            kind=kind,
            stages=tuple((stage.stage_name(), options_as_plain(stage)) for stage in stages),
            needs=tuple(needs),
            layers=self.layers,
            settings={name: every[name] for name in settings},
            inputs=self.inputs if kind is Kind.DOCUMENTS else (),
            files=known_files(kind, stages),
            digests=None,
            digest="",
            fetching=self.config.settings.fetching().as_plain() if kind is Kind.DOCUMENTS else {},
        )
        plan = self._digested(plan)
        self.plans.append(plan)
        return plan

    def _digested(self, plan: Plan) -> Plan:
        """The plan with its digests."""
        known = [digest for _, digest in plan.files]
        own = _digest([version("wabun"), plan.kind, plan.stages, plan.settings, known])
        before = {p.name: p for p in self.plans}
        if plan.kind is Kind.DOCUMENTS:
            digests = Digests.of([_digest([own, rank]) for rank in plan.inputs])
        elif plan.kind is Kind.LAYER:
            below, *verdicts = (before[name] for name in plan.needs)
            base = _digest([own, [p.digest for p in verdicts]])
            digests = Digests.of([xxh3_128_hexdigest(f"{base}{digest}".encode()) for digest in below.digests or ()])
        elif plan.kind in (Kind.SETTLE, Kind.FINISH):
            digests = Digests.of([_digest([own, [before[name].digest for name in plan.needs]])])
        else:
            return replace(plan, digest=_digest([own, [before[name].digest for name in plan.needs]]))
        return replace(plan, digests=digests, digest=_digest(digests.joined))


def known_files(kind: Kind, stages: Sequence[Stage]) -> tuple[tuple[str, str], ...]:
    """The lists, models and indexes that ranks of this kind read, each with what it is known by as it is now."""
    paths = [
        path
        for stage in stages
        for path in (stage.files_to_sketch() if kind is Kind.SKETCH and isinstance(stage, Gather) else stage.files())
    ]
    return tuple((str(path), _file_digest(path)) for path in paths)


def _digest(value: Any) -> str:
    """128 bits in hexadecimal over a plain value."""
    return xxh3_128_hexdigest(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


def _file_digest(path: Path) -> str:
    """What a file is known by: its content, or, for a large one, its size and time of change."""
    status = path.stat()
    if status.st_size > _READ_WHOLE_BYTES:
        return f"{status.st_size}-{status.st_mtime_ns}"
    return xxh3_128_hexdigest(path.read_bytes())


def columns_of(plans: Sequence[Plan], names: Sequence[str]) -> list[Column]:
    """The columns that these plans' documents hold; a later stage's column replaces an earlier one's."""
    columns: dict[str, Column] = {}
    for plan in plans:
        if plan.name in names:
            for stage in plan.built_stages():
                written = {column.name: column for column in stage.columns_written() if not column.transient}
                columns |= written | ({NUM_CHARACTERS.name: NUM_CHARACTERS} if "text" in written else {})
            if plan.kind is Kind.LAYER:
                columns |= {column.name: column for column in (DROP_REASON, DROPPED_BY)}
    return list(columns.values())
