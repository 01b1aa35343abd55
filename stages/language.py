"""The stage that keeps what is written in Japanese."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import pyarrow as pa

from pipeline.stage import Column, Fraction, Positive, Transform, with_columns
from stages.lid import EMBEDDED, licence_of, load_model
from stages.text.codepoints import codepoints
from stages.text.language import identify
from stages.text.script_evidence import kinds


@dataclass(frozen=True, kw_only=True)
class Language(Transform):
    """Drop documents that are not written in Japanese, by a fastText model and the scripts of the text."""

    reads: ClassVar = ("text",)
    writes: ClassVar = (
        Column("language", pa.string(), "ISO code of the likeliest language; und: no letters", ""),
        Column("language_score", pa.float64(), "probability of Japanese", "fraction"),
        Column("language_by_script", pa.bool_(), "whether the scripts overruled the model's likeliest language", ""),
    )

    min_score: Annotated[Fraction, "least probability of Japanese kept"] = 0.5
    num_characters: Annotated[Positive, "characters of the text's beginning that the model sees"] = 300
    use_scripts: Annotated[bool, "let kana, Han shapes and their share in the whole text back the model up"] = True
    model: Annotated[str, "lid.176 (embedded) or the path of a fastText model: lid.176.bin, GlotLID, OpenLID"] = (
        EMBEDDED
    )

    def files(self) -> list[Path]:
        """The model, where it is not the embedded one."""
        return [] if self.model == EMBEDDED else [Path(self.model)]

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with each text's language; a null text is an empty one."""
        column = batch.column("text")
        texts = [text or "" for text in column.to_pylist()]
        found = identify(
            texts,
            codepoints(column),
            load_model(self.model),
            num_characters=self.num_characters,
            use_scripts=self.use_scripts,
        )
        columns = {
            "language": found.codes,
            "language_score": found.japanese,
            "language_by_script": found.by_script.tolist(),
        }
        reasons = ["not_japanese" if score < self.min_score else None for score in found.japanese.tolist()]
        return with_columns(batch, columns, self.writes, drop_reason=reasons)

    def check(self) -> list[str]:
        """What keeps the model from being loaded."""
        try:
            load_model(self.model)
        except (OSError, ValueError) as error:
            return [f"language.model: {error}"]
        return []

    def licences(self) -> list[str]:
        """The licence of the model."""
        return [licence_of(self.model)]

    def warm(self) -> None:
        """Load the model and the table of characters."""
        load_model(self.model)
        kinds()
