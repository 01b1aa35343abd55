"""The pages of a sample before they become records: bytes, and what is true of them."""

from dataclasses import dataclass, replace
from random import Random

from stages.sample.body import Block, blocks_of, main_html, main_text
from stages.sample.charset import Declared, charsets, declare
from stages.sample.layout import STYLES, page_html
from stages.sample.low import LOW_KINDS, low_blocks
from stages.sample.plan import plan
from stages.sample.prose import LANGUAGES, Choice, compose, topics

_HOSTS = ("hinata", "kazemachi", "lantern", "nishiki", "plain", "oldferry", "tsubame", "midori", "harbour", "sora")
_ENDS = ("example", "example.com", "example.org", "example.net", "test")
_HTML_LANG = {"ja": "ja", "en": "en", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "ko": "ko"}
_PARTS_OF_A_SITE = {"blog", "docs", "forum", "municipal", "news", "qa", "recipe", "shop"}
_NOT_PROSE = {"redirect", "pdf", "revisit", "garbage_body"}


@dataclass(frozen=True)
class Page:
    """A page as its server sends it. `what` is its place in the plan, `blocks` its main part."""

    what: str
    language: str
    kind: str
    url: str
    declared: Declared
    blocks: tuple[Block, ...]
    body: bytes
    original: int | None = None  # index, in the order of making, of the page that this one repeats

    @property
    def text(self) -> str:
        """The main text, a line per block."""
        return main_text(list(self.blocks))


def make_pages(num_pages: int, seed: int) -> list[Page]:
    """All pages, in the plan's order; repeated pages come after their originals."""
    planned = plan(num_pages)
    stock = {language: iter(charsets(language, len(planned))) for language in LANGUAGES}
    earlier: dict[tuple[str, str], list[Choice]] = {}
    pages: list[Page] = []
    originals: list[int] = []
    for number, (what, language) in enumerate(planned):
        random = Random(f"wabun sample {seed} {number}")
        if what in ("exact", "near") and originals:
            original = originals[random.randrange(len(originals))]
            pages.append(_repeat(pages[original], original, what, random))
            continue
        if what in _NOT_PROSE:
            pages.append(Page(what, "", what, _url(what, random), Declared("", None, None), (), b""))
            continue
        declared = declare(next(stock[language]), random)
        if what in LOW_KINDS:
            kind, blocks = what, low_blocks(what, random)
        elif what == "not_found":
            kind, blocks = what, [Block("h1", "404 Not Found", 0), Block("p", _MISSING[language], 1)]
        else:
            found = topics(language)
            topic = found[number % len(found)]
            article = compose(topic, random, earlier.setdefault((language, topic.name), []))
            earlier[language, topic.name].append(article.choice)
            kind = random.choice(topic.kinds)
            blocks = blocks_of(article, kind, random)
        page = Page(what, language, kind, _url(kind, random), declared, tuple(blocks), b"")
        if what == "prose" and language == "ja":
            originals.append(number)
        pages.append(_rendered(page, random))
    return pages


_MISSING = {
    "ja": "お探しのページは見つかりませんでした。移動または削除された可能性があります。",
    "en": "The page you are looking for could not be found.",
}


def _url(kind: str, random: Random) -> str:
    """An address under a name that RFC 2606 and RFC 6761 reserve."""
    part = kind if kind in _PARTS_OF_A_SITE else "p"
    host = f"{random.choice(('www', 'blog', part))}.{random.choice(_HOSTS)}.{random.choice(_ENDS)}"
    scheme = "https" if random.random() < 0.8 else "http"
    return f"{scheme}://{host}/{part}/{random.randint(2008, 2025)}/{random.randint(1, 99999):05d}.html"


def _rendered(page: Page, random: Random) -> Page:
    style = random.choice(STYLES[:3] if page.kind in ("shop", "recipe") else STYLES)
    meta = f'<meta charset="{page.declared.meta}">' if page.declared.meta else ""
    if meta and style in ("tables", "breaks"):
        meta = f'<meta http-equiv="Content-Type" content="text/html; charset={page.declared.meta}">'
    page_source = page_html(
        main_html(list(page.blocks), page.kind, page.language, style, random),
        title=page.blocks[0].text,
        language=page.language,
        style=style,
        lang_attribute=_HTML_LANG[page.language] if random.random() < 0.8 else None,
        meta=meta,
        random=random,
    )
    return replace(page, body=page.declared.encode(page_source))


def _repeat(page: Page, original: int, what: str, random: Random) -> Page:
    """The page once more: the very bytes, or its main text in another site's dress; near ones with small changes."""
    url = _url(page.kind, random)
    if what == "exact" and random.random() < 0.5:
        return replace(page, what=what, url=url, original=original)
    blocks = list(page.blocks)
    if what == "near":
        blocks = _edited(blocks, random)
    declared = declare("utf-8", random) if random.random() < 0.3 else page.declared
    repeated = replace(page, what=what, url=url, declared=declared, blocks=tuple(blocks), original=original)
    return _rendered(repeated, random)


def _edited(blocks: list[Block], random: Random) -> list[Block]:
    """Small changes: a sentence less, a line of origin more, other figures."""
    paragraphs = [i for i, block in enumerate(blocks) if block.tag == "p" and block.text.count("。") > 1]
    edit = random.choice(("cut", "source", "both"))
    if edit != "source" and paragraphs:
        at = random.choice(paragraphs)
        blocks[at] = blocks[at]._replace(text=blocks[at].text.split("。", 1)[1])
    if edit != "cut" or not paragraphs:
        blocks.append(
            Block("p", f"（この文章は{random.randint(2010, 2025)}年に書かれたものの再掲です。）", blocks[-1].group)
        )
    return blocks
