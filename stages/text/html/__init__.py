"""The main text of an HTML page, and what the page says of itself."""

from typing import NamedTuple

import numpy as np

from stages.text.html.assembly import assemble
from stages.text.html.decisions import decide
from stages.text.html.elements import CHARACTERS_IN, LINK_CHARACTERS_IN
from stages.text.html.scan import scan

MAX_HTML_BYTES = 20_000_000
MAX_DEPTH = 512


class Page(NamedTuple):
    """What one page yields; `reason` says why there is no text, None where there is."""

    text: str = ""
    title: str | None = None
    published: str | None = None
    modified: str | None = None
    author: str | None = None
    canonical_url: str | None = None
    html_language: str | None = None
    robots: str | None = None
    license_url: str | None = None
    link_fraction: float = 0.0
    num_blocks: int = 0
    kept_fraction: float = 0.0
    reason: str | None = None


def extract(
    html: bytes,
    *,
    url: str = "",
    keep_ruby: bool = False,
    robots_header: str = "",
    max_html_bytes: int = MAX_HTML_BYTES,
    max_depth: int = MAX_DEPTH,
) -> Page:
    """The main text of a page in valid UTF-8, and its metadata. Never raises for what a page holds.

    >>> extract("<p>これは<b>太字</b>と<i>斜体</i>、それに普通の字である。".encode()).text
    'これは太字と斜体、それに普通の字である。'
    """
    if len(html) > max_html_bytes:
        return Page(reason="too_large")
    found = scan(html, keep_ruby=keep_ruby, max_depth=max_depth)
    if found.too_deep:
        return Page(reason="too_deep")
    blocks = found.blocks
    if len(blocks) == 0:
        return Page(reason="no_text")
    kept = decide(blocks, found.nodes)
    text = assemble(found.text, blocks, found.nodes, kept).tobytes().decode("utf-8", "replace")
    characters = int(blocks[:, CHARACTERS_IN].sum(dtype=np.int64))
    return Page(
        text=text,
        link_fraction=float(blocks[:, LINK_CHARACTERS_IN].sum(dtype=np.int64) / characters),
        num_blocks=len(blocks),
        kept_fraction=float(blocks[kept, CHARACTERS_IN].sum(dtype=np.int64) / characters),
        reason=None if text else "no_text",
    )
