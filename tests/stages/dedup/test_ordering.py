import datetime as dt

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stages.dedup.ordering import LAST, id_hashes, orders


def best(keep: str, **columns: list) -> list[int]:
    return np.argsort(orders(pa.record_batch(columns), keep, "score"), kind="stable").tolist()


def test_oldest_and_newest_put_a_missing_date_last():
    days = [dt.datetime(2024, 1, 3), None, dt.datetime(1950, 1, 1), dt.datetime(2024, 1, 4)]
    dates = pa.array(days, pa.timestamp("us"))
    assert best("oldest", date=dates) == [2, 0, 3, 1]
    assert best("newest", date=dates) == [3, 0, 2, 1]


@given(st.lists(st.floats(allow_nan=True, width=32), min_size=2, max_size=8))
def test_scores_of_any_sign_keep_their_order(scores):
    found = orders(pa.record_batch({"score": pa.array(scores, pa.float64())}), "best", "score")
    for a, one in zip(scores, found, strict=True):
        for b, other in zip(scores, found, strict=True):
            if a > b:
                assert one < other
            if a == b:
                assert one == other
    assert all((order == LAST) == (score != score) for order, score in zip(found, scores, strict=True))


def test_whole_numbers_are_scores_as_well():
    assert best("best", score=[3, None, -5, 9]) == [3, 0, 2, 1]


def test_a_missing_id_has_a_hash():
    hashes = id_hashes(pa.array(["a", None, "b"]))
    assert len(set(hashes.tolist())) == 3
    assert id_hashes(pa.array([], pa.string())).shape == (0,)
