"""What surrounds a main text: the layouts of sites, with navigation, sidebars, footers, banners and scripts."""

import html
from collections.abc import Callable
from random import Random

from stages.sample.prose import Slots, slots_of, topics

STYLES = ("semantic", "divs", "portal", "tables", "breaks")
_SCRIPT = """<script>window.dataLayer=window.dataLayer||[];function tag(){dataLayer.push(arguments)}
tag("config","X-%d");document.write('<img src="/beacon.gif?t=%d" alt="">');</script>"""
_CSS = "body{margin:0;font-family:sans-serif}.nav li{display:inline}#side{float:right;width:%dpx}.ad{min-height:%dpx}"


def page_html(
    main: str, *, title: str, language: str, style: str, lang_attribute: str | None, meta: str, random: Random
) -> str:
    """The whole page. `meta` declares the charset, or is empty."""
    chrome = slots_of(language, "chrome")
    site = random.choice(chrome["site"])
    lang = f' lang="{lang_attribute}"' if lang_attribute else ""
    old = style in ("tables", "breaks")
    doctype = '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">' if old else "<!DOCTYPE html>"
    head = [meta, f"<title>{html.escape(title)} | {site}</title>"]
    if not old:
        head.append(f'<meta name="description" content="{html.escape(title)} - {site}">')
        head.append(f"<style>{_CSS % (random.randint(180, 300), random.randint(60, 250))}</style>")
        head.append(_SCRIPT % (random.randint(1000, 9999), random.randint(10**6, 10**7)))
    body = _LAYOUTS[style](main, chrome, site, language, random)
    lines = [doctype, f"<html{lang}>", "<head>", *filter(None, head), "</head>", "<body>", body, "</body>", "</html>"]
    return "\n".join(lines) + "\n"


Chrome = dict[str, tuple[str, ...]]


def _links(words: tuple[str, ...] | list[str], random: Random, tag: str = "li") -> str:
    return "".join(f'<{tag}><a href="/p/{random.randint(1, 9999)}.html">{html.escape(w)}</a></{tag}>' for w in words)


def _headlines(language: str, count: int, random: Random) -> list[str]:
    """Titles of other pages, as sidebars list them."""
    chosen = random.choices(topics(language), k=count)
    return [Slots(topic.slots, random).fill(random.choice(topic.titles)) for topic in chosen]


def _aside(chrome: Chrome, language: str, random: Random) -> str:
    parts = []
    for heading in random.sample(chrome["aside"], 3):
        links = _links(_headlines(language, random.randint(3, 6), random), random)
        parts.append(f'<div class="widget"><h3>{heading}</h3><ul>{links}</ul></div>')
    return "\n".join(parts)


def _cookie(chrome: Chrome, random: Random) -> str:
    buttons = "".join(f"<button>{b}</button>" for b in chrome["agree"][:2])
    return f'<div class="cookie-consent" role="dialog"><p>{random.choice(chrome["cookie"])}</p>{buttons}</div>'


def _footer(chrome: Chrome, site: str, random: Random) -> str:
    lines = "".join(f"<p>{line}</p>" for line in random.sample(chrome["footer"], 2))
    return f"{lines}<p>&copy; {random.randint(2015, 2025)} {site}</p>"


def _semantic(main: str, chrome: Chrome, site: str, language: str, random: Random) -> str:
    return f"""{_cookie(chrome, random) if random.random() < 0.5 else ""}
<header><a href="/" class="logo">{site}</a><nav><ul>{_links(chrome["nav"], random)}</ul></nav></header>
<main><article>
{main}
<div class="share"><span>{chrome["share"][0]}</span> {_links(chrome["share"][1:], random, "span")}</div>
</article></main>
<aside>{_aside(chrome, language, random)}</aside>
<footer>{_footer(chrome, site, random)}</footer>"""


def _divs(main: str, chrome: Chrome, site: str, language: str, random: Random) -> str:
    return f"""<div id="wrapper"><div id="header"><div class="site-title"><a href="/">{site}</a></div>
<ul class="nav" id="gnav">{_links(chrome["nav"], random)}</ul></div>
<p class="breadcrumb"><a href="/">{chrome["nav"][0]}</a> &gt; <a href="/c/">{chrome["nav"][2]}</a></p>
<div id="content"><div class="entry-meta">{random.choice(chrome["by"])}</div>
<div class="entry-content">
{main}
</div>
<ul class="sns-buttons">{_links(chrome["share"], random)}</ul>
<div class="pager">{_links(chrome["more"][1:4], random, "span")}</div></div>
<div id="side">{_aside(chrome, language, random)}</div>
<div id="footer">{_footer(chrome, site, random)}</div></div>"""


def _portal(main: str, chrome: Chrome, site: str, language: str, random: Random) -> str:
    top = _links(_headlines(language, 8, random), random)
    ad = f'<div class="ad" id="ad-{random.randint(1, 99)}"><!-- ad --></div>'
    return f"""{_cookie(chrome, random)}
<div class="topbar"><a href="/">{site}</a> {_links(chrome["nav"], random, "span")}</div>
<div class="ranking"><h2>{chrome["aside"][0]}</h2><ol>{top}</ol></div>
{ad}
<section class="article-body">
{main}
</section>
{ad}
<div class="recommend"><h2>{chrome["aside"][2]}</h2><ul>{_links(_headlines(language, 6, random), random)}</ul></div>
<noscript><img src="/n.gif" alt=""></noscript>
<div class="site-footer">{_footer(chrome, site, random)}</div>"""


def _tables(main: str, chrome: Chrome, site: str, language: str, random: Random) -> str:
    menu = "<br>\n".join(f'<a href="m{i}.html">{word}</a>' for i, word in enumerate(chrome["nav"]))
    return f"""<table width="760" border="0" cellpadding="4"><tr><td colspan="2" bgcolor="#336699">
<font size="5" color="white">{site}</font></td></tr>
<tr><td width="140" valign="top">{menu}</td><td valign="top">
{main}
<hr><a href="index.html">{chrome["more"][1]}</a>
</td></tr>
<tr><td colspan="2" align="center"><font size="1">{random.choice(chrome["footer"])}</font></td></tr></table>"""


def _breaks(main: str, chrome: Chrome, site: str, language: str, random: Random) -> str:
    links = " | ".join(f'<a href="{i}.htm">{word}</a>' for i, word in enumerate(chrome["more"]))
    return f"""<center><a href="index.htm">{site}</a></center><hr>
<div class="diary">
{main}
</div>
<hr>{links}
<address>{random.choice(chrome["by"])}</address>"""


_LAYOUTS: dict[str, Callable[[str, Chrome, str, str, Random], str]] = {
    "semantic": _semantic,
    "divs": _divs,
    "portal": _portal,
    "tables": _tables,
    "breaks": _breaks,
}
