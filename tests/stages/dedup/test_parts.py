from itertools import pairwise

import pytest

from stages.dedup.parts import num_ranges, part


@pytest.mark.parametrize("ranges", [1, 2, 3, 7, 1000])
def test_ranges_cover_every_key_once(ranges):
    for column in range(3):
        shares = [part(column * ranges + place, ranges) for place in range(ranges)]
        assert {share.column for share in shares} == {column}
        assert shares[0].low == 0
        assert shares[-1].high == 2**64 - 1
        assert all(after.low == before.high + 1 for before, after in pairwise(shares))


def test_a_part_fits_the_memory_on_both_sides_of_the_limit():
    assert num_ranges(100, 10, 1000) == 1
    assert num_ranges(100, 10, 999) == 2
    assert num_ranges(0, 10, 1) == 1
