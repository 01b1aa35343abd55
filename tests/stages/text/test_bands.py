import numpy as np
import pytest

from stages.text.bands import Banding, band_keys, banding_for


def signatures(count: int, num_perm: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 1 << 32, (count, num_perm), dtype=np.uint32)


def test_equal_rows_give_equal_keys_and_only_in_that_band():
    found = signatures(2, 24)
    found[1, 8:16] = found[0, 8:16]
    keys = band_keys(found, Banding(3, 8))
    assert keys.shape == (3, 2)
    assert (keys[:, 0] == keys[:, 1]).tolist() == [False, True, False]


def test_every_row_of_a_band_counts_and_so_does_their_order():
    found = np.repeat(signatures(1, 8), 10, axis=0)
    for row in range(8):
        found[row + 1, row] ^= 1
    found[9] = found[0][::-1]
    assert len(set(band_keys(found, Banding(1, 8))[0].tolist())) == 10


def test_keys_do_not_meet_where_their_rows_differ():
    keys = band_keys(signatures(200_000, 2), Banding(1, 2))[0]
    assert len(np.unique(keys)) == 200_000
    ones = np.unpackbits(keys.view(np.uint8)).mean()
    assert 0.499 < ones < 0.501
    small = np.stack(np.meshgrid(np.arange(500), np.arange(500)), -1).reshape(-1, 2).astype(np.uint32)
    assert len(np.unique(band_keys(small, Banding(1, 2))[0])) == 250_000


def test_permutations_past_the_last_band_are_not_used_and_missing_ones_refused():
    found = signatures(3, 20)
    assert np.array_equal(band_keys(found, Banding(2, 8)), band_keys(found[:, :16], Banding(2, 8)))
    with pytest.raises(ValueError, match="24 permutations"):
        band_keys(found, Banding(3, 8))
    assert band_keys(found[:0], Banding(2, 8)).shape == (2, 0)


def test_published_bandings_find_what_is_said_of_them():
    fineweb = Banding(14, 8)
    assert [round(fineweb.detection(j), 3) for j in (0.6, 0.7, 0.8, 0.85)] == [0.211, 0.565, 0.924, 0.988]
    assert [round(Banding(40, 20).detection(j), 3) for j in (0.8, 0.85, 0.9)] == [0.371, 0.794, 0.994]


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("recall", [0.8, 0.9, 0.99])
def test_a_chosen_banding_reaches_its_recall_and_neither_a_row_more_nor_a_band_less_would(threshold, recall):
    chosen = banding_for(threshold, recall=recall, num_perm=128)
    assert chosen.num_perm <= 128
    assert chosen.detection(threshold) >= recall > Banding(chosen.bands - 1, chosen.rows).detection(threshold)
    steeper = Banding(128 // (chosen.rows + 1), chosen.rows + 1)
    assert steeper.detection(threshold) < recall


def test_what_no_banding_reaches_is_refused():
    with pytest.raises(ValueError, match="no banding"):
        banding_for(0.01, num_perm=16)
    with pytest.raises(ValueError, match="between 0 and 1"):
        banding_for(1.0)
