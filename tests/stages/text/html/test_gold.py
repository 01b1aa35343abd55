"""Pages written for this set: each shows one thing that goes wrong elsewhere, with the exact text that is right."""

from pathlib import Path

import pytest

from stages.text.html import extract

GOLD = Path(__file__).parents[3] / "gold"
PAGES = sorted(path.stem for path in GOLD.glob("*.html"))


def expected(name):
    return (GOLD / f"{name}.txt").read_bytes().decode().removesuffix("\n")


@pytest.mark.parametrize("name", PAGES)
def test_gold_page_gives_its_exact_text(name):
    assert extract((GOLD / f"{name}.html").read_bytes()).text == expected(name)


def test_there_are_at_least_sixty_gold_pages():
    assert len(PAGES) >= 60
    assert sorted(path.stem for path in GOLD.glob("*.txt")) == PAGES
