import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.groups.components import cluster_sizes, join, new_parents, settle
from stages.groups.links import Links


def clusters(num_rows: int, edges: list[tuple[int, int]]) -> list[int]:
    parents = new_parents(num_rows)
    join(parents, Links(np.array([a for a, _ in edges], np.int64), np.array([b for _, b in edges], np.int64)))
    settle(parents)
    return parents.tolist()


def reached(num_rows: int, edges: list[tuple[int, int]]) -> list[int]:
    label = list(range(num_rows))
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            low = min(label[a], label[b])
            changed |= label[a] != low or label[b] != low
            label[a] = label[b] = low
    return label


EDGES = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40)


@given(EDGES)
def test_a_cluster_is_named_by_its_smallest_row(edges):
    assert clusters(30, edges) == reached(30, edges)


@given(EDGES, st.integers(0, 9))
def test_the_order_of_the_links_does_not_matter(edges, seed):
    shuffled = [edge[::-1] if seed % 2 else edge for edge in random.Random(seed).sample(edges, len(edges))]
    assert clusters(30, shuffled) == clusters(30, edges)


def test_a_chain_of_a_million_is_one_cluster():
    size = 1_000_000
    parents = new_parents(size)
    join(parents, Links(np.arange(size - 1, 0, -1), np.arange(size - 2, -1, -1)))
    settle(parents)
    assert not parents.any()
    assert cluster_sizes(parents)[0] == size


def test_links_may_be_joined_bit_by_bit():
    edges = [(9, 3), (5, 9), (7, 2), (3, 7)]
    parents = new_parents(10)
    for a, b in edges:
        join(parents, Links(np.array([a]), np.array([b])))
    settle(parents)
    assert parents.tolist() == clusters(10, edges)


def test_sizes_stand_at_the_smallest_row():
    parents = new_parents(5)
    join(parents, Links(np.array([4, 2]), np.array([1, 1])))
    settle(parents)
    assert cluster_sizes(parents).tolist() == [1, 3, 0, 1, 0]
    assert cluster_sizes(new_parents(0)).tolist() == []


def test_more_rows_than_a_number_holds_are_refused():
    with pytest.raises(ValueError, match="split the run"):
        new_parents((1 << 32) + 1)
