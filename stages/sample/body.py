"""The main part of a page: its blocks as text, which is the truth, and the same blocks as HTML."""

import html
from random import Random
from typing import NamedTuple

from stages.sample.prose import Article, slots_of

_STEPS = {"recipe": 2, "docs": 2}  # the section that such a page numbers
_READINGS = {
    "商店街": "しょうてんがい",
    "職人": "しょくにん",
    "湿気": "しっけ",
    "収穫": "しゅうかく",
    "堤防": "ていぼう",
    "暖簾": "のれん",
    "砥石": "といし",
    "剪定": "せんてい",
}
_CODE = (
    "[backup]\ninterval = {0}\ntarget = /srv/data/{1}\nverify = yes",
    "$ tool --check /var/lib/{1}\n$ tool --apply --every {0}h\nok: {0} items",
    "for name in $(ls /srv/{1}); do\n  cp -p $name /backup/{0}/\ndone",
    '{{\n  "interval": {0},\n  "folder": "{1}",\n  "notify": true\n}}',
)


class Block(NamedTuple):
    """A run of text without a line break (but for code), and the element that holds it."""

    tag: str  # h1, h2, p, li, pre
    text: str
    group: int  # posts of a thread, items of a list: blocks of one group stand in one container


def blocks_of(article: Article, kind: str, random: Random) -> list[Block]:
    """The article as a page of this kind sets it."""
    thread = kind in ("qa", "forum")
    with_headings = kind in ("docs", "recipe", "municipal") or (not thread and random.random() < 0.6)
    joiner = "" if article.topic.language in ("ja", "zh-Hans", "zh-Hant") else " "
    blocks = [Block("h1", article.title, 0)]
    for number, (heading, sentences) in enumerate(article.sections, 1):
        if with_headings:
            blocks.append(Block("h2", heading, number))
        if kind == "recipe" and number == 2 and article.topic.language == "ja":
            blocks += [Block("li", item, -number) for item in _ingredients(article, random)]
        if _STEPS.get(kind) == number - 1:
            blocks += [Block("li", sentence, number) for sentence in sentences]
        else:
            at = 0
            while at < len(sentences):
                step = random.choice((1, 2, 2, 3))
                blocks.append(Block("p", joiner.join(sentences[at : at + step]), number))
                at += step
        if kind == "docs" and number == 3 and article.topic.name == "software":
            code = random.choice(_CODE).format(random.randint(1, 24), random.choice(("note", "mail", "photo")))
            blocks.append(Block("pre", code, number))
    return blocks


def main_text(blocks: list[Block]) -> str:
    """The text a reader of the page would copy: a line per block."""
    return "\n".join(block.text for block in blocks)


def main_html(blocks: list[Block], kind: str, language: str, style: str, random: Random) -> str:
    """The blocks as HTML. `style` "breaks" parts paragraphs by `<br><br>` as old diaries do."""
    parts: list[str] = []
    chrome = slots_of(language, "chrome")
    thread = kind in ("qa", "forum")
    with_ruby = language == "ja" and random.random() < 0.15
    previous = Block("", "", 0)
    for block in blocks:
        if _in_list(previous) and (not _in_list(block) or block.group != previous.group):
            parts.append("</ol>" if previous.group > 0 else "</ul>")
        if thread and block.group != previous.group:
            parts.append("</div>" if previous.group else "")
            who = f"{random.choice(chrome['post'])} 2025/{random.randint(1, 12)}/{random.randint(1, 28)}"
            parts.append(f'<div class="post"><div class="post-meta"><span class="user">{who}</span></div>')
        if _in_list(block) and (not _in_list(previous) or block.group != previous.group):
            parts.append('<ol class="steps">' if block.group > 0 else '<ul class="ingredients">')
        parts.append(_element(block, style, with_ruby, random))
        previous = block
    if _in_list(previous):
        parts.append("</ol>" if previous.group > 0 else "</ul>")
    if thread and previous.group:
        parts.append("</div>")
    return "\n".join(part for part in parts if part)


def _element(block: Block, style: str, with_ruby: bool, random: Random) -> str:
    text = html.escape(block.text, quote=False)
    if block.tag == "p":
        text = _inline(text, with_ruby, random)
        if style == "breaks":
            return f"{text}<br><br>"
    if block.tag == "h2" and style == "breaks":
        return f"<b>{text}</b><br>"
    if block.tag == "pre":
        return f"<pre><code>{text}</code></pre>"
    return f"<{block.tag}>{text}</{block.tag}>"


def _inline(text: str, with_ruby: bool, random: Random) -> str:
    """The same text with a link, emphasis or readings (ruby) in it."""
    if with_ruby:
        for word, reading in _READINGS.items():
            text = text.replace(word, f"<ruby>{word}<rp>（</rp><rt>{reading}</rt><rp>）</rp></ruby>", 1)
        return text
    at = text.find("、")
    if at > 3 and "&" not in text:
        draw = random.random()
        if draw < 0.08:
            return f"<strong>{text[:at]}</strong>{text[at:]}"
        if draw < 0.14:
            return f'{text[:at]}<i>、</i><a href="/word/{random.randint(1, 99)}">{text[at + 1 :]}</a>'
    return text


def _ingredients(article: Article, random: Random) -> list[str]:
    """Four lines of an ingredient list."""
    vegetables = random.sample(article.topic.slots["veg"], 3)
    amounts = [f"{random.randint(50, 400)}グラム" for _ in vegetables]
    return [f"{v} {a}" for v, a in zip(vegetables, amounts, strict=True)] + [f"しょうゆ 大さじ{random.randint(1, 4)}"]


def _in_list(block: Block) -> bool:
    return block.tag == "li"
