"""Decode pages by the evidence of their bytes."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pyarrow as pa

from pipeline.stage import Column, Fraction, Transform, with_columns
from stages.text.charset import detect, japanese_readings, utf8_reading
from stages.text.decoding import decode
from stages.warc.http import declared_charset


@dataclass(frozen=True, kw_only=True)
class Decode(Transform):
    """Decode pages to text and drop those that do not decode."""

    reads: ClassVar = ("payload", "http_content_type")
    writes: ClassVar = (
        Column("html", pa.large_string(), "the decoded page, without NUL characters", transient=True),
        Column("charset", pa.string(), "encoding the page was in, by its bytes: WHATWG name in lower case"),
        Column("replacement_fraction", pa.float64(), "share of U+FFFD in the decoded page", "fraction"),
    )

    max_replacement_fraction: Annotated[Fraction, "largest share of characters that did not decode"] = 0.01

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with `html`, `charset` and `replacement_fraction`."""
        pages: list[str] = []
        charsets: list[str] = []
        fractions: list[float] = []
        for payload, content_type in zip(batch["payload"], batch["http_content_type"].to_pylist(), strict=True):
            content = payload.as_py() or b""
            charset = detect(content, declared_charset(content_type))
            page = decode(content, charset)
            pages.append(page)
            charsets.append(charset)
            fractions.append(page.count("\ufffd") / len(page) if page else 0.0)
        reasons = ["undecodable" if share > self.max_replacement_fraction else None for share in fractions]
        columns = {"html": pages, "charset": charsets, "replacement_fraction": fractions}
        return with_columns(batch, columns, self.writes, drop_reason=reasons)

    def warm(self) -> None:
        """Compile the kernels."""
        utf8_reading(b"\x82\xa0")
        japanese_readings(b"\x82\xa0")
