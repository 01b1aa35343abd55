"""The stage that cuts the lines that stand in too many documents: navigation, notices, licences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from xxhash import xxh3_64_intdigest

from pipeline.stage import Bytes, Column, Count, Fraction, Gather, Positive, Sketches, with_columns
from stages.dedup.columns import numbers
from stages.dedup.parts import num_ranges, part
from stages.text.codepoints import codepoints
from stages.text.passages import Passages, contains, covered, frequent, passages, scoped

_KEYS = ("passage", "host_passage")
_NUM_LISTED = 50
_SKETCH_SCHEMA = pa.schema([("row", pa.int64()), *((key, pa.uint64()) for key in _KEYS), ("beginning", pa.string())])
_FOUND_SCHEMA = pa.schema(
    [("key", pa.string()), ("hash", pa.uint64()), ("num_documents", pa.int64()), ("beginning", pa.string())]
)


@dataclass(frozen=True, kw_only=True)
class DedupPassages(Gather):
    """Cut lines that stand in too many documents of one host or of the corpus; put it after near deduplication."""

    reads: ClassVar = ("text", "host")
    writes: ClassVar = (
        Column("text", pa.string(), "main text of the page, repeated passages cut"),
        Column("num_cut_passages", pa.int64(), "lines cut because they stand in many documents", "lines"),
        Column("cut_fraction", pa.float64(), "share of the text's characters in those lines", "fraction"),
    )

    max_documents: Annotated[Positive, "documents of the corpus that a passage may stand in"] = 100  # uzushio 03a
    max_documents_per_host: Annotated[Positive, "documents of one host that a passage may stand in"] = 20
    num_lines: Annotated[Positive, "lines in a row that make a passage"] = 1
    min_characters: Annotated[Count, "lines below this are no passages of their own, in characters"] = 8
    max_cut_fraction: Annotated[Fraction, "most that may be cut of a text, else the document falls"] = 0.5
    beginning_characters: Annotated[Count, "beginning of each line kept to list the most frequent, in characters"] = 24
    memory: Annotated[Bytes, "memory of one rank that counts; less means more ranks"] = 2_000_000_000

    def sketch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A row per document and distinct passage."""
        found, keys = self._keys(batch)
        owner = found.documents()
        order = np.lexsort((found.numbers, keys["passage"], owner))
        fresh = np.ones(len(order), np.bool_)
        same_owner = owner[order][1:] == owner[order][:-1]
        fresh[1:] = ~(same_owner & (keys["passage"][order][1:] == keys["passage"][order][:-1]))
        chosen = np.sort(order[fresh])
        chosen = chosen[keys["passage"][chosen] != 0]
        lines = [text.split("\n") if text else [] for text in batch.column("text").to_pylist()]
        size = self.beginning_characters
        beginnings = [lines[owner[at]][found.numbers[at]].strip()[:size] for at in chosen]
        rows = batch.column("row").to_numpy()[owner[chosen]]
        arrays = [pa.array(rows), *(pa.array(keys[key][chosen]) for key in _KEYS), pa.array(beginnings, pa.string())]
        return pa.RecordBatch.from_arrays(arrays, schema=_SKETCH_SCHEMA)

    def num_parts(self, sketches: Sketches) -> int:
        """A rank for each scope and hash range."""
        return len(_KEYS) * self._ranges(sketches)

    def link(self, part_number: int, sketches: Sketches) -> Iterator[pa.RecordBatch]:
        """The passages of one scope and hash range that stand in too many documents."""
        share = part(part_number, self._ranges(sketches))
        key = _KEYS[share.column]
        above = (self.max_documents, self.max_documents_per_host)[share.column]
        between = (key, share.low, share.high)
        keys = [numbers(batch, key) for batch in sketches.scan([key], between=between)]
        hashes, counts = frequent(np.concatenate([np.empty(0, np.uint64), *keys]), above)
        beginnings: list[str] = [""] * len(hashes)
        missing = np.ones(len(hashes), np.bool_)
        for batch in sketches.scan([key, "beginning"], between=between) if len(hashes) else ():
            place = np.minimum(np.searchsorted(hashes, numbers(batch, key)), len(hashes) - 1)
            wanted = np.flatnonzero((hashes[place] == numbers(batch, key)) & missing[place])
            for at in wanted[np.unique(place[wanted], return_index=True)[1]]:
                beginnings[place[at]] = batch.column("beginning")[int(at)].as_py()
            missing[place[wanted]] = False
            if not missing.any():
                break
        columns = [
            pa.array([key] * len(hashes), pa.string()),
            pa.array(hashes),
            pa.array(counts),
            pa.array(beginnings, pa.string()),
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=_FOUND_SCHEMA)

    def settle(self, links: Iterable[pa.RecordBatch], sketches: Sketches) -> Iterator[pa.RecordBatch]:
        """All passages found, as they are."""
        yield from links

    def decide(self, batch: pa.RecordBatch, verdict: pa.Table) -> pa.RecordBatch:
        """The texts without the repeated passages, their order kept; those that lose too much fall."""
        found, keys = self._keys(batch)
        repeated = np.zeros(len(found.hashes), np.bool_)
        for key in _KEYS:
            mine = verdict.filter(pc.equal(verdict["key"], key))["hash"]
            repeated |= contains(np.sort(mine.to_numpy()), keys[key])
        repeated = covered(repeated, found, self.num_lines)
        owner = found.documents()
        num_texts = batch.num_rows
        cut = np.bincount(owner[repeated], minlength=num_texts)
        lost = np.bincount(owner, found.lengths * repeated, num_texts)
        total = np.bincount(owner, found.lengths, num_texts)
        fraction = np.divide(lost, total, out=np.zeros(num_texts), where=total > 0)
        texts = batch.column("text").to_pylist()
        for document in np.flatnonzero(cut):
            mine_here = slice(found.offsets[document], found.offsets[document + 1])
            texts[document] = without(texts[document], found.numbers[mine_here][repeated[mine_here]].tolist())
        reasons = pa.array(["mostly_boilerplate"] * num_texts, mask=fraction <= self.max_cut_fraction)
        columns = {"text": texts, "num_cut_passages": cut, "cut_fraction": fraction}
        return with_columns(batch, columns, self.writes, drop_reason=reasons)

    def sketch_schema(self) -> pa.Schema:
        """Document, keys by scope, and how the line begins."""
        return _SKETCH_SCHEMA

    def link_schema(self) -> pa.Schema:
        """Passages with the number of documents they stand in."""
        return _FOUND_SCHEMA

    def verdict_schema(self) -> pa.Schema:
        """The same."""
        return _FOUND_SCHEMA

    def notes(self, verdict: Iterable[pa.RecordBatch]) -> dict[str, Any]:
        """How many passages are cut in each scope, and the most frequent."""
        table = pa.Table.from_batches(verdict, _FOUND_SCHEMA)
        notes: dict[str, Any] = {}
        for key, name in zip(_KEYS, ("corpus", "host"), strict=True):
            mine = table.filter(pc.equal(table["key"], key))
            top = mine.sort_by([("num_documents", "descending"), ("hash", "ascending")]).slice(0, _NUM_LISTED)
            notes[f"num_{name}_passages"] = len(mine)
            notes[f"most_frequent_{name}_passages"] = top.select(["num_documents", "beginning"]).to_pylist()
        return notes

    def _ranges(self, sketches: Sketches) -> int:
        return num_ranges(sketches.num_sketched, 40, self.memory)

    def _keys(self, batch: pa.RecordBatch) -> tuple[Passages, dict[str, npt.NDArray[np.uint64]]]:
        """The lines, and their keys in each scope; 0 for a line that is too short to be a passage of its own."""
        found = passages(codepoints(batch.column("text")), self.num_lines)
        hosts = [xxh3_64_intdigest((host or "").encode()) for host in batch.column("host").to_pylist()]
        hashes = found.hashes
        if self.num_lines == 1:
            hashes = np.where(found.lengths < self.min_characters, np.uint64(0), hashes)
        host_hashes = np.array(hosts, np.uint64)[found.documents()]
        return found, {"passage": hashes, "host_passage": scoped(hashes, host_hashes)}


def without(text: str, lines: list[int]) -> str:
    """The text without these lines; blank lines that come to stand together become one.

    >>> without("ホーム\\n\\n本文一。\\n広告\\n\\n本文二。\\nお問い合わせ", [0, 3, 6])
    '本文一。\\n\\n本文二。'
    """
    gone = set(lines)
    kept: list[str] = []
    closing = False  # after a cut, a blank line is not put after another
    for number, line in enumerate(text.split("\n")):
        if number in gone:
            closing = True
        elif line.strip():
            kept.append(line)
            closing = False
        elif not closing or (kept and kept[-1].strip()):
            kept.append(line)
    return "\n".join(kept).strip("\n")
