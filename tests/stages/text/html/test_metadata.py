import pytest

from stages.text.html import extract

BODY = "<p>本文は、ここにある一つの段落だけです。ほかには何も書かれていません。</p>"


def page(head, **options):
    return extract(f"<html lang=ja><head>{head}</head><body>{BODY}".encode(), **options)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<meta property='article:published_time' content='2024-05-01T09:00:00+09:00'>", "2024-05-01"),
        ("<meta name=DC.Date content=2024/05/01>", "2024-05-01"),
        ("<meta content='令和6年5月1日' name=pubdate>", "2024-05-01"),
        ('<script type="application/ld+json">{"@graph":[{"datePublished":"2024-05-01"}]}</script>', "2024-05-01"),
        ('<script type="application/ld+json">{"datePublished":"2024-05-01"</script>', None),
        ('<script>{"datePublished":"2024-05-01"}</script>', None),
        ("<meta name=date content=soon><meta name=pubdate content=2024-05-01>", "2024-05-01"),
    ],
)
def test_the_date_of_publication_is_read(head, expected):
    assert page(head).published == expected


def test_the_date_of_change_is_not_the_date_of_publication():
    found = page("<meta property=article:modified_time content=2024-06-02>")
    assert (found.published, found.modified) == (None, "2024-06-02")


def test_dates_of_time_elements_and_of_labels_are_read():
    html = "<article><time datetime=2024-05-01>五月</time><p>最終更新日：令和6年5月3日</p>" + BODY
    found = extract(html.encode())
    assert (found.published, found.modified) == ("2024-05-01", "2024-05-03")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<meta name=author content=' 山田　花子 '>", "山田　花子"),
        ("<meta property=article:author content='https://example.jp/yamada'>", None),
        ('<script type="application/ld+json">{"author":[{"name":"山田"},{"name":"佐藤"}]}</script>', "山田"),
        ("", None),
    ],
)
def test_the_declared_author_is_read(head, expected):
    assert page(head).author == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<link rel=canonical href=/a?b=1&amp;c=2>", "https://example.jp/a?b=1&c=2"),
        ("<link rel='alternate canonical' href='https://other.jp/'>", "https://other.jp/"),
        ("<meta property=og:url content=https://example.jp/og>", "https://example.jp/og"),
        ("<link rel=canonical href='javascript:void(0)'>", None),
        ("<link rel=canonical href='http://[broken'>", None),
        ("", None),
    ],
)
def test_the_canonical_address_is_absolute(head, expected):
    assert page(head, url="https://example.jp/x/").canonical_url == expected


def test_the_language_tag_is_read():
    assert page("").html_language == "ja"
    assert extract(f'<html xml:lang="ja_JP">{BODY}'.encode()).html_language == "ja-jp"
    assert extract(f'<meta http-equiv=Content-Language content="ja, en">{BODY}'.encode()).html_language == "ja"
    assert extract(f"<html lang=''>{BODY}".encode()).html_language is None


def test_robots_directives_of_page_and_header_are_joined():
    assert page("<meta name=ROBOTS content='NoIndex'>", robots_header="noai").robots == "noai,noindex"
    assert page("<meta name=GPTBot content=noai>").robots == "noai"
    assert page("<meta name=robots content='index,follow,max-snippet:-1'>").robots is None
    assert page("<meta name=bingbot content=noindex>").robots is None


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("<a rel=license href=//creativecommons.org/licenses/by/4.0/>", "https://creativecommons.org/licenses/by/4.0/"),
        (
            "<a href='http://www.creativecommons.org/licenses/by-sa/2.1/jp/'>",
            "https://creativecommons.org/licenses/by-sa/2.1/jp/",
        ),
        ("<a href=https://example.jp/?u=creativecommons>", None),
        ("<!-- <a href=https://creativecommons.org/licenses/by/4.0/> -->", None),
    ],
)
def test_the_licence_link_is_read(link, expected):
    assert extract((BODY + link + "表示</a>").encode()).license_url == expected


@pytest.mark.parametrize(
    ("head", "heading", "expected"),
    [
        ("<title>春の庭｜みどり市</title>", "<h1>春の庭</h1>", "春の庭"),
        ("<title>みどり市 | 春の庭</title><meta property=og:title content=春の庭>", "", "春の庭"),
        ("<title>春の庭 - みどり市</title><meta property=og:site_name content=みどり市>", "", "春の庭"),
        ("<title>春の庭 - 秋の庭</title>", "", "春の庭 - 秋の庭"),
        ("", "<h1>春の<b>庭</b></h1>", "春の庭"),
        ("<title>\n 春の\n 庭 &amp; 池 </title>", "", "春の 庭 & 池"),
        ("<svg><title>図</title></svg>", "", None),
        ("", "", None),
    ],
)
def test_the_title_is_the_page_s_own(head, heading, expected):
    assert extract(f"<head>{head}</head><body>{heading}{BODY}".encode()).title == expected
