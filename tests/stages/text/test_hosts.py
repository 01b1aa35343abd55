import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.hosts import host_names, host_of, listed_name, path_of, registered_domain, top_level_domain, url_names


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.JP/", "example.jp"),
        ("http://user:pw@example.jp:8080?x", "example.jp"),
        ("http://example.jp.", "example.jp"),
        ("http://日本語.jp/", "xn--wgv71a119e.jp"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("ftp://203.0.113.1/", "203.0.113.1"),
        ("example.jp/path", ""),
        ("http://", ""),
        ("http://" + "a" * 300 + ".jp/", ""),
        ("http://..日本.jp/", ""),
        ("", ""),
    ],
)
def test_the_host_is_read_from_any_url(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.co.jp", "example.co.jp"),
        ("example.jp", "example.jp"),
        ("a.b.example.tokyo", "example.tokyo"),
        ("www.city.kobe.jp", "city.kobe.jp"),
        ("x.y.chiyoda.tokyo.jp", "y.chiyoda.tokyo.jp"),
        ("taro.hatenablog.com", "taro.hatenablog.com"),
        ("a.taro.github.io", "taro.github.io"),
        ("co.jp", "co.jp"),
        ("localhost", "localhost"),
        ("203.0.113.1", "203.0.113.1"),
        ("xn--wgv71a119e.jp", "xn--wgv71a119e.jp"),
        ("", ""),
    ],
)
def test_the_registered_domain_follows_the_public_suffixes(host, domain):
    assert registered_domain(host) == domain


def test_a_list_reaches_subdomains_but_no_neighbour_and_no_public_suffix():
    assert host_names("www.example.co.jp") == ("www.example.co.jp", "example.co.jp")
    assert host_names("badexample.jp") == ("badexample.jp",)
    assert host_names("taro.hatenablog.com")[-1] == "hatenablog.com"
    assert host_names("203.0.113.1") == ("203.0.113.1",)
    assert host_names("co.jp") == ("co.jp",)
    assert host_names("") == ()


@given(st.text())
def test_no_url_raises(url):
    for text in (url, "http://" + url):
        host = host_of(text)
        registered_domain(host)
        top_level_domain(host)
        assert all(name.count("/") >= 1 for name in url_names(text))
        assert path_of(text) is not None
    listed_name(url)


def test_a_page_is_known_by_its_path_its_prefixes_and_its_query():
    names = url_names("http://www.Example.jp:80/A/b?c=1#d")
    assert set(names) == {h + p for h in ("www.example.jp", "example.jp") for p in ("/a", "/a/b", "/a/b?c=1")}
    assert url_names("http://example.jp/") == []


def test_a_hostile_path_costs_few_names():
    assert len(url_names("http://example.jp/" + "a/" * 100_000)) <= 17


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("example.jp", "example.jp"),
        ("  Example.JP.  ", "example.jp"),
        ("# comment", ""),
        ("", ""),
        ("127.0.0.1\tads.example.jp", "ads.example.jp"),
        ("*.5ch.net", "5ch.net"),
        (".tk", "tk"),
        ("日本語.jp", "xn--wgv71a119e.jp"),
        ("example.jp/~taro/", "example.jp/~taro"),
        ("https://example.jp/?id=1", "example.jp/?id=1"),
        ("203.0.113.1", "203.0.113.1"),
    ],
)
def test_lines_of_every_usual_list_are_read(line, name):
    assert listed_name(line) == name


def test_the_network_is_never_asked(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    registered_domain.cache_clear()
    assert registered_domain("never.seen.before.example.or.jp") == "example.or.jp"
