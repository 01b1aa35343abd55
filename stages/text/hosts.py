"""Hosts of URLs: whose they are, and under which names a list may know them."""

import ipaddress
import re
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

_AUTHORITY = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@\s]*@)?(\[[^\]/?#\s]*\]|[^/?#:\s]*)")
_PORT = re.compile(r"^:\d*")
_MAX_HOST = 253  # octets (RFC 1035)
_MAX_PATH_PARTS = 16  # a listed path is short; a hostile one must not cost a look-up for each slash


def host_of(url: str) -> str:
    """The host of a URL in lower case and punycode, without port and final dot; empty where there is none.

    >>> host_of("https://user@WWW.Example.CO.JP.:8080/a?b"), host_of("//日本語.jp/"), host_of("mailto:a@b.jp")
    ('www.example.co.jp', 'xn--wgv71a119e.jp', '')
    """
    found = _AUTHORITY.match(url)
    return ascii_host(found[1]) if found else ""


def ascii_host(host: str) -> str:
    """A host name as the name system has it; empty for what cannot be one."""
    host = host.strip().rstrip(".").lower()
    if host.startswith("["):
        return host.strip("[]")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return host if len(host) <= _MAX_HOST else ""


@cache
def _suffixes(only_icann: bool) -> PublicSuffixList:
    """The snapshot of the Public Suffix List that the package `publicsuffixlist` ships; the network is never asked."""
    return PublicSuffixList(only_icann=only_icann)


@lru_cache(maxsize=1 << 16)
def registered_domain(host: str) -> str:
    """The name that somebody registered, of a host or of what lies below it; the host itself for an IP address.

    Domains under which a provider gives names to others count as public suffixes, each name being another's.

    >>> registered_domain("www.city.yokohama.example.co.jp"), registered_domain("taro.hatenablog.com")
    ('example.co.jp', 'taro.hatenablog.com')
    """
    if is_ip(host):
        return host
    return _suffixes(False).privatesuffix(host) or host


def is_ip(host: str) -> bool:
    """Whether a host is an IP address and has no domains."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1 << 16)
def host_names(host: str) -> tuple[str, ...]:
    """Names under which a list blocks this host: itself and its parents, up to what was registered under a country.

    Here a provider's domain counts: who lists `hatenablog.com` means all that is below it.

    >>> host_names("a.b.example.co.jp"), host_names("taro.hatenablog.com")
    (('a.b.example.co.jp', 'b.example.co.jp', 'example.co.jp'), ('taro.hatenablog.com', 'hatenablog.com'))
    """
    if not host or is_ip(host):
        return (host,) if host else ()
    top = _suffixes(True).privatesuffix(host) or host
    labels = host.split(".")
    return tuple(".".join(labels[i:]) for i in range(len(labels) - top.count(".")))


def top_level_domain(host: str) -> str:
    """The last label of a host name; empty for an IP address.

    >>> top_level_domain("www.example.co.jp"), top_level_domain("203.0.113.1")
    ('jp', '')
    """
    return "" if is_ip(host) else host.rpartition(".")[2]


def path_of(url: str) -> str:
    """The path of a URL, with its first slash and without query and fragment.

    >>> path_of("https://example.jp:80/a/b?c#d"), path_of("https://example.jp")
    ('/a/b', '')
    """
    found = _AUTHORITY.match(url)
    return _PORT.sub("", url[found.end() :] if found else url).partition("#")[0].partition("?")[0]


def url_names(url: str) -> list[str]:
    """Names under which a list blocks this page: host and path in lower case, cut at every slash, and
    with the query.

    >>> url_names("https://www.example.jp/a/b.html?c=1")[:3]
    ['www.example.jp/a', 'www.example.jp/a/b.html', 'www.example.jp/a/b.html?c=1']
    """
    host = host_of(url)
    path = path_of(url).strip().strip("/")
    _, question, query = url.strip().partition("#")[0].partition("?")
    if not host or not (path or query):
        return []
    parts = path.split("/", _MAX_PATH_PARTS)[:_MAX_PATH_PARTS] if path else []
    paths = ["/".join(parts[: i + 1]) for i in range(len(parts))]
    if len(parts) == _MAX_PATH_PARTS or question:
        paths.append(path + question + query)
    hosts = [host, host.removeprefix("www.")] if host.startswith("www.") else [host]
    return [f"{name}/{path.lower()}" for name in hosts for path in paths]


def listed_name(line: str) -> str:
    """What a line of a host or URL list blocks: a host, a top-level domain, or host and path; empty for a comment.

    >>> [listed_name(line) for line in ("*.5ch.net", "0.0.0.0 ads.example.jp # ad", "http://Example.jp:80/A/", ".xxx")]
    ['5ch.net', 'ads.example.jp', 'example.jp/a', 'xxx']
    """
    words = line.split("#", 1)[0].split()
    if not words:
        return ""
    entry = words[1] if len(words) > 1 and words[0] in {"0.0.0.0", "127.0.0.1", "::1"} else words[0]
    entry = entry.partition("://")[2] or entry
    host, slash, path = entry.partition("/")
    host = host.rpartition("@")[2]
    if not host.startswith("["):
        host = host.partition(":")[0] if host.count(":") == 1 else host
    host = ascii_host(host.removeprefix("*").lstrip("."))
    path = path.strip("/").lower()
    return f"{host}/{path}" if slash and path and host else host
