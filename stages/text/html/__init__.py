"""The main text of an HTML page, and what the page says of itself."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.text.html.assembly import assemble
from stages.text.html.dates import labelled_dates
from stages.text.html.decisions import decide
from stages.text.html.elements import CHARACTERS_IN, LINK_CHARACTERS_IN, NODE, TAG, TEXT_END, TEXT_START
from stages.text.html.metadata import heading_tags, metadata
from stages.text.html.scan import Scan, scan
from stages.text.html.tables import plain_rows

MAX_HTML_BYTES = 16_000_000  # Common Crawl cuts a page at 5 MiB; legacy encodings grow by half in UTF-8
MAX_DEPTH = 512  # where browsers stop nesting as well
_MOST_HEADINGS = 2
_NUM_DATED_LINES = 100  # lines at either end of a page among which its dates stand


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
    if not html:
        return Page(reason="no_text")
    if len(html) > max_html_bytes:
        return Page(reason="too_large")
    found = scan(html, keep_ruby=keep_ruby, max_depth=max_depth)
    if found.too_deep:
        return Page(reason="too_deep")
    blocks = found.blocks
    if len(blocks) == 0:
        return Page(reason="no_text")
    plain = plain_rows(blocks, found.nodes)
    kept = decide(found, plain)
    about = metadata(html, found.records, _headings(found), url=url, robots_header=robots_header)
    _drop_site_name(found, kept, about.site)
    text = assemble(found, plain, kept)
    published, modified = about.published, about.modified
    if published is None or modified is None:
        ends = np.zeros_like(kept)
        ends[:_NUM_DATED_LINES] = ends[-_NUM_DATED_LINES:] = True
        said_published, said_modified = labelled_dates(assemble(found, plain, ends))
        published, modified = published or said_published, modified or said_modified
    characters = int(blocks[:, CHARACTERS_IN].sum(dtype=np.int64))
    return Page(
        text=text,
        title=about.title,
        published=published,
        modified=modified,
        author=about.author,
        canonical_url=about.canonical_url,
        html_language=about.html_language,
        robots=about.robots,
        license_url=about.license_url,
        link_fraction=float(blocks[:, LINK_CHARACTERS_IN].sum(dtype=np.int64) / characters),
        num_blocks=len(blocks),
        kept_fraction=float(blocks[kept, CHARACTERS_IN].sum(dtype=np.int64) / characters),
        reason=None if text else "no_text",
    )


def _headings(found: Scan) -> list[str]:
    """The texts of the first headings, those of the highest rank first."""
    block_tags = found.nodes[found.blocks[:, NODE], TAG]
    places = [place for tag in heading_tags() for place in np.flatnonzero(block_tags == tag)[:_MOST_HEADINGS]]
    return [_line(found, place) for place in places]


def _line(found: Scan, place: int) -> str:
    row = found.blocks[place]
    return found.text[row[TEXT_START] : row[TEXT_END]].tobytes().decode("utf-8", "replace")


def _drop_site_name(found: Scan, kept: npt.NDArray[np.bool_], site: str | None) -> None:
    """Drop the first kept line where it is the site's name and others follow."""
    first = np.flatnonzero(kept)[:2]
    if site and len(first) == 2 and _line(found, first[0]).strip() == site:
        kept[first[0]] = False
