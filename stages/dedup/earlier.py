"""Earlier dumps in a run: their members join its clusters and stand for its documents; then the run is remembered.

A member of the index has the number `num_rows + member`, after all documents of the run.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.stage import Sketches
from stages.dedup.columns import numbers
from stages.dedup.dump_files import KeyRange, write_dump
from stages.dedup.index import MEMBER_SCHEMA, Index, Keys, Numbers
from stages.dedup.ordering import LAST
from stages.dedup.parts import Part, num_ranges, part
from stages.groups.components import ALONE, Clusters, Parents, join
from stages.groups.links import Links, Piles, equal_key_links
from stages.groups.representatives import Representatives

_EARLIER = 2 * LAST  # taken from the order of a member, so that it is before every document of the run
_SORTED_BYTES = 64  # of a key and its member: read, joined and sorted


class Names(NamedTuple):
    """Id and dump of each cluster's representative; a dump of null is the run itself."""

    ids: pa.Array
    dumps: pa.Array


def member_links(piles: Piles, index: Index, column: str, share: Part, num_rows: int) -> Iterator[Links]:
    """Links among documents of the run, which are in the piles, and between them and members, by one part's keys."""
    for keys, members in index.keys(column, share.low, share.high):
        piles.add(keys, num_rows + members)
    for links in piles.links():
        ours = links.first < num_rows  # documents come first, so a bucket that begins with a member has none
        yield Links(links.row[ours], links.first[ours])


def join_members(parents: Parents, index: Index, num_rows: int) -> None:
    """Joins what earlier dumps have found to be one: members of one cluster, and those of the same id."""
    hashes = [np.empty(0, np.uint64)]
    for members, batch in index.members():
        cluster = batch.column("cluster").to_numpy()
        others = cluster != members
        join(parents, Links(*((num_rows + ends[others]).astype(np.uint32) for ends in (members, cluster))))
        hashes.append(batch.column("id_hash").to_numpy())
    ids = np.concatenate(hashes)
    join(parents, equal_key_links(ids, num_rows + np.arange(len(ids))))


def offer_members(found: Clusters, best: Representatives, index: Index, num_rows: int) -> None:
    """Members go before all documents of the run, and among themselves by their order."""
    for members, batch in index.members():
        row = num_rows + members
        order, id_hash, copies = (numbers(batch, name) for name in ("order", "id_hash", "copies"))
        best.offer(found.of[row], order - _EARLIER, id_hash, row, copies)


class Memory:
    """What an index keeps of a run: a member for each of its clusters, and for each document that stands alone."""

    def __init__(
        self, dump: str, found: Clusters, best: Representatives, names: Names, sketches: Sketches, index: Index
    ) -> None:
        self._dump, self._found, self._best, self._names = dump, found, best, names
        self._sketches, self._index = sketches, index
        num_rows = sketches.num_rows
        self._met = np.zeros(found.num_clusters, np.bool_)  # clusters that have documents of the run
        of = found.of[:num_rows]
        self._met[of[of != ALONE]] = True
        self._number = np.cumsum(self._met) - 1  # of a cluster's member
        self._num_clusters = int(self._met.sum())
        self._own = np.zeros(found.num_clusters, np.int64)
        self._alone = np.full(num_rows, -1, np.int64)  # number of the member of a document that stands alone
        count = self._num_clusters
        for batch in sketches.scan(["copies"]):
            row = batch.column("row").to_numpy()
            cluster = of[row]
            np.add.at(self._own, cluster[cluster != ALONE], batch.column("copies").to_numpy()[cluster != ALONE])
            single = row[cluster == ALONE]
            self._alone[single] = count + np.arange(len(single))
            count += len(single)

    def write(self, columns: Sequence[str], memory: int) -> None:
        """Add the run to the index that it was compared with. Raises StorageError when others came meanwhile."""
        ranges = num_ranges(self._sketches.num_sketched, _SORTED_BYTES, memory)
        keys = {column: self._keys(column, ranges) for column in columns}
        write_dump(self._index, self._dump, self._members(), keys, compared_with=[*self._index.told])

    def _members(self) -> Iterator[pa.RecordBatch]:
        """Clusters, then documents that stand alone, then members of earlier dumps that were joined to a cluster."""
        met = np.flatnonzero(self._met)
        order = self._best.order[met]
        order = np.where(order < -LAST, order + _EARLIER, order)
        names, dumps = (array.take(pa.array(met)) for array in self._names)
        yield self._batch(names, dumps, self._best.id_hash[met], order, self._own[met], np.arange(len(met)))
        of = self._found.of
        number = self._num_clusters
        for batch in self._sketches.scan(["id", "id_hash", "order", "copies"]):
            single = batch.filter(pa.array(of[batch.column("row").to_numpy()] == ALONE))
            id_hash, order, copies = (single.column(name).to_numpy() for name in ("id_hash", "order", "copies"))
            own = pa.nulls(single.num_rows, pa.string())
            cluster = number + np.arange(single.num_rows)
            yield self._batch(single.column("id"), own, id_hash, order, copies, cluster)
            number += single.num_rows
        for members, batch in self._index.members():
            cluster = of[self._sketches.num_rows + members]
            joined = np.flatnonzero(cluster != ALONE)
            id_hash = batch.column("id_hash").to_numpy()
            joined = joined[self._met[cluster[joined]] & (id_hash[joined] != self._best.id_hash[cluster[joined]])]
            which = pa.array(joined)
            order, none = batch.column("order").to_numpy()[joined], np.zeros(len(joined), np.int64)
            names, dumps = batch.column("id").take(which), batch.column("dump").take(which)
            yield self._batch(names, dumps, id_hash[joined], order, none, self._number[cluster[joined]])

    def _batch(
        self, ids: pa.Array, dumps: pa.Array, id_hash: Keys, order: Numbers, copies: Numbers, cluster: Numbers
    ) -> pa.RecordBatch:
        columns = [
            ids.cast(pa.string()),
            dumps.fill_null(self._dump),
            *map(pa.array, (id_hash, order, copies)),
            pa.array(cluster, pa.int64()),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=MEMBER_SCHEMA)

    def _keys(self, column: str, ranges: int) -> Iterator[KeyRange]:
        """Keys of one column and their members, range by range."""
        for number in range(ranges):
            yield self._key_pieces(column, part(number, ranges))

    def _key_pieces(self, column: str, share: Part) -> Iterator[tuple[Keys, Numbers]]:
        for batch in self._sketches.scan([column], between=share.between(column)):
            row = batch.column("row").to_numpy()
            cluster = self._found.of[row]
            single = cluster == ALONE
            member = self._alone[row]
            member[~single] = self._number[cluster[~single]]
            yield batch.column(column).to_numpy(), member
