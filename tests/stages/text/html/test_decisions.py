import pytest

from stages.text.html import extract

PROSE = "<p>山の上の小さな小屋では、毎朝同じ時刻に湯が沸く。戸を開けると、冷たい空気が流れこんでくる。</p>" * 3


def kept(html):
    return "印の行" in extract(html.encode()).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<nav>", "</nav>"),
        ("<footer>", "</footer>"),
        ("<div role=navigation>", "</div>"),
        ('<div class="ad-box">', "</div>"),
        ('<div id="cookie-consent">', "</div>"),
        ("<button>", "</button>"),
        ('<ul class="breadcrumb"><li><a href=/>', "</a></ul>"),
    ],
)
def test_what_is_marked_as_no_text_is_dropped(before, after):
    assert not kept(f"<main>{PROSE}{before}印の行{after}{PROSE}</main>")


@pytest.mark.parametrize(
    "before", ["<p>", "<div>", "<h2>", "<ul><li>", "<blockquote>", "<pre>", "<dl><dd>", "<figcaption>"]
)
def test_short_lines_among_prose_are_kept(before):
    assert kept(f"<main>{PROSE}{before}印の行</main>")


def test_marks_on_most_of_the_page_say_nothing():
    assert kept(f'<div class="sidebar-left nav-wrap">{PROSE}<p>印の行</p></div>')


def test_the_header_of_an_article_is_text_and_that_of_the_page_is_not():
    assert kept(f"<article><header><h1>印の行</h1></header>{PROSE}</article>")
    assert not kept(f"<header><p>印の行</p></header><article>{PROSE}</article>")


def test_an_index_keeps_its_links():
    links = "".join(f"<li><a href=/{i}>第{i}章　山と川の話</a></li>" for i in range(9))
    page = extract(f"<nav><a href=/>入口</a></nav><h1>目録</h1><ul>{links}</ul>".encode())
    assert "・第8章　山と川の話" in page.text
    assert "入口" not in page.text
