"""What holds for any page at all."""

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text.html import extract
from stages.text.html.assembly import assemble
from stages.text.html.scan import scan
from stages.text.html.tables import plain_rows

JAPANESE = st.text("あいうカキ漢字、。「」ーａ１ab 12\n　", max_size=30)
TAGS = (
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "table",
    "tr",
    "td",
    "a href=x",
    "b",
    "span",
    "pre",
    "h2",
    "nav",
    "ruby",
    "rt",
    "dl",
    "dd",
)
PIECES = st.one_of(
    JAPANESE,
    st.sampled_from(TAGS).map("<{}>".format),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag.split()[0]}>"),
    st.sampled_from(
        ["<br>", "<!-- 注 -->", "&amp;", "&nbsp;", "&#x3042;", "<p hidden>", "<script>x</script>", "<", "</", "<!"]
    ),
)
PAGES = st.lists(PIECES, max_size=60).map("".join)
PROSE = st.lists(
    st.text("あいうえおかきくけこ山川海空", min_size=20, max_size=60).map(lambda s: s + "、" + s + "。"), min_size=1
)


def visible(html):
    """All lines of a page, as they would stand if everything were kept."""
    found = scan(html)
    plain = plain_rows(found.blocks, found.nodes)
    return assemble(found, plain, np.ones(len(found.blocks), np.bool_))


@settings(max_examples=300, deadline=None)
@given(PAGES)
def test_every_line_occurs_in_the_visible_text_in_order(page):
    html = page.encode()
    bare = re.sub(r"\s", "", visible(html))
    at = 0
    for line in extract(html).text.split("\n"):
        for cell in line.split("\t"):
            content = re.sub(r"\s", "", cell)
            content = content if content in bare[at:] else re.sub(r"^(・|\d+\.)", "", content)
            place = bare.find(content, at)
            assert place >= 0
            at = place + len(content)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_crash_it(raw):
    page = extract(raw)
    assert (page.reason is None) == bool(page.text)
    assert 0 <= page.kept_fraction <= 1
    assert 0 <= page.link_fraction <= 1


@settings(max_examples=100, deadline=None)
@given(PAGES)
def test_the_result_does_not_depend_on_pages_seen_before(page):
    html = page.encode()
    before = extract(html)
    extract(("<nav>" + page + "<p>別の頁の文章は、ここには関係がない。").encode())
    assert extract(html) == before


@settings(max_examples=100, deadline=None)
@given(PROSE)
def test_no_character_of_prose_is_altered_and_no_paragraphs_are_joined(paragraphs):
    html = "<nav><a href=/>入口</a></nav><main>" + "".join(f"<p>{p}</p>" for p in paragraphs) + "</main>"
    assert extract(html.encode()).text == "\n".join(paragraphs)


@settings(max_examples=100, deadline=None)
@given(st.text("あいう漢字、。ab<>&\"'　😀𠮷", min_size=1, max_size=60).filter(lambda s: s.strip() == s))
def test_escaped_text_comes_back_as_it_was(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert visible(f"<p>{escaped}</p>".encode()) == text
