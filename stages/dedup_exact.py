"""The stage that drops all but one of the documents with the same text, or the same address."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.stage import Column, Sketches
from stages.dedup.clusters import ClusterGather
from stages.dedup.parts import Part
from stages.groups.links import Links
from stages.text.canonical_url import canonical_url
from stages.text.codepoints import Text, codepoints
from stages.text.content_hash import content_hashes
from stages.text.folding import folded


@dataclass(frozen=True, kw_only=True)
class DedupExact(ClusterGather):
    """Drop all but one of the documents whose text, or address, is the same."""

    reads: ClassVar = ("text", "id", "url")
    size_column: ClassVar = Column("num_copies", pa.int64(), "documents of the same text or address, this one too")
    writes: ClassVar = (
        size_column,
        Column("duplicate_of", pa.string(), "id of the document that stands for this one; null for one that is kept"),
    )
    compared: ClassVar = "text_high"

    by: Annotated[
        Literal["text", "url", "both"], "what makes two documents one; both: either, and those joined through a third"
    ] = "text"
    keep_punctuation: Annotated[bool, "let punctuation and symbols make a text another one"] = True
    keep_white_space: Annotated[bool, "let white space make a text another one"] = False

    def key_columns(self) -> tuple[str, ...]:
        """High halves of the hashes; the low halves are compared as well."""
        return {"text": ("text",), "url": ("url",), "both": ("text", "url")}[self.by]

    def bytes_per_row(self) -> int:
        """With the second half of each key."""
        return super().bytes_per_row() + 8

    def sketch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A row per document that has a text: 128-bit hashes of its folded text and of its canonical URL."""
        texts = self._folded(batch.column("text"))
        hashes = {"text": content_hashes(texts)}
        if "url" in self.key_columns():
            urls = pa.array([canonical_url(url or "") or None for url in batch.column("url").to_pylist()], pa.string())
            keys = content_hashes(codepoints(urls))
            nowhere = np.flatnonzero(urls.is_null().to_numpy(zero_copy_only=False))
            keys[nowhere] = content_hashes(codepoints(batch.column("id").cast(pa.string())))[nowhere]
            hashes["url"] = keys
        columns = self.standing(batch)
        for name, halves in hashes.items():
            columns |= {f"{name}_high": pa.array(halves[:, 0]), f"{name}_low": pa.array(halves[:, 1])}
        made = pa.RecordBatch.from_pydict({name: columns[name] for name in self.sketch_schema().names})
        return made.filter(pa.array(texts.lengths() > 0))

    def _folded(self, texts: pa.Array) -> Text:
        return folded(codepoints(texts), keep_punctuation=self.keep_punctuation, keep_white_space=self.keep_white_space)

    def sketch_schema(self) -> pa.Schema:
        """What chooses a representative, and the keys."""
        names = dict.fromkeys(["text", *self.key_columns()])
        keys = [pa.field(f"{name}_{half}", pa.uint64()) for name in names for half in ("high", "low")]
        return pa.schema([*self.standing_schema(), *keys])

    def part_links(self, share: Part, sketches: Sketches) -> Iterator[Links]:
        """Rows whose 128 bits are equal."""
        key = self.key_columns()[share.column]
        return self.dealt(share, sketches, f"{key}_high", f"{key}_low").links()

    def reason(self, same_content: npt.NDArray[np.bool_]) -> list[str]:
        """By text where the text is the representative's."""
        return ["exact_duplicate" if same else "duplicate_url" for same in same_content.tolist()]

    def warm(self) -> None:
        """Compile the kernels."""
        super().warm()
        content_hashes(self._folded(pa.array(["あ"])))
