import numpy as np
import pytest

from stages.text.html import hints
from stages.text.html.hints import HINT_MARKS, HINT_STATES, hinted


def marks(names):
    raw = np.frombuffer(names.encode() + b" ", np.uint8)
    return hinted(raw, 0, len(names.encode()), HINT_STATES, HINT_MARKS)


@pytest.mark.parametrize(
    ("names", "mark"),
    [
        ("global-nav", hints.NAVIGATION),
        ("globalNav", hints.NAVIGATION),
        ("GNAV", hints.NAVIGATION),
        ("l-footer", hints.FOOTER),
        ("sideBar sidebar", hints.ASIDE),
        ("pankuzu", hints.NAVIGATION),
        ("ad", hints.ADVERTISEMENT),
        ("x ad-box", hints.ADVERTISEMENT),
        ("entry-content", hints.CONTENT),
        ("honbun", hints.CONTENT),
        ("cookie-consent", hints.DIALOG),
    ],
)
def test_names_are_understood(names, mark):
    assert marks(names) & mark


@pytest.mark.parametrize(
    "names", ["", "red", "address", "download", "gradient", "loading", "text-left", "日本語", "navy"]
)
def test_other_words_that_hold_a_hint_are_not_taken_for_it(names):
    assert marks(names) & ~hints.CONTENT == 0


def test_the_header_of_an_entry_is_not_the_header_of_the_page():
    assert marks("entry-header") & hints.HEADER == 0
    assert marks("site-header") & hints.HEADER
