"""Canonical URLs: one spelling for the addresses under which one page is captured."""

import re
from urllib.parse import quote, unquote_to_bytes

_DEFAULT_PORTS = {"http": "80", "https": "443"}

# Parameters that tell who sent the visitor and never what is shown: Google Analytics' utm_*, click identifiers of
# advertisers and mailers, and session numbers (names from the vendors' own documentation).
_TRACKING = re.compile(
    r"utm_\w+|gclid|gclsrc|dclid|gbraid|wbraid|gad_source|_ga|_gl|fbclid|igshid|igsh|msclkid|yclid|ldtag_cl|twclid|ttclid"
    r"|li_fat_id|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|hsctatracking|vero_id|oly_enc_id|oly_anon_id|wickedid|s_cid|ref_src"
    r"|phpsessid|jsessionid|aspsessionid\w*",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?", re.DOTALL)
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986, section 2.3
_RESERVED_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(r"[^\x21-\x7e]+|%(?![0-9A-Fa-f]{2})|[\"<>\\^`{|}]")


def canonical_url(url: str) -> str:
    """The same address in one spelling; two addresses that may show different pages stay different.

    http and https are one, as are the default port and none; host in lower case and punycode; fragment, user name,
    tracking parameters and session numbers gone; parameters in order of their names, dots in the path resolved,
    percent escapes unified. What is no web address comes back trimmed.

    >>> canonical_url("HTTP://例え.jp:80/a/../%e3%81%8b?utm_source=x&b=2&a=1#top")
    'https://xn--r8jz45g.jp/%E3%81%8B?a=1&b=2'
    >>> canonical_url("https://example.jp") == canonical_url("http://EXAMPLE.jp/?")
    True
    >>> canonical_url("https://example.jp/A?id=1") == canonical_url("https://example.jp/a?id=1")
    False
    """
    url = url.strip().replace("\t", "").replace("\n", "").replace("\r", "")
    found = _SPLIT.match(url)
    scheme, authority, path, query = found.groups() if found else (None, None, url, None)
    if scheme is None or authority is None or scheme.lower() not in _DEFAULT_PORTS:
        return url
    host = _host(authority.rpartition("@")[2], _DEFAULT_PORTS[scheme.lower()])
    path = re.sub(r";jsessionid=[^/;?]*", "", path, flags=re.IGNORECASE)
    canonical = f"https://{host}{_resolved(_escaped(path))}"
    parts = [part for part in (query or "").split("&") if part and not _TRACKING.fullmatch(part.split("=", 1)[0])]
    kept = sorted(map(_escaped, parts), key=lambda part: part.split("=", 1)[0])
    return f"{canonical}?{'&'.join(kept)}" if kept else canonical


def _host(authority: str, default_port: str) -> str:
    """Host in lower case and punycode, with its port where that is not the default one."""
    host, colon, port = authority.rpartition(":")
    if not colon or (port and not port.isdigit()):
        host, port = authority, ""
    host = unquote_to_bytes(host).decode("utf-8", "replace").rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = quote(host, safe="")
    port = port.lstrip("0")
    return f"{host}:{port}" if port and port != default_port else host


def _resolved(path: str) -> str:
    """The path without `.` and `..` (RFC 3986, section 5.2.4), never empty."""
    if "/." not in path:
        return path or "/"
    out: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            del out[-1:]
        elif part != ".":
            out.append(part)
    if parts[-1] in (".", ".."):
        out.append("")
    return "/" + "/".join(out)


def _escaped(part: str) -> str:
    """Escapes in upper case, none for the unreserved characters, and one for everything that must have one."""
    part = _RESERVED_ESCAPE.sub(_unified, part)
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), part)


def _unified(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()
