"""The stage that turns a page into its main text and what it says of itself."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Annotated, ClassVar, Literal

import pyarrow as pa

from pipeline.stage import Bytes, Column, Positive, Seconds, Transform, with_columns
from stages.peers.extractors import extractor
from stages.text.html import MAX_DEPTH, MAX_HTML_BYTES, Page, extract


@dataclass(frozen=True, kw_only=True)
class Extract(Transform):
    """Take the main text out of each page, with its title, dates, licence and robots directives."""

    reads: ClassVar = ("html", "url", "http_robots")
    writes: ClassVar = (
        Column("text", pa.string(), "main text of the page, a paragraph a line"),
        Column("title", pa.string(), "the page's title without the site's name; null where it has none"),
        Column("published", pa.string(), "date the page says it was published", "YYYY-MM-DD"),
        Column("modified", pa.string(), "date the page says it was last changed", "YYYY-MM-DD"),
        Column("author", pa.string(), "the declared author"),
        Column("canonical_url", pa.string(), "the address that the page calls its own"),
        Column("html_language", pa.string(), "language tag of the page, in lower case"),
        Column("robots", pa.string(), "restrictions of meta elements and X-Robots-Tag, joined by commas"),
        Column("license_url", pa.string(), "Creative Commons licence that the page links"),
        Column("link_fraction", pa.float64(), "share of the page's visible characters inside links", "fraction"),
        Column("num_blocks", pa.int32(), "lines of visible text on the page", "lines"),
        Column("kept_fraction", pa.float64(), "share of the page's visible characters in main text", "fraction"),
    )

    extractor: Annotated[Literal["wabun", "trafilatura", "resiliparse"], "who takes the text out of the page"] = "wabun"
    keep_ruby: Annotated[bool, "keep readings as 漢字（かんじ）; only wabun can leave them out or keep them"] = False
    max_html_bytes: Annotated[Bytes, "largest page read, in bytes of UTF-8"] = MAX_HTML_BYTES
    max_depth: Annotated[Positive, "deepest nesting of elements read; browsers stop at 512 as well"] = MAX_DEPTH
    page_seconds: Annotated[Seconds, "time that trafilatura or resiliparse may take for a page, in seconds"] = 20.0

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with text and metadata; `drop_reason` says why a page has no text."""
        pages = [
            self._page(html, url or "", robots or "")
            for html, url, robots in zip(
                batch.column("html").cast(pa.large_binary()).to_pylist(),
                batch.column("url").to_pylist(),
                batch.column("http_robots").to_pylist(),
                strict=True,
            )
        ]
        columns = {column.name: [getattr(page, column.name) for page in pages] for column in self.writes}
        return with_columns(batch, columns, self.writes, drop_reason=[page.reason for page in pages])

    def check(self) -> list[str]:
        """A line where the chosen extractor is not installed."""
        if self.extractor == "wabun" or find_spec(self.extractor):
            return []
        return [f"extractor {self.extractor} is not installed: pip install 'wabun[{self.extractor}]'"]

    def warm(self) -> None:
        """Compile the kernels."""
        extract(b"<p>.")

    def _page(self, html: bytes | None, url: str, robots: str) -> Page:
        page = extract(
            html or b"",
            url=url,
            keep_ruby=self.keep_ruby,
            robots_header=robots,
            max_html_bytes=self.max_html_bytes,
            max_depth=self.max_depth,
        )
        if self.extractor == "wabun" or html is None or page.reason in ("too_large", "too_deep"):
            return page
        text, reason = extractor(self.extractor)(html, self.page_seconds)
        return page._replace(text=text, reason=reason)
