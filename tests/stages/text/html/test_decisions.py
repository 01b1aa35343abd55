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


def test_a_line_that_recurs_outside_the_main_element_is_dropped():
    menu = "<ul><li>印の行<li>次の行<li>別の行</ul>"
    assert not kept(f"{menu}<div><h1>朝の小屋</h1>{PROSE}</div>{menu}")
    assert kept(f"{menu}<div><h1>朝の小屋</h1>{PROSE}</div>")


def test_a_line_that_recurs_in_the_main_element_is_kept():
    assert kept(f"<div>{PROSE}<p>印の行</p>{PROSE}<p>印の行</p>{PROSE}</div>")


def test_links_outside_the_main_element_are_dropped_where_they_stand_in_a_layout_table():
    menu = "<br>".join(f"<a href={name}>{name}</a>" for name in ("島の話", "印の行", "山の話", "川の話"))
    assert not kept(f"<table><tr><td>{menu}<td><h1>朝の小屋</h1>{PROSE}</table>")


@pytest.mark.parametrize(
    "line", ["投稿者：印の行", "<address>担当：印の行</address>", '<div class="post-meta">印の行</div>']
)
def test_a_byline_is_dropped(line):
    assert not kept(f"<div>{line}</div><div>{PROSE}</div>")


@pytest.mark.parametrize("line", ["投稿者の印の行", '<div class="post-meta"><h2>印の行</h2></div>'])
def test_what_only_resembles_a_byline_is_kept(line):
    assert kept(f"<div>{line}</div><div>{PROSE}</div>")


@pytest.mark.parametrize("page", ["<p>当サイトはクッキーを利用します。</p>", "<p>写真の無断転載を禁じます。</p>"])
def test_a_notice_is_dropped_though_it_is_a_sentence(page):
    text = extract(f"<div>{PROSE}</div>{page}".encode()).text
    assert text.endswith("流れこんでくる。")


def test_the_site_s_name_before_the_text_is_dropped_and_within_it_kept():
    head = "<title>朝の小屋 | 印の行</title>"
    assert not kept(f"{head}<div>印の行</div><h1>朝の小屋</h1>{PROSE}")
    assert kept(f"{head}<h1>朝の小屋</h1>{PROSE}<div>印の行</div>{PROSE}")
    assert kept("<title>朝の小屋 | 印の行</title><p>印の行</p>")
