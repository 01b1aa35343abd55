"""E-mail addresses and public IP addresses."""

import ipaddress
import re
from collections.abc import Iterator

from stages.text.numbers import DIGITS, LETTERS, narrow

_LOCAL = f"{DIGITS}{LETTERS}._%+＋．＿\\-－"
_AT = "(?:[@＠]|[ \u3000]?[\\[(（【〔＜<{][ ]?(?i:at|@|＠)[ ]?[\\])）】〕＞>}][ \u3000]?)"
_EMAIL = re.compile(
    f"(?<![{_LOCAL}@＠])(?P<local>[{_LOCAL}]{{1,64}}){_AT}"
    f"(?P<domain>(?:[{DIGITS}{LETTERS}][{DIGITS}{LETTERS}\\-－]{{0,62}}[.．]){{1,5}}(?P<top>[{LETTERS}]{{2,18}}))"
    f"(?![{DIGITS}{LETTERS}@＠_])"
)
# `name@2x.png` is a picture; `git@host` is a service; the example domains are nobody's (RFC 2606).
_FILES = {"png", "jpg", "jpeg", "gif", "webp", "svg", "css", "js", "mp4", "pdf", "html", "php"}
_SERVICES = {"git", "hg", "svn"}
_EXAMPLE = re.compile(r"(?:^|\.)(?:example\.(?:com|net|org|jp|co\.jp|ne\.jp)|[^.]+\.(?:example|test|invalid))$")
_WIDE = str.maketrans({chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)})


def emails(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where e-mail addresses stand in `text[begin:end]`, with `＠` and `[at]` too; not those of example domains.

    >>> text = "taro＠wabun.jp、hanako [at] mail.wabun.jp、icon@2x.png、@taro、user@example.com"
    >>> [text[b:e] for b, e in emails(text, 0, 99)]
    ['taro＠wabun.jp', 'hanako [at] mail.wabun.jp']
    """
    for found in _EMAIL.finditer(text, begin, end):
        domain = found["domain"].translate(_WIDE).lower()
        local = found["local"].translate(_WIDE).lower()
        if domain.rpartition(".")[2] in _FILES or local in _SERVICES or _EXAMPLE.search(domain):
            continue
        if local.strip(".-_+%"):
            yield found.span()


_D = f"[{DIGITS}]"
_IPV4 = re.compile(
    f"(?<![{DIGITS}{LETTERS}.．\\-_])(?:{_D}{{1,3}}[.．]){{3}}{_D}{{1,3}}(?![{DIGITS}{LETTERS}_\\-]|[.．]{_D})"
)
_IPV6 = re.compile("(?<![0-9A-Za-z:.])[0-9A-Fa-f]{1,4}(?:::?[0-9A-Fa-f]{1,4}){2,7}(?:::)?(?![0-9A-Za-z:])")
_A_VERSION = re.compile(
    r"(?:(?<![A-Za-z])v|ver|version|rev|revision|release|build|firmware|driver|バージョン|ヴァージョン|ビルド|リリース|ファームウェア|ファーム|リビジョン"
    r"|ドライバー?|アップデート|更新|第|§|図|表|章|節)[\s.:：はを]{0,3}$",
    re.IGNORECASE,
)
_MORE_OF_A_VERSION = re.compile("[ \u3000]?(?:版|以降|以前|以上|未満|より前|より後|系|[章節項条図表])")
_A_HEADING = re.compile("(?:[.．][ \u3000]*|[ \u3000]+)[ァ-ヶ一-龥]|[.．](?:[ \u3000\n]|$)")
_NAMED = re.compile(
    r"(?:IP|ＩＰ|アドレス|ホスト|サーバー?|接続|アクセス|[信投稿]元|投稿者|DNS|ping|host|server|addr|listen|from)[^\n]{0,8}$",
    re.IGNORECASE,
)
_PORT_OR_LOG = re.compile(f"[:：/]{_D}| - - ?\\[|\\)?[ \u3000]?(?:から|より|に接続)")


def public_addresses(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where public IP addresses stand in `text[begin:end]`; private and reserved ones, versions and headings
    are left alone.

    Four numbers below 100 count sections and versions, and are taken for an address only where the text says so.

    >>> text = "接続元は203.104.128.7、ルータは192.168.0.1、バージョン12.34.56.78、第1.2.3.4項"
    >>> [text[b:e] for b, e in public_addresses(text, 0, 99)]
    ['203.104.128.7']
    """
    for found in _IPV4.finditer(text, begin, end):
        before = text[max(0, found.start() - 16) : found.start()]
        if _A_VERSION.search(before) or _MORE_OF_A_VERSION.match(text, found.end()):
            continue
        if not before.rpartition("\n")[2].strip() and _A_HEADING.match(text, found.end()):
            continue
        address = narrow(found[0])
        is_named = _NAMED.search(before) or _PORT_OR_LOG.match(text, found.end())
        if _is_public(address) and (is_named or max(map(int, address.split("."))) > 99):
            yield found.span()
    for found in _IPV6.finditer(text, begin, end):
        if _is_public(found[0]):
            yield found.span()


def _is_public(address: str) -> bool:
    """Whether this is an address that belongs to somebody on the internet."""
    try:
        parsed = ipaddress.ip_address(address)
        return parsed.is_global and not parsed.is_multicast
    except ValueError:
        return False
