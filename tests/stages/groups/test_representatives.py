import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.groups.components import ALONE
from stages.groups.representatives import Representatives

MEMBERS = st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2), st.integers(0, 2)), max_size=20)


@settings(deadline=None)  # the first call compiles
@given(MEMBERS, st.integers(0, 5))
def test_the_least_by_order_then_hash_then_row_stands_in_whatever_order_they_come(members, seed):
    """A member is (cluster, order, hash); cluster 3 stands for none."""
    numbered = list(enumerate(members))
    shuffled = random.Random(seed).sample(numbered, len(numbered))
    best = Representatives(3)
    half = len(shuffled) // 2
    for part in (shuffled[:half], shuffled[half:]):
        best.offer(
            np.array([ALONE if m[0] == 3 else m[0] for _, m in part], np.uint32),
            np.array([m[1] for _, m in part], np.int64),
            np.array([m[2] for _, m in part], np.uint64),
            np.array([row for row, _ in part], np.int64),
            np.array([row + 1 for row, _ in part], np.int64),
        )
    for cluster in range(3):
        mine = [(order, hash_, row) for row, (c, order, hash_) in numbered if c == cluster]
        assert best.row[cluster] == (min(mine)[2] if mine else -1)
        assert best.copies[cluster] == sum(row + 1 for _, _, row in mine)
