"""What a page says of itself: title, dates, author, language, address, licence, robots."""

import html as html_module
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import numpy as np
import numpy.typing as npt

from stages.text.html import scan, tags
from stages.text.html.dates import iso_date
from stages.text.html.robots import directives, robots_names
from stages.text.html.titles import page_title, site_of, tidy

_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>][^\s>]*)))?""")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_LICENCE = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/[a-z0-9+.\-/]*", re.IGNORECASE)
_LONGEST_TAG, _LONGEST_JSON, _LONGEST_VALUE, _LONGEST_URL = 8192, 200_000, 300, 2048
_MOST_JSON_VALUES = 2000

_PUBLISHED = (
    "article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.date", "dcterms.issued",
    "dcterms.created", "pubdate", "publishdate", "publish_date", "cxenseparse:recs:publishtime", "creation_date",
    "og:published_time", "sailthru.date", "article.published", "dc.date.created", "datecreated",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "datemodified", "og:updated_time", "last-modified", "lastmod", "dcterms.modified",
    "dc.date.modified", "modified", "revised", "updated_time",
)  # fmt: skip
_AUTHOR = ("author", "article:author", "dc.creator", "dcterms.creator", "cxenseparse:author", "dc.author")
_ROBOTS = robots_names()


class Metadata(NamedTuple):
    """What is declared; None where nothing is."""

    title: str | None
    site: str | None  # the site's name
    published: str | None
    modified: str | None
    author: str | None
    canonical_url: str | None
    html_language: str | None
    robots: str | None
    license_url: str | None


class _Declared:
    """Values by name as the page declares them, the first of each name first."""

    def __init__(self) -> None:
        self.meta: dict[str, list[str]] = {}
        self.title = self.og_title = self.language = self.canonical = self.licence = ""
        self.times: list[dict[str, str]] = []
        self.json: dict[str, list[str]] = {}

    def first_date(self, names: Sequence[str], json_name: str) -> str | None:
        """The first value that is a date."""
        for value in (*self.json.get(json_name, ()), *(v for name in names for v in self.meta.get(name, ()))):
            found = iso_date(value)
            if found:
                return found
        return None


def attributes(tag: str) -> dict[str, str]:
    """The attributes of one tag, without its name; of two with one name the first counts, as HTML says.

    >>> attributes('lang=ja Class="a &amp; b" hidden')
    {'lang': 'ja', 'class': 'a & b', 'hidden': ''}
    """
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        value = double or single or bare
        found.setdefault(name.lower(), html_module.unescape(value) if "&" in value else value)
    return found


def metadata(
    html: bytes, records: npt.NDArray[np.int64], headings: Sequence[str], *, url: str = "", robots_header: str = ""
) -> Metadata:
    """Read the places that the scan recorded; `headings` are the page's first headings, best first."""
    declared = _Declared()
    for kind, start, end in records.tolist():
        if kind in (scan.TITLE, scan.SCRIPT):
            size = _LONGEST_JSON if kind == scan.SCRIPT else _LONGEST_TAG
            content = html[start : min(end, start + size)].decode("utf-8", "replace")
            if kind == scan.TITLE:
                declared.title = declared.title or html_module.unescape(content)
            else:
                _read_json(content, declared)
        else:
            _read_tag(
                kind, attributes(html[start : min(end, start + _LONGEST_TAG)].decode("utf-8", "replace")), declared
            )
    meta = declared.meta
    published = declared.first_date(_PUBLISHED, "datePublished")
    modified = declared.first_date(_MODIFIED, "dateModified")
    for time in declared.times:
        day = iso_date(time.get("datetime", ""))
        name = (time.get("itemprop", "") + " " + time.get("class", "")).lower()
        if day and ("modif" in name or "updat" in name):
            modified = modified or day
        elif day:
            published = published or day
    author = next((v for v in (*declared.json.get("author", ()), *_values(meta, _AUTHOR)) if "://" not in v), "")
    language = _LANGUAGE.match(declared.language or next(_values(meta, ("content-language",)), "")) or None
    site_name = next(_values(meta, ("og:site_name",)), "")
    title = page_title(declared.title, next(_values(meta, ("og:title",)), ""), headings, site_name)
    return Metadata(
        title=title,
        site=site_of(declared.title, title, site_name),
        published=published,
        modified=modified,
        author=tidy(author)[:_LONGEST_VALUE] or None,
        canonical_url=_absolute(declared.canonical or next(_values(meta, ("og:url",)), ""), url),
        html_language=language[0].replace("_", "-").lower() if language else None,
        robots=directives(_values(meta, _ROBOTS), robots_header),
        license_url=declared.licence or None,
    )


def _values(meta: dict[str, list[str]], names: Sequence[str]) -> Iterator[str]:
    return (value for name in names for value in meta.get(name, ()) if value.strip())


def _read_tag(kind: int, found: dict[str, str], declared: _Declared) -> None:
    """One meta, link, html or time tag, or a link to a licence."""
    if kind == scan.META:
        name = found.get("property") or found.get("name") or found.get("itemprop") or found.get("http-equiv") or ""
        declared.meta.setdefault(name.strip().lower(), []).append(found.get("content", ""))
    elif kind == scan.HTML:
        declared.language = declared.language or found.get("lang") or found.get("xml:lang") or ""
    elif kind == scan.TIME:
        declared.times.append(found)
    relations = found.get("rel", "").lower().split()
    if kind == scan.LINK_TAG and "canonical" in relations:
        declared.canonical = declared.canonical or found.get("href", "")
    if kind in (scan.LINK_TAG, scan.ANCHOR) and not declared.licence:
        licence = _LICENCE.search(found.get("href", "")[:_LONGEST_URL])
        if licence:
            declared.licence = "https://" + licence[0].lower()


def _read_json(content: str, declared: _Declared) -> None:
    """Dates and author of a JSON-LD script; a broken one says nothing."""
    try:
        stack: list[Any] = [json.loads(content.strip().removesuffix(";"), strict=False)]
    except (ValueError, RecursionError):
        return
    for _ in range(_MOST_JSON_VALUES):
        if not stack:
            return
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(reversed(value[:_MOST_JSON_VALUES]))
        elif isinstance(value, dict):
            for name in ("datePublished", "dateModified"):
                if isinstance(value.get(name), str):
                    declared.json.setdefault(name, []).append(value[name])
            for author in _names(value.get("author")):
                declared.json.setdefault("author", []).append(author)
            stack.extend(v for v in reversed(value.values()) if isinstance(v, dict | list))


def _names(author: Any) -> Iterator[str]:
    """The names in an author as schema.org lets it be written: text, an object or a list of them."""
    for one in author if isinstance(author, list) else [author]:
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str) and name.strip():
            yield name


def _absolute(address: str, url: str) -> str | None:
    """An http address made absolute with the page's own; None for anything else."""
    try:
        found = urljoin(url, address.strip()[:_LONGEST_URL]) if address.strip() else ""
        return found if urlsplit(found).scheme in ("http", "https") else None
    except ValueError:
        return None


def heading_tags() -> tuple[int, ...]:
    """The tags of the headings that may be a page's title, best first."""
    return tags.TAGS["h1"], tags.TAGS["h2"]
