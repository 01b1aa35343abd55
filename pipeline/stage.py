"""The shapes of a stage, and the folder of stages as their registry.

A source yields batches from an input. A transform returns the same rows in the same order, with more columns and
perhaps a `drop_reason`. A gather writes a small sketch of each input and decides over all the sketches.
A stage is a frozen dataclass; each option is one line that holds its name, type, bound, meaning, default and source.
"""

import importlib
import pkgutil
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, BinaryIO, ClassVar, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

import stages
from pipeline.errors import ConfigError
from pipeline.schema import DROP_REASON, Column
from pipeline.tally import Tally

__all__ = [
    "Bytes",
    "Column",
    "Count",
    "Fraction",
    "Gather",
    "Input",
    "Positive",
    "Preset",
    "Ratio",
    "Seconds",
    "Sketches",
    "Source",
    "Stage",
    "Tally",
    "Transform",
    "stage_class",
    "stage_names",
    "with_columns",
]

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


def parse_bytes(value: object) -> object:
    """A size as a person writes it, in bytes; anything else is handed on to be refused.

    >>> parse_bytes("2GB"), parse_bytes("1.5 MiB"), parse_bytes(7), parse_bytes("much")
    (2000000000, 1572864, 7, 'much')
    """
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?i?B?)\s*", value, re.IGNORECASE)
        if found:
            unit = found[2].upper()
            scale = _UNITS.get(unit if unit.endswith("B") or not unit else unit + "B")
            if scale:
                return int(float(found[1]) * scale)
    return value


class Preset:
    """Marks an option whose value names a file `configs/presets/<stage>/<name>.yaml` that sets other options."""


class Bound(NamedTuple):
    """Marks what a number must be at least (ge), more than (gt), at most (le)."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: Callable[[object], Any]) -> Any:
        return handler(source) | {name: limit for name, limit in self._asdict().items() if limit is not None}


class WrittenSize:
    """Marks a number of bytes, at least one, that `parse_bytes` reads."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Callable[[object], Any]) -> Any:
        from pydantic_core.core_schema import no_info_before_validator_function  # a rank's stages never need it

        return no_info_before_validator_function(parse_bytes, handler(source) | {"ge": 1})


Count = Annotated[int, Bound(ge=0)]
Positive = Annotated[int, Bound(ge=1)]
Fraction = Annotated[float, Bound(ge=0, le=1)]
Ratio = Annotated[float, Bound(ge=0)]
Seconds = Annotated[float, Bound(gt=0)]
Bytes = Annotated[int, WrittenSize]


class Input(Protocol):
    """One input as a source sees it: already resolved to a local file or a stream."""

    @property
    def name(self) -> str:
        """As it stands in the column `warc_file`."""
        ...

    @property
    def path(self) -> Path | None:
        """A local file, which may be mapped; None where there is only the stream."""
        ...

    @property
    def size(self) -> int | None:
        """Bytes, where known."""
        ...

    def open(self) -> BinaryIO:
        """The bytes from their beginning. Raises InputError when they cannot be had."""
        ...

    def locate(self, offset: int) -> tuple[str, int]:
        """Where the byte at `offset` of the stream lies: name of the archive, offset in it."""
        ...


class Stage:
    """What every stage has: a name, the columns it reads and writes, and a way to be made ready."""

    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[Column, ...]] = ()
    checkpoint: ClassVar[bool] = False  # its input is stored, so that a changed option decides again from there

    @classmethod
    def stage_name(cls) -> str:
        """The module's name: what a config calls this stage."""
        return cls.__module__.rpartition(".")[2]

    def columns_read(self) -> tuple[str, ...]:
        """Names of the columns this stage needs with its options as they are."""
        return self.reads

    def columns_written(self) -> tuple[Column, ...]:
        """The columns this stage adds or replaces with its options as they are, without `drop_reason`."""
        return self.writes

    def files(self) -> list[Path]:
        """Lists and models whose content the result hangs on: when one changes, what was made with it is made again."""
        return []

    def check(self) -> list[str]:
        """What would stop this stage on this machine (a missing file, an extra not installed), a line each."""
        return []

    def licences(self) -> list[str]:
        """Models and lists whose licence the corpus must name, one line each, for the dataset card."""
        return []

    def explain(self, document: Mapping[str, Any]) -> list[str]:
        """Why this stage dropped the document, from its columns: a line per rule that failed, value and threshold."""
        return []

    def warm(self) -> None:
        """Compile or load what the first batch would otherwise wait for."""


class Source(Stage, ABC):
    """Yields batches of candidate pages from one input."""

    reads_archives: ClassVar[bool] = False  # a Parquet input that names records of archives stands for those records

    @abstractmethod
    def read(self, source: Input, tally: Tally) -> Iterator[pa.RecordBatch]:
        """Batches with this stage's columns. Raises InputError for an input that cannot be read at all."""


