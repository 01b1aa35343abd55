"""A gather whose verdict is clusters: what exact and near deduplication have in common."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError
from pipeline.stage import Bytes, Column, Gather, Sketches, with_columns
from stages.dedup.columns import bytes_of, numbers
from stages.dedup.earlier import Names, join_members, offer_members
from stages.dedup.index import Index
from stages.dedup.ordering import Keep, id_hashes, order_column, orders
from stages.dedup.parts import Part, num_ranges, part
from stages.groups.components import ALONE, MAX_ROWS, Clusters, clusters, join, new_parents
from stages.groups.links import Links, Piles, equal_key_links
from stages.groups.representatives import Representatives

LINK_SCHEMA = pa.schema([pa.field(name, pa.uint32(), nullable=False) for name in Links._fields])
VERDICT_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("cluster_id", pa.uint64()),
        ("cluster_size", pa.int64()),
        ("duplicate_of", pa.string()),  # null for the representative
        ("duplicate_dump", pa.string()),  # null where that is a document of this run
        ("same_content", pa.bool_()),  # as the representative, by the hash that the stage compares
    ]
)


@dataclass(frozen=True, kw_only=True)
class ClusterGather(Gather):
    """Joins documents that share a key into clusters and keeps one of each."""

    size_column: ClassVar[Column]  # what a stage calls the size of a cluster
    compared: ClassVar[str | None] = None  # sketch column that tells equal content from other reasons to be joined

    keep: Annotated[Keep, "which document of a cluster is kept; ties go to the smallest hash of the id"] = "oldest"
    score: Annotated[str, "column that `keep: best` looks at, the highest first"] = "quality_score"
    memory: Annotated[Bytes, "memory of one rank that links; less means more ranks"] = 2_000_000_000

    @abstractmethod
    def key_columns(self) -> tuple[str, ...]:
        """Sketch columns of keys: documents that agree in one are linked."""

    def bytes_per_row(self) -> int:
        """Memory that linking takes for each row of a part: what `Piles` holds, and a third for what it works with."""
        return 16

    @abstractmethod
    def part_links(self, share: Part, sketches: Sketches) -> Iterator[Links]:
        """All links of one part, some at a time."""

    def dealt(self, share: Part, sketches: Sketches, *key: str) -> Piles:
        """The rows of one part by their key: a column, or the two that hold its halves."""
        piles = Piles(self._num_keyed(sketches) // self.ranges(sketches))
        for batch in sketches.scan(key, between=share.between(key[0])):
            high, row, *low = (numbers(batch, column) for column in (key[0], "row", *key[1:]))
            piles.add(high, row, *low)
        return piles

    @abstractmethod
    def reason(self, same_content: npt.NDArray[np.bool_]) -> list[str]:
        """The drop reason of each duplicate."""

    def columns_read(self) -> tuple[str, ...]:
        """The text, the id, and what `keep` looks at."""
        return tuple(dict.fromkeys([*self.reads, order_column(self.keep, self.score)]))

    def columns_to_decide(self) -> tuple[str, ...]:
        """The id alone: the text was needed for the sketch."""
        return ("id",)

    def standing(self, batch: pa.RecordBatch) -> dict[str, Any]:
        """The sketch columns that choose a representative and name it."""
        return {
            "row": batch.column("row"),
            "id": batch.column("id").cast(pa.string()).fill_null(""),
            "id_hash": pa.array(id_hashes(batch.column("id"))),
            "order": pa.array(orders(batch, self.keep, self.score)),
            "copies": pa.array(self.copies(batch)),
        }

    def copies(self, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
        """How many documents each row stands for already."""
        return np.ones(batch.num_rows, np.int64)

    def standing_schema(self) -> pa.Schema:
        """Schema of `standing`."""
        names = ("row", "id", "id_hash", "order", "copies")
        return pa.schema(zip(names, (pa.int64(), pa.string(), pa.uint64(), pa.int64(), pa.int64()), strict=True))

    def ranges(self, sketches: Sketches) -> int:
        """Hash ranges per key column."""
        return num_ranges(self._num_keyed(sketches), self.bytes_per_row(), self.memory)

    def _num_keyed(self, sketches: Sketches) -> int:
        """About how many keys a column has, with those of earlier dumps."""
        index = self.earlier()
        return sketches.num_sketched + (index.num_keys(self.key_columns()[0]) if index else 0)

    def bytes_per_document(self) -> dict[str, int]:
        """A row of each table, and a link for each key: no more documents than these can share one."""
        sizes = {"sketch": bytes_of(self.sketch_schema()), "settle": bytes_of(VERDICT_SCHEMA)}
        return sizes | {"link": len(self.key_columns()) * bytes_of(LINK_SCHEMA)}

    def num_parts(self, sketches: Sketches) -> int:
        """A rank for each key column and hash range. Raises InputError for more documents than a link can number."""
        index = self.earlier()
        if (count := sketches.num_rows + (index.num_members if index else 0)) > MAX_ROWS:
            known = f", {index.num_members:,} of them in the index," if index else ""
            raise InputError(f"{count:,} documents{known} are more than the {MAX_ROWS:,} of one run; split the inputs")
        return len(self.key_columns()) * self.ranges(sketches)

    def link(self, part_number: int, sketches: Sketches) -> Iterator[pa.RecordBatch]:
        """The links of one key column and hash range."""
        for links in self.part_links(part(part_number, self.ranges(sketches)), sketches):
            yield pa.RecordBatch.from_arrays([*map(pa.array, links)], schema=LINK_SCHEMA)

    def link_schema(self) -> pa.Schema:
        """Pairs of rows."""
        return LINK_SCHEMA

    def verdict_schema(self) -> pa.Schema:
        """The members of clusters; a row that is not there stands alone."""
        return VERDICT_SCHEMA

    def earlier(self) -> Index | None:
        """The index of earlier dumps that the run is compared with."""
        return None

    def remember(self, found: Clusters, best: Representatives, names: Names, sketches: Sketches, index: Index) -> None:
        """What is kept of the run for later ones; `index` is what it was compared with."""

    def settle(self, links: Iterable[pa.RecordBatch], sketches: Sketches) -> Iterator[pa.RecordBatch]:
        """One pass over the links, then over what chooses and names the representatives."""
        index = self.earlier()
        parents = new_parents(sketches.num_rows + (index.num_members if index else 0))
        for batch in links:
            join(parents, Links(*(numbers(batch, name) for name in LINK_SCHEMA.names)))
        if index:
            join_members(parents, index, sketches.num_rows)
        found = clusters(parents)
        best = Representatives(found.num_clusters)
        for batch in sketches.scan(["order", "id_hash", "copies"]):
            row = numbers(batch, "row")
            of_each = [numbers(batch, name) for name in ("order", "id_hash", "copies")]
            best.offer(found.of[row], of_each[0], of_each[1], row, of_each[2])
        if index:
            offer_members(found, best, index, sketches.num_rows)
        names, content = self._named(best, index, sketches)
        yield from self._verdict(found, best, names, content, sketches)
        if index:
            self.remember(found, best, names, sketches, index)

    def _named(
        self, best: Representatives, index: Index | None, sketches: Sketches
    ) -> tuple[Names, npt.NDArray[np.uint64]]:
        """Id, dump and compared hash of each cluster's representative, in the order of the clusters."""
        by_row = np.argsort(best.row)
        rows = best.row[by_row]
        ids, dumps = [pa.array([], pa.large_string())], [pa.array([], pa.string())]
        content = np.zeros(len(rows), np.uint64)
        documents = ((numbers(b, "row"), b) for b in sketches.scan(["id", *([self.compared] if self.compared else [])]))
        members = ((sketches.num_rows + number, b) for number, b in index.members()) if index else ()
        for row, batch in chain(documents, members):
            standing = slice(*np.searchsorted(rows, [row[0], row[-1] + 1])) if len(row) else slice(0)
            places = np.searchsorted(row, rows[standing])
            named = batch.take(pa.array(places))
            ids.append(named.column("id").cast(pa.large_string()))
            dumps.append(named.column("dump") if "dump" in named.schema.names else pa.nulls(len(places), pa.string()))
            if self.compared:
                content[by_row[standing]] = numbers(named, self.compared)
        order = pa.array(np.argsort(by_row))
        return Names(_joined(ids).take(order), _joined(dumps).take(order)), content

    def _verdict(
        self,
        found: Clusters,
        best: Representatives,
        names: Names,
        content: npt.NDArray[np.uint64],
        sketches: Sketches,
    ) -> Iterator[pa.RecordBatch]:
        """What each member of a cluster is told."""
        for batch in sketches.scan([self.compared] if self.compared else []):
            row = numbers(batch, "row")
            cluster = found.of[row]
            members = cluster != ALONE
            row, cluster = row[members], cluster[members].astype(np.int64)
            same = np.ones(len(row), np.bool_)
            if self.compared:
                same = content[cluster] == numbers(batch, self.compared)[members]
            where = pa.array(cluster, mask=best.row[cluster] == row)
            arrays = [
                pa.array(row),
                pa.array(best.id_hash[cluster]),
                pa.array(best.copies[cluster]),
                names.ids.take(where).cast(pa.string()),
                names.dumps.take(where),
                pa.array(same),
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=VERDICT_SCHEMA)

    def decide(self, batch: pa.RecordBatch, verdict: pa.Table) -> pa.RecordBatch:
        """Every document with its cluster's columns; the ones that another stands for fall."""
        row = batch.column("row").to_numpy()
        told = verdict["row"].to_numpy()
        place = np.searchsorted(told, row)
        place[place == len(told)] = 0
        member = told[place] == row if len(told) else np.zeros(len(row), np.bool_)
        where = pa.array(place, mask=~member)
        duplicate_of = _one(verdict["duplicate_of"]).take(where)
        size = _one(verdict["cluster_size"]).take(where).fill_null(0).to_numpy(zero_copy_only=False)
        size = np.where(member, size, self.copies(batch)).astype(np.int64)
        cluster_id = _one(verdict["cluster_id"]).take(where).fill_null(0).to_numpy(zero_copy_only=False)
        same = _one(verdict["same_content"]).take(where).fill_null(True).to_numpy(zero_copy_only=False)
        falls = duplicate_of.is_valid().to_numpy(zero_copy_only=False)
        columns = {
            self.size_column.name: pa.array(size),
            "cluster_id": pa.array(np.where(member, cluster_id, id_hashes(batch.column("id"))).astype(np.uint64)),
            "duplicate_of": duplicate_of,
            "duplicate_dump": _one(verdict["duplicate_dump"]).take(where),
            **self.weights(size),
        }
        written = self.columns_written()
        return with_columns(
            batch,
            {column.name: columns[column.name] for column in written},
            written,
            drop_reason=pa.array(self.reason(same), pa.string(), mask=~falls),
        )

    def weights(self, size: npt.NDArray[np.int64]) -> dict[str, Any]:
        """More columns that follow from the size of a cluster."""
        return {}

    def warm(self) -> None:
        """Compile the kernels that link and settle."""
        parents = new_parents(2)
        join(parents, equal_key_links(np.zeros(2, np.uint64), np.arange(2)))
        found = clusters(parents)
        zeros = np.zeros(2, np.int64)
        Representatives(1).offer(found.of, zeros, zeros.astype(np.uint64), zeros, zeros)

    def notes(self, verdict: Iterable[pa.RecordBatch]) -> dict[str, Any]:
        """Clusters and duplicates."""
        clusters_found = duplicates = largest = 0
        for batch in verdict:
            duplicates += batch.num_rows - batch.column("duplicate_of").null_count
            clusters_found += batch.column("duplicate_of").null_count
            largest = max(largest, pc.max(batch.column("cluster_size")).as_py() or 0)
        return {"num_clusters": clusters_found, "num_duplicates": duplicates, "largest_cluster": largest}


def _joined(pieces: list[pa.Array]) -> pa.Array:
    """One array of them; they are let go, as names of a hundred million clusters are gigabytes."""
    whole = pa.concat_arrays(pieces)
    pieces.clear()
    return whole


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
