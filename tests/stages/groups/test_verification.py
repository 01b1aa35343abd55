import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.groups.links import Links
from stages.groups.verification import MAX_LEADERS, Contents, verified

SETS = st.lists(st.frozensets(st.integers(0, 12), max_size=9), min_size=2, max_size=2)


def contents(*values: list[int], rows: list[int] | None = None, order: list[int] | None = None) -> Contents:
    count = len(values)
    return Contents(
        np.array(rows or range(count), np.int64),
        np.array([v for one in values for v in one], np.uint32),
        np.concatenate([[0], np.cumsum([len(one) for one in values])]).astype(np.int64),
        np.array(order or range(count), np.int64),
        np.arange(count, dtype=np.uint64),
    )


def star(*rows: int) -> Links:
    """All rows in one bucket whose first is the first of them."""
    return Links(np.array(rows[1:], np.uint32), np.full(len(rows) - 1, rows[0], np.uint32))


def pairs(links: Links) -> list[tuple[int, int]]:
    return list(zip(links.row.tolist(), links.first.tolist(), strict=True))


@settings(deadline=None)  # the first call compiles
@given(SETS, st.floats(0.05, 1))
def test_sets_are_linked_at_their_exact_jaccard(sets, least):
    a, b = map(sorted, sets)
    union = len(sets[0] | sets[1])
    expected = union > 0 and len(sets[0] & sets[1]) / union >= least
    assert pairs(verified(star(0, 1), contents(a, b), least, by_position=False)) == ([(1, 0)] if expected else [])


@pytest.mark.parametrize(("least", "linked"), [(0.75, True), (0.76, False)])
def test_signatures_are_linked_at_their_share_of_equal_values(least, linked):
    made = contents([5, 1, 9, 2], [5, 1, 9, 3])
    assert bool(pairs(verified(star(0, 1), made, least, by_position=True))) == linked


def test_equal_values_at_other_positions_do_not_count_in_signatures():
    assert pairs(verified(star(0, 1), contents([1, 2, 3], [3, 1, 2]), 0.3, by_position=True)) == []


def test_two_kinds_in_one_bucket_become_two_clusters():
    made = contents([1, 2], [8, 9], [1, 2], [8, 9], rows=[10, 20, 30, 40])
    assert pairs(verified(star(10, 20, 30, 40), made, 0.9, by_position=False)) == [(30, 10), (40, 20)]


def test_the_best_by_order_leads_whatever_row_it_has():
    made = contents([1, 2], [1, 2], [1, 2], order=[5, 4, 3])
    assert pairs(verified(star(0, 1, 2), made, 0.9, by_position=False)) == [(1, 2), (0, 2)]


def test_work_in_a_bucket_of_strangers_is_bounded():
    count = 100_000
    rows = np.arange(count)
    everyone = star(*range(count))

    def with_last(value: int) -> list[tuple[int, int]]:
        """Links where the last document is like the one of that number, and no other like any."""
        values = np.append(rows[:-1], value).astype(np.uint32)
        made = Contents(rows, values, np.arange(count + 1), rows, rows.astype(np.uint64))
        return pairs(verified(everyone, made, 0.5, by_position=False))

    assert with_last(count) == []
    assert with_last(MAX_LEADERS - 1) == [(count - 1, MAX_LEADERS - 1)]
    assert with_last(MAX_LEADERS) == []


def test_no_links_give_none():
    assert pairs(verified(star(0), contents([1]), 0.5, by_position=False)) == []
