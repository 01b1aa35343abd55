import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.groups.components import ALONE, clusters, join, new_parents
from stages.groups.links import Links


def found(num_rows: int, edges: list[tuple[int, int]]) -> list[int]:
    """The smallest row of each row's cluster."""
    parents = new_parents(num_rows)
    join(parents, Links(np.array([a for a, _ in edges], np.uint32), np.array([b for _, b in edges], np.uint32)))
    of, num_clusters = clusters(parents)
    first: dict[int, int] = {}
    label = [row if of[row] == ALONE else first.setdefault(int(of[row]), row) for row in range(num_rows)]
    assert list(first) == list(range(num_clusters))
    assert all(label.count(row) >= 2 for row in first.values())
    return label


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


@settings(deadline=None)  # the first call compiles
@given(EDGES)
def test_a_cluster_is_named_by_its_smallest_row(edges):
    assert found(30, edges) == reached(30, edges)


@settings(deadline=None)  # the first call compiles
@given(EDGES, st.integers(0, 9))
def test_the_order_of_the_links_does_not_matter(edges, seed):
    shuffled = [edge[::-1] if seed % 2 else edge for edge in random.Random(seed).sample(edges, len(edges))]
    assert found(30, shuffled) == found(30, edges)


def test_a_chain_of_a_million_is_one_cluster():
    size = 1_000_000
    parents = new_parents(size)
    join(parents, Links(*(np.arange(last, last - size + 1, -1, dtype=np.uint32) for last in (size - 1, size - 2))))
    assert clusters(parents).num_clusters == 1
    assert not parents.any()


def test_links_may_be_joined_bit_by_bit():
    edges = [(9, 3), (5, 9), (7, 2), (3, 7)]
    parents = new_parents(10)
    for a, b in edges:
        join(parents, Links(np.array([a], np.uint32), np.array([b], np.uint32)))
    assert clusters(parents).of.tolist() == [ALONE, ALONE, 0, 0, ALONE, 0, ALONE, 0, ALONE, 0]


def test_no_rows_have_no_clusters():
    of, num_clusters = clusters(new_parents(0))
    assert len(of) == num_clusters == 0