class Transform(Stage, ABC):
    """Returns the same rows in the same order, with more columns and perhaps a `drop_reason`."""

    @abstractmethod
    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with this stage's columns. Every row given has no `drop_reason` yet."""


class Sketches(Protocol):
    """All the sketches of a gather, in the order of the ranks; `row` numbers documents over the whole run."""

    num_rows: int  # every `row` is below this
    num_sketched: int  # rows of the sketches

    def scan(self, columns: Sequence[str], *, between: tuple[str, int, int] | None = None) -> Iterator[pa.RecordBatch]:
        """These columns batch by batch, with `row`. `between`: only rows whose column lies in [low, high] (uint64)."""
        ...


class Gather(Stage, ABC):
    """Decides over all documents of the run, from a small sketch of each.

    sketch (each input) → link (each part) → settle (once) → decide (each input). Every step is files to files.
    """

    def files_to_sketch(self) -> list[Path]:
        """Those of `files` that a sketch hangs on: while they stay, a change in the others keeps the sketches."""
        return self.files()

    @abstractmethod
    def sketch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Rows that stand for these documents. `batch` has a column `row` (int64); the result must have it too."""

    @abstractmethod
    def num_parts(self, sketches: Sketches) -> int:
        """How many ranks link: by column, by hash range, within the memory option."""

    @abstractmethod
    def link(self, part: int, sketches: Sketches) -> Iterator[pa.RecordBatch]:
        """What part number `part` (from 0) finds, as a table of any one schema (see `link_schema`)."""

    @abstractmethod
    def settle(self, links: Iterable[pa.RecordBatch], sketches: Sketches) -> Iterator[pa.RecordBatch]:
        """The verdict. With a column `row` (ascending) each decision sees its own rows; without, all of it."""

    def bytes_per_document(self) -> dict[str, int]:
        """What `sketch`, `link` and `settle` leave on the disk, at most, for each document; nothing where not known."""
        return {}

    def columns_to_decide(self) -> tuple[str, ...]:
        """Names of the columns that `decide` needs beside `row`."""
        return self.columns_read()

    @abstractmethod
    def decide(self, batch: pa.RecordBatch, verdict: pa.Table) -> pa.RecordBatch:
        """As a transform's `apply`; `batch` has a column `row`, `verdict` the rows that concern it."""

    @abstractmethod
    def sketch_schema(self) -> pa.Schema:
        """Schema of what `sketch` returns."""

    @abstractmethod
    def link_schema(self) -> pa.Schema:
        """Schema of what `link` yields."""

    @abstractmethod
    def verdict_schema(self) -> pa.Schema:
        """Schema of what `settle` yields."""

    def notes(self, verdict: Iterable[pa.RecordBatch]) -> dict[str, Any]:
        """What the statistics should say of the verdict beyond counts (the most frequent passages, …)."""
        return {}


def with_columns(
    batch: pa.RecordBatch,
    columns: Mapping[str, pa.Array | Sequence[Any] | np.ndarray],
    types: Iterable[Column] = (),
    *,
    drop_reason: pa.Array | Sequence[str | None] | None = None,
) -> pa.RecordBatch:
    """The batch with these columns added or replaced, each of the type that `types` declares.

    Raises ValueError when a column is not as long as the batch.
    """
    declared = {column.name: column.type for column in types}
    fresh: dict[str, Any] = dict(columns)
    if drop_reason is not None:
        fresh[DROP_REASON.name] = drop_reason
        declared[DROP_REASON.name] = DROP_REASON.type
    arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name, values in fresh.items():
        array = values if isinstance(values, pa.Array) else pa.array(values, type=declared.get(name))
        if name in declared and array.type != declared[name]:
            array = array.cast(declared[name])
        if len(array) != batch.num_rows:
            raise ValueError(f"column {name}: {len(array)} values for {batch.num_rows} rows")
        arrays[name] = array
    return pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))


@cache
def stage_names() -> tuple[str, ...]:
    """Names of all stages: the modules of the folder `stages`, in order of the alphabet."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(stages.__path__) if not m.ispkg))


@cache
def stage_class(name: str) -> type[Stage]:
    """The one Stage subclass that the module `stages/<name>.py` defines.

    Raises ConfigError when there is no such module or it does not define exactly one stage.
    """
    if name not in stage_names():
        raise ConfigError([f"{name}: there is no such stage; `wabun stages` lists them"])
    module = importlib.import_module(f"stages.{name}")
    concrete: Callable[[object], bool] = lambda x: (  # noqa: E731
        isinstance(x, type) and issubclass(x, Stage) and x.__module__ == module.__name__
    )
    found = [x for x in vars(module).values() if concrete(x)]
    if len(found) != 1:
        raise ConfigError([f"stages/{name}.py: a stage's module defines exactly one stage, this one {len(found)}"])
    stage: type[Stage] = found[0]
    return stage
