"""Pages made to hang or to fill the memory: time and memory grow with the bytes alone."""

import time

import pytest

from stages.text.html import extract

PAGES = {
    "nested_divs": lambda n: b"<div>" * n,
    "links": lambda n: b'<a href="/a">x</a> ' * n,
    "unclosed_links": lambda n: b'<a href="/a">x' * n,
    "attributes": lambda n: b"<p " + b"a=v " * n + b">x",
    "class_names": lambda n: b'<p class="' + b"nav-bar " * n + b'">x',
    "unclosed_items": lambda n: b"<li>x" * n,
    "items_below_divs": lambda n: b"<li><ul>" + b"<div>" * 400 + b"<li></li>" * n,
    "paragraphs_in_tables": lambda n: b"<p><table><td>" + b"<div>" * 400 + b"<p></p>" * n,
    "unmatched_end_tags": lambda n: b"<div>" * 400 + b"</i></span></li>" * n,
    "bold_over_divs": lambda n: b"<b hidden>" + b"<div>" * 400 + b"</b>" * n,
    "unclosed_bold": lambda n: b"<b>x" * n,
    "cells": lambda n: b"<table>" + b"<tr><td>x" * n,
    "line_breaks": lambda n: b"x<br>" * n,
    "comments": lambda n: b"<!--" * n,
    "scripts": lambda n: b"<script></script " * n,
    "ampersands": lambda n: b"&" * n,
    "open_brackets": lambda n: b"<" * n,
    "json": lambda n: b'<script type="application/ld+json">' + b"[" * n + b"</script><p>x",
    "title": lambda n: b"<title>" + b"- " * n + b"</title><h1>" + b"-" * n,
    "metadata": lambda n: b"<meta name=a content=b><time datetime=2024-01-01>" * n,
}


def seconds(page):
    began = time.process_time()
    extract(page)
    return time.process_time() - began


@pytest.mark.parametrize("name", PAGES)
def test_four_times_the_page_takes_no_ten_times_as_long(name):
    make = PAGES[name]
    extract(make(10))
    small = min(seconds(make(10_000)) for _ in range(3))
    assert min(seconds(make(40_000)) for _ in range(3)) < 10 * small + 0.02


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "count"),
    [("nested_divs", 100_000), ("links", 200_000), ("attributes", 2_500_000), ("unclosed_items", 1_000_000)],
)
def test_a_hostile_page_of_full_size_ends_soon(name, count):
    page = PAGES[name](count)
    extract(b"<p>.")
    assert seconds(page) < 5  # a second on an idle machine


def test_a_page_that_is_too_large_is_not_read():
    assert extract(b"<p>x", max_html_bytes=4).reason is None
    assert extract(b"<p>xy", max_html_bytes=4).reason == "too_large"


def test_deep_nesting_is_a_reason():
    assert extract(b"<div>" * 100_000 + b"x").reason == "too_deep"


@pytest.mark.parametrize(
    "piece", [b"x<p>", b"<p>", b"<td>x", b"<b>", b"x<br>", b"<rt>x", b"&nGt;", b"<li>", b"\xc2\xa0", b"<"]
)
def test_the_arrays_hold_the_densest_pages(piece):
    for keep_ruby in (False, True):
        extract(piece * 5000, keep_ruby=keep_ruby)
        extract(b"<table><ruby>" + piece * 5000, keep_ruby=keep_ruby)
