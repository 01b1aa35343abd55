import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.text.key_table import contains, keys_of, sorted_keys


@given(st.lists(st.text(max_size=5)), st.lists(st.text(max_size=5)))
def test_membership_is_that_of_a_set(names, asked):
    table = sorted_keys(keys_of(names))
    assert contains(table, keys_of(asked)).tolist() == [name in set(names) for name in asked]


def test_keys_that_share_their_high_half_are_told_apart():
    table = np.array([[5, 5, 5, 9], [1, 2, 4, 0]], np.uint64)
    asked = np.array([[5, 5, 5, 5, 5, 9, 9, 4], [0, 1, 2, 3, 4, 0, 1, 1]], np.uint64)
    assert contains(table, asked).tolist() == [False, True, True, False, True, True, False, False]


def test_keys_are_in_order_of_the_whole_128_bits():
    keys = sorted_keys(keys_of([str(i) for i in range(1000)]))
    whole = [int(h) << 64 | int(low) for h, low in keys.T]
    assert whole == sorted(whole)
