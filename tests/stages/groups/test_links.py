import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.groups.links import Piles, equal_key_links, together


def together_of(piles: Piles) -> list[tuple[int, int]]:
    return sorted(zip(*(column.tolist() for column in together(piles.links())), strict=True))


def pairs(keys: list[int], rows: list[int] | None = None, second: list[int] | None = None) -> set[tuple[int, int]]:
    piles = Piles(len(keys))
    numbers = np.array(range(len(keys)) if rows is None else rows, np.int64)
    piles.add(np.array(keys, np.uint64), numbers, *([] if second is None else [np.array(second, np.uint64)]))
    found = together_of(piles)
    assert len(found) == len(set(found))
    return set(found)


def expected(keys: list, rows: list[int]) -> set[tuple[int, int]]:
    first: dict = {}
    return {(row, first[key]) for key, row in zip(keys, rows, strict=True) if first.setdefault(key, row) != row}


# Keys that differ in their low bits only meet in the packed sort; the full compare must part them.
KEYS = st.lists(st.sampled_from([0, 1, 2, 3, 1 << 40, (1 << 40) + 1, 1 << 63, (1 << 64) - 1]), max_size=60)


@settings(deadline=None)  # the first call compiles
@given(KEYS)
def test_links_are_those_of_equal_full_keys(keys):
    assert pairs(keys) == expected(keys, list(range(len(keys))))


@settings(deadline=None)  # the first call compiles
@given(KEYS, KEYS)
def test_with_a_second_half_both_must_be_equal(keys, second):
    size = min(len(keys), len(second))
    keys, second = keys[:size], second[:size]
    assert pairs(keys, second=second) == expected(list(zip(keys, second, strict=True)), list(range(size)))


def test_strangers_whose_top_bits_meet_are_not_merged():
    rng = np.random.default_rng(1)
    keys = (rng.integers(0, 50, 20_000, dtype=np.uint64) << np.uint64(50)) | rng.integers(
        0, 999, 20_000, dtype=np.uint64
    )
    assert pairs(keys.tolist()) == expected(keys.tolist(), list(range(20_000)))


def test_one_bucket_with_a_million_members_is_a_star():
    keys = np.full(1_000_001, 77, np.uint64)
    keys[500] = 78  # its top bits are those of the million: the full compare parts them without a pass for each pair
    links = equal_key_links(keys, np.arange(1_000_001))
    assert len(links.row) == 999_999
    assert (links.first == 0).all()
    assert 500 not in links.row[:600]


def test_the_first_of_a_bucket_is_the_first_that_was_given():
    assert pairs([5, 5, 6], [10, 4_000_000_000, 4_000_000_001]) == {(4_000_000_000, 10)}
    assert pairs([5, 6, 5, 5], [9, 8, 7, 20]) == {(7, 9), (20, 9)}


def test_nothing_and_one_row_have_no_links():
    assert pairs([]) == pairs([4]) == set()


@pytest.mark.parametrize("halves", [1, 2])
def test_the_same_is_linked_however_rows_are_cut_and_dealt(monkeypatch, halves):
    rng = np.random.default_rng(3)
    keys = rng.integers(0, 1 << 64, 5000, dtype=np.uint64)[rng.integers(0, 5000, 20_000)]
    keys[::7] = 12345  # one bucket that is a pile of its own
    columns = (keys, np.arange(20_000) * 3, rng.integers(0, 2, 20_000, dtype=np.uint64))[: halves + 1]
    whole = Piles(20_000)
    whole.add(*columns)
    linked = together_of(whole)
    assert len(linked) > 10_000
    for pile_rows, deal_rows, batch_rows in ((300, 1 << 20, 20_000), (300, 1000, 70), (40, 500, 500), (7000, 1, 3000)):
        monkeypatch.setattr("stages.groups.links._PILE_ROWS", pile_rows)
        monkeypatch.setattr("stages.groups.links._DEAL_ROWS", deal_rows)
        piles = Piles(20_000)
        for start in range(0, 20_000, batch_rows):
            piles.add(*(column[start : start + batch_rows] for column in columns))
        assert together_of(piles) == linked


def test_more_rows_than_told_are_linked_as_well():
    piles = Piles(0)
    piles.add(np.arange(1000, dtype=np.uint64), np.arange(1000))
    piles.add(np.arange(1000, dtype=np.uint64), np.arange(1000, 2000))
    assert together_of(piles) == [(row, row - 1000) for row in range(1000, 2000)]


def test_piles_without_rows_have_no_links():
    assert together_of(Piles(10**6)) == []
