"""The stage that drops all but one of the documents that are nearly the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import StorageError
from pipeline.stage import Column, Count, Fraction, Positive, Preset, Ratio, Sketches
from stages.dedup.clusters import ClusterGather
from stages.dedup.columns import bytes_of, numbers
from stages.dedup.contents import binary, unpacked
from stages.dedup.earlier import Memory, Names, member_links
from stages.dedup.index import KEY_SCHEMA, MEMBER_SCHEMA, Index, files_of_merged, name_problem
from stages.dedup.parts import Part
from stages.groups.components import Clusters
from stages.groups.links import Links, together
from stages.groups.representatives import Representatives
from stages.groups.verification import Contents, verified
from stages.text.bands import Banding, band_keys, banding_for
from stages.text.codepoints import Text, codepoints
from stages.text.content_hash import content_hashes
from stages.text.folding import folded
from stages.text.minhash import signatures
from stages.text.shingles import HashFunction, distinct, shingles


@dataclass(frozen=True, kw_only=True)
class DedupNear(ClusterGather):
    """Drop all but one of the documents that share most of their character n-grams (MinHash)."""

    reads: ClassVar = ("text", "id")
    size_column: ClassVar = Column("cluster_size", pa.int64(), "near duplicates of the document, itself too")
    writes: ClassVar = (
        size_column,
        Column("cluster_id", pa.uint64(), "names the cluster: hash of the id of the document that stands for it"),
        Column("duplicate_of", pa.string(), "id of the document that stands for this one; null for one that is kept"),
    )

    preset: Annotated[str | None, Preset, "published bands × rows: fineweb, llm-jp-v4 or swallow"] = None
    bands: Annotated[Positive, "keys per document; more find more"] = 14  # FineWeb: Penedo et al., 2024
    rows: Annotated[Positive, "signature values per key; more find fewer that differ"] = 8  # the same
    threshold: Annotated[
        Fraction | None, "Jaccard similarity that must be found; chooses bands and rows in their place"
    ] = None
    recall: Annotated[Fraction, "share of the pairs at `threshold` that must be found"] = 0.9
    num_perm: Annotated[Positive, "most permutations that `threshold` may use"] = 128
    n: Annotated[Positive, "length of an n-gram, in characters"] = 5
    keep_punctuation: Annotated[bool, "let punctuation and symbols count"] = True
    keep_white_space: Annotated[bool, "let white space count"] = False
    hash_function: Annotated[HashFunction, "32-bit hash of an n-gram, as datasketch's"] = "xxh32"
    seed: Annotated[Count, "seed of the permutations, as datasketch's"] = 1
    min_characters: Annotated[Count, "folded texts below this are duplicates only when equal, in characters"] = 20
    verify: Annotated[
        Literal["off", "signature", "exact"],
        "compare documents that share a key: not at all, by whole signatures, or by exact Jaccard similarity",
    ] = "off"
    min_jaccard: Annotated[Fraction, "least similarity of two documents, where `verify` is on"] = 0.7
    count_copies: Annotated[bool, "let cluster_size add up num_copies of dedup_exact"] = False
    index: Annotated[str | None, "folder of an index of earlier dumps; what repeats their documents falls"] = None
    index_as: Annotated[str | None, "name under which this run joins the index, such as CC-MAIN-2024-10"] = None
    repeat: Annotated[
        tuple[tuple[Positive, Ratio], ...], "pairs of least cluster size and weight; adds the column `repeat`"
    ] = ()

    def banding(self) -> Banding:
        """Bands and rows as given, or as `threshold` chooses them."""
        if self.threshold is None:
            return Banding(self.bands, self.rows)
        return banding_for(self.threshold, recall=self.recall, num_perm=self.num_perm)

    def check(self) -> list[str]:
        """A threshold that cannot be reached, an index that was made in another way."""
        if self.index and "://" in self.index:
            return [f"index: {self.index} is no folder on a file system, where a dump takes its place by one rename"]
        try:
            self.banding()
            self.files()
        except (ValueError, StorageError) as error:
            return [str(error)]
        if self.index and not self.index_as and not Path(self.index).is_dir():
            return [f"index: there is no folder {self.index}"]
        if self.index and self.verify != "off":
            return ["verify: an index holds no contents to compare; leave one of the two out"]
        if self.index_as and (problem := name_problem(self.index_as)):
            return [f"index_as: {problem}"]
        return ["index_as: name the index as well"] if self.index_as and not self.index else []

    def scheme(self) -> dict[str, Any]:
        """What two runs must have in common for their keys to be compared."""
        names = (
            "n",
            "keep_punctuation",
            "keep_white_space",
            "hash_function",
            "seed",
            "min_characters",
            "keep",
            "score",
        )
        return {"bands": self.banding().bands, "rows": self.banding().rows} | {n: getattr(self, n) for n in names}

    def earlier(self) -> Index | None:
        """The index without this run, if it is in there already, and without what came after it."""
        return Index(Path(self.index), self.scheme(), but=self.index_as) if self.index else None

    def files(self) -> list[Path]:
        """What tells of a change in the dumps that the run is compared with: not of its own, nor of later ones."""
        if not self.index:
            return []
        merged = files_of_merged(Path(self.index), self.index_as)
        return Index(Path(self.index), self.scheme(), but=self.index_as).files() if merged is None else merged

    def files_to_sketch(self) -> list[Path]:
        """None: sketches are the same whatever they are compared with."""
        return []

    def remember(self, found: Clusters, best: Representatives, names: Names, sketches: Sketches, index: Index) -> None:
        """The run's keys, where the index is to have them. Raises StorageError when others came into it meanwhile."""
        if self.index_as:
            memory = Memory(self.index_as, found, best, names, sketches, index)
            memory.write(self.key_columns(), self.memory)

    def columns_read(self) -> tuple[str, ...]:
        """Also the copies, where they count."""
        return (*super().columns_read(), *(["num_copies"] if self.count_copies else []))

    def columns_written(self) -> tuple[Column, ...]:
        """Also `repeat`, where there is a table for it, and the dump, where there is an index."""
        repeat = Column("repeat", pa.float64(), "how often training should see the document, by its cluster's size")
        dump = Column("duplicate_dump", pa.string(), "dump of the document that stands for this one; null: this run")
        return (*self.writes, *([repeat] if self.repeat else []), *([dump] if self.index else []))

    def content_bytes(self) -> int:
        """Of one document, where they are compared; exact ones are about 2,000 n-grams of 4 bytes."""
        return {"off": 0, "signature": 4 * self.banding().num_perm, "exact": 8000}[self.verify]

    def bytes_per_row(self) -> int:
        """Where documents are compared, with their contents, read and joined, and with the links and their order."""
        return super().bytes_per_row() + (2 * self.content_bytes() + 80 if self.verify != "off" else 0)

    def bytes_per_document(self) -> dict[str, int]:
        """With the contents, and with the run's own place in the index."""
        sizes = super().bytes_per_document()
        remembered = bytes_of(MEMBER_SCHEMA) + len(self.key_columns()) * bytes_of(KEY_SCHEMA) if self.index_as else 0
        return sizes | {"sketch": sizes["sketch"] + self.content_bytes(), "settle": sizes["settle"] + remembered}

    def copies(self, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
        """Documents of the same text that fell before, where they count."""
        if not self.count_copies:
            return super().copies(batch)
        return np.asarray(batch.column("num_copies").fill_null(1).to_numpy(zero_copy_only=False), np.int64)

    def key_columns(self) -> tuple[str, ...]:
        """One column of keys per band."""
        return tuple(f"band_{band:02d}" for band in range(self.banding().bands))

    def sketch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A row per document that has a text: a 64-bit key of each band."""
        banding = self.banding()
        texts = self._folded(batch.column("text"))
        grams = shingles(texts, self.n, self.hash_function)
        found = signatures(grams, banding.num_perm, self.seed)
        keys = band_keys(found, banding)
        short = texts.lengths() < self.min_characters
        keys[:, short] = content_hashes(texts)[short, 0]
        columns = self.standing(batch) | dict(zip(self.key_columns(), map(pa.array, keys), strict=True))
        if self.verify == "signature":
            columns["content"] = binary(found.reshape(-1), np.arange(len(found) + 1) * banding.num_perm)
        elif self.verify == "exact":
            columns["content"] = binary(*distinct(grams))
        made = pa.RecordBatch.from_pydict({name: columns[name] for name in self.sketch_schema().names})
        return made.filter(pa.array(texts.lengths() > 0))

    def _folded(self, texts: pa.Array) -> Text:
        return folded(codepoints(texts), keep_punctuation=self.keep_punctuation, keep_white_space=self.keep_white_space)

    def sketch_schema(self) -> pa.Schema:
        """What chooses a representative, and the keys."""
        contents = [pa.field("content", pa.large_binary())] if self.verify != "off" else []
        keys = (pa.field(name, pa.uint64()) for name in self.key_columns())
        return pa.schema([*self.standing_schema(), *keys, *contents])

    def part_links(self, share: Part, sketches: Sketches) -> Iterator[Links]:
        """Rows whose keys of one band are equal."""
        column = self.key_columns()[share.column]
        piles = self.dealt(share, sketches, column)
        index = self.earlier()
        if index:
            yield from member_links(piles, index, column, share, sketches.num_rows)
        elif self.verify == "off":
            yield from piles.links()
        else:
            links = together(piles.links())
            contents = self._contents(links, sketches, share.between(column))
            yield verified(links, contents, self.min_jaccard, by_position=self.verify == "signature")

    def _contents(self, links: Links, sketches: Sketches, between: tuple[str, int, int] | None) -> Contents:
        """What the linked documents are compared by."""
        wanted = np.unique(np.concatenate([links.row, links.first]))
        schema = pa.schema([self.sketch_schema().field(name) for name in ("row", "order", "id_hash", "content")])
        batches = (
            batch.filter(pa.array(np.isin(numbers(batch, "row"), wanted, assume_unique=True)))
            for batch in sketches.scan(schema.names[1:], between=between)
        )
        table = pa.Table.from_batches(batches, schema)
        values, offsets = unpacked(table["content"])
        standing = [table[name].to_numpy() for name in ("row", "order", "id_hash")]
        return Contents(standing[0], values, offsets, standing[1], standing[2])

    def reason(self, same_content: npt.NDArray[np.bool_]) -> list[str]:
        """One reason for all."""
        return ["near_duplicate"] * len(same_content)

    def weights(self, size: npt.NDArray[np.int64]) -> dict[str, Any]:
        """The weight of the last pair whose size is reached; 1 below the first."""
        if not self.repeat:
            return {}
        table = sorted(self.repeat)
        weights = np.array([1.0, *(weight for _, weight in table)])
        return {"repeat": pa.array(weights[np.searchsorted([least for least, _ in table], size, side="right")])}

    def notes(self, verdict: Iterable[pa.RecordBatch]) -> dict[str, Any]:
        """Also the detection curve."""
        banding = self.banding()
        curve = f"{banding.bands} bands of {banding.rows} rows find: {banding.curve()}"
        return {"detection": curve, **super().notes(verdict)}

    def warm(self) -> None:
        """Compile the kernels."""
        super().warm()
        band_keys(signatures(shingles(self._folded(pa.array(["あ"])), self.n), 1), Banding(1, 1))
        if self.verify != "off":
            rows, values = np.arange(2), np.arange(2, dtype=np.uint32)
            contents = Contents(rows, values, np.arange(3), rows, rows.astype(np.uint64))
            verified(Links(values[1:], values[:1]), contents, self.min_jaccard, by_position=True)
