import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.canonical_url import canonical_url

SAME = [
    ("http://example.jp", "https://example.jp/"),
    ("HTTP://EXAMPLE.JP:80/a", "https://example.jp:443/a"),
    ("https://example.jp./a", "https://example.jp/a"),
    ("https://example.jp/a#top", "https://example.jp/a"),
    ("https://user:pass@example.jp/a", "https://example.jp/a"),
    ("https://日本語.jp/", "https://xn--wgv71a119e.jp/"),
    ("https://example.jp/%e3%81%82", "https://example.jp/あ"),
    ("https://example.jp/%7Ea/%2d", "https://example.jp/~a/-"),
    ("https://example.jp/a/./b/../c", "https://example.jp/a/c"),
    ("https://example.jp/a/..", "https://example.jp/"),
    ("https://example.jp/../../a", "https://example.jp/a"),
    ("https://example.jp/?b=1&a=2", "https://example.jp/?a=2&b=1"),
    ("https://example.jp/a?", "https://example.jp/a"),
    ("https://example.jp/a?utm_source=x&gclid=1&fbclid=2&id=3", "https://example.jp/a?id=3"),
    ("https://example.jp/a;jsessionid=12AB?PHPSESSID=9", "https://example.jp/a"),
    (" https://example.jp/a\n", "https://example.jp/a"),
]
DIFFERENT = [
    ("https://example.jp/a", "https://example.jp/a/"),
    ("https://example.jp/a", "https://example.jp/A"),
    ("https://example.jp/", "https://www.example.jp/"),
    ("https://example.jp:8080/", "https://example.jp/"),
    ("http://example.jp:443/", "https://example.jp/"),
    ("https://example.jp/?id=1", "https://example.jp/?id=2"),
    ("https://example.jp/?a=1&a=2", "https://example.jp/?a=2&a=1"),
    ("https://example.jp/a%2Fb", "https://example.jp/a/b"),
    ("https://example.jp/?ref=1", "https://example.jp/"),
    ("https://example.jp/?q=utm_source", "https://example.jp/"),
    ("https://example.jp/?a=1%262", "https://example.jp/?a=1&2"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_address_are_one(one, other):
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_addresses_that_may_show_different_pages_stay_different(one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "url", ["", "about:blank", "猫", "http:", "http://", "//x/y", "https://[::1]:8080/a", "https://x:y/"]
)
def test_odd_addresses_do_not_crash(url):
    canonical_url(url)


def test_an_address_of_the_sixth_version_keeps_its_port():
    assert canonical_url("https://[::1]:8080/a") == "https://[::1]:8080/a"
    assert canonical_url("http://[::1]:80/a") == canonical_url("https://[::1]/a") == "https://[::1]/a"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_canonical_again_is_the_same(tail):
    once = canonical_url("http://example.jp/" + tail)
    assert canonical_url(once) == once
