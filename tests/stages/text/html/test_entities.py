from html import unescape
from html.entities import html5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.html.entities import ENTITY_HASHES, ENTITY_POINTS, reference


def decoded(text):
    first, second, size = reference(np.frombuffer(text.encode(), np.uint8), 0, ENTITY_HASHES, ENTITY_POINTS)
    if size == 0:
        return text
    return chr(first) + (chr(second) if second else "") + text.encode()[size:].decode()


def test_every_name_of_html_is_known():
    assert [name for name, value in html5.items() if decoded("&" + name) != value] == []


@pytest.mark.parametrize(
    "text",
    [
        "&ampx",
        "&notit;",
        "&notin;",
        "&copy2024",
        "&unknown;",
        "&",
        "&;",
        "&#;",
        "&#x;",
        "&#xg",
        "&#38",
        "&#X26;x",
        "&Amp;",
    ],
)
def test_odd_references_are_read_as_html_says(text):
    assert decoded(text) == unescape(text)


@pytest.mark.parametrize("text", ["&#0;", "&#x110000;", "&#xD800;", "&#99999999999999999999;"])
def test_what_is_no_character_becomes_the_replacement(text):
    assert decoded(text) == "\ufffd"


def test_windows_numbers_are_mended():
    assert decoded("&#128;&#x99;"[:6]) == "€"


@given(st.integers(0xA0, 0x10FFFF).filter(lambda point: not 0xD800 <= point < 0xE000))
def test_numbers_of_either_base_agree(point):
    assert decoded(f"&#{point};") == decoded(f"&#x{point:x};") == chr(point)
