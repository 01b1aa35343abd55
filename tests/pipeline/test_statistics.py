import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.statistics import Histogram, StageCounts, merge_counts, merge_histograms


def counts(stage: str, kept: int, **dropped: int) -> StageCounts:
    made = StageCounts(stage, kept)
    made.dropped.update(dropped)
    return made


def test_documents_in_are_kept_plus_dropped() -> None:
    assert counts("quality", 3, too_short=2, too_long=1).documents_in == 6


def test_counts_merge_by_stage_in_the_order_of_the_chain() -> None:
    merged = merge_counts([[counts("read", 2, x=1), counts("decode", 2)], [counts("read", 1, x=1, y=2)]])
    assert [(c.stage, c.kept, dict(c.dropped)) for c in merged] == [("read", 3, {"x": 2, "y": 2}), ("decode", 2, {})]


def test_counts_come_back_from_plain_values() -> None:
    made = counts("read", 5, b=1, a=2)
    made.damaged["truncated"] = 3
    assert StageCounts.from_plain(made.as_plain()) == made


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.none(), max_size=20), max_size=5))
def test_a_histogram_is_the_same_in_one_piece_or_in_many(parts: list[list[float | None]]) -> None:
    whole = Histogram(fraction=False)
    whole.observe(pa.array([value for part in parts for value in part], pa.float64()))
    pieces = []
    for part in parts:
        piece = Histogram(fraction=False)
        piece.observe(pa.array(part, pa.float64()))
        pieces.append({"x": Histogram.from_plain(piece.as_plain())})
    merged = merge_histograms(reversed(pieces)).get("x", Histogram(fraction=False))
    assert merged.as_plain() == whole.as_plain()


@pytest.mark.parametrize(("value", "edge"), [(0.0, 0.0), (0.2, 0.2), (0.999, 0.99), (1.0, 0.99)])
def test_a_fraction_falls_into_the_bin_that_it_begins(value: float, edge: float) -> None:
    histogram = Histogram(fraction=True)
    histogram.observe(pa.array([value]))
    assert histogram.as_plain()["bins"][0][1] == edge


@pytest.mark.parametrize("value", [-1000.0, -1.0, 0.0, 0.5, 1.0, 399.0, 400.0, 1e9])
def test_a_number_lies_at_or_above_its_bins_lower_edge(value: float) -> None:
    histogram = Histogram(fraction=False)
    histogram.observe(pa.array([value]))
    [[_, edge, count]] = histogram.as_plain()["bins"]
    assert count == 1
    assert abs(edge) <= abs(value) + 1e-6
