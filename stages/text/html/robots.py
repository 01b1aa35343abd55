"""What a page lets robots do with it, from its meta elements and its X-Robots-Tag header."""

import re
from collections.abc import Iterable

# Directives whose value follows a colon; any other name before a colon is a robot's.
_VALUED = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
# Robots that gather text for language models or for Common Crawl: what is said to them is said to us.
_ROBOTS = ("robots", "ccbot", "gptbot", "google-extended", "anthropic-ai", "claudebot", "googlebot")
_NAME = re.compile(r"[a-z][a-z0-9_-]{1,40}")
_DIVIDER = re.compile(r"[,;\s]+")
_MOST, _LONGEST = 32, 4096


def robots_names() -> tuple[str, ...]:
    """Names of meta elements that hold directives for us."""
    return _ROBOTS


def directives(contents: Iterable[str], header: str = "") -> str | None:
    """The restrictions said anywhere, once each, in alphabetical order, joined by commas; None where there are none.

    Directives that allow (`all`, `index`, `follow`) or bound a preview are no restriction of ours and are left out;
    those a header says to a robot by name count only where the robot gathers text as we do.

    >>> directives(["NOINDEX, nofollow"], "noai, noimageai"), directives(["index,follow"], "max-snippet:-1")
    ('noai,nofollow,noimageai,noindex', None)
    >>> directives([], "bingbot: noindex"), directives([], "CCBot: none")
    (None, 'nofollow,noindex')
    >>> directives([], "unavailable_after: 25 Jun 2010 15:00:00 PST")
    'unavailable_after'
    """
    found: set[str] = set()
    for content in contents:
        found.update(_restrictions(content))
    ours = True
    for part in header[:_LONGEST].split(","):
        name, colon, rest = part.partition(":")
        name = name.strip().lower()
        if colon and name not in _VALUED:
            ours = name in _ROBOTS
            part = rest
        if ours:
            found.update(_restrictions(part))
    return ",".join(sorted(found)[:_MOST]) or None


def _restrictions(content: str) -> set[str]:
    found: set[str] = set()
    for part in (
        re.split(r"[,;\s]+", content[:4096].lower()) if ":" not in content else content[:4096].lower().split(",")
    ):
        name = part.partition(":")[0].strip()
        if name == "none":
            found |= {"noindex", "nofollow"}
        elif name == "unavailable_after" or (name.startswith("no") and _NAME.fullmatch(name)):
            found.add(name)
    return found
