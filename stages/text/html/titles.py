"""The page's own title among what it declares, with the site's name taken off."""

import re
from collections.abc import Sequence

_DIVIDER = re.compile(r"\s+[|｜\-‐–—:：»«/／]\s+|\s*[|｜]\s*|\s+[-–—]\s*|【[^】]{1,30}】$")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_LONGEST = 300
_SHORTEST_HEADING = 2


def tidy(text: str) -> str:
    """White space of the source as one blank, none at the ends; full-width spaces inside stay."""
    return _SPACE.sub(" ", text).strip()[:_LONGEST]


def page_title(title: str, og_title: str, headings: Sequence[str], site_name: str) -> str | None:
    """The title of the page itself: the title element without the site's name, or what stands in for it.

    A part of the title element is the page's own when a heading or og:title says the same; else the name that
    og:site_name declares is taken off; else a divided title loses its shortest last part.

    >>> page_title("桜の開花について｜みどり市", "", [], "みどり市")
    '桜の開花について'
    >>> page_title("みどり市 - 桜の開花について", "", ["桜の開花について"], "")
    '桜の開花について'
    >>> page_title("C++ - 入門", "", [], ""), page_title("東京-大阪間の運賃", "", [], "")
    ('C++ - 入門', '東京-大阪間の運賃')
    >>> page_title("", "", ["お知らせ"], "") is None, page_title("", "", [], "") is None
    (False, True)
    """
    title, og_title, site_name = tidy(title), tidy(og_title), tidy(site_name)
    headings = [heading for heading in map(tidy, headings) if len(heading) >= _SHORTEST_HEADING]
    if not title:
        return og_title or (headings[0] if headings else None)
    for own in (og_title, *headings):
        if own and own != title and own != site_name and own in title and _divides(title, own):
            return own
    if site_name and title != site_name:
        trimmed = _without(title, site_name)
        if trimmed:
            return trimmed
    return title


def site_of(title: str, own: str | None, site_name: str) -> str | None:
    """The site's name: as og:site_name declares it, else what the title element has beside the page's own title.

    >>> site_of("桜の開花について｜みどり市", "桜の開花について", ""), site_of("桜の開花", "桜の開花", "")
    ('みどり市', None)
    """
    title, site_name = tidy(title), tidy(site_name)
    return site_name or (_without(title, own) if own else "") or None


def _divides(title: str, own: str) -> bool:
    """Whether the title is `own` and something else behind or before a divider."""
    start = title.find(own)
    before, after = title[:start].rstrip(), title[start + len(own) :].lstrip()
    return (not before or before[-1] in "|｜-‐–—:：»«/／】<>") and (not after or after[0] in "|｜-‐–—:：»«/／【<>(（")


def _without(title: str, site_name: str) -> str:
    """The title without the site's name and its divider at either end."""
    for start in (title.rfind(site_name), 0 if title.startswith(site_name) else -1):
        if start > 0 and start + len(site_name) == len(title):
            return re.sub(r"[\s|｜\-‐–—:：»«/／【(（]+$", "", title[:start])
        if start == 0:
            return re.sub(r"^[\s|｜\-‐–—:：»«/／】)）]+", "", title[len(site_name) :])
    return ""
