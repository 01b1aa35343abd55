from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.network.requests import SCHEMA, is_requests, records_in, spans_of
from pipeline.network.sorting import Sorter, write_requests

ROW = st.tuples(st.sampled_from(["a", "b", "日本", "c" * 30]), st.integers(0, 50), st.just(7))


def batch(rows: list[tuple[str, int, int]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(ROW, max_size=20), max_size=6))
def test_records_come_back_in_order_and_once(batches: list[list[tuple[str, int, int]]]) -> None:
    with Sorter() as sorter:
        for rows in batches:
            sorter.add(batch(rows))
        found = [(r.file, int(o), int(n)) for r in sorter.sorted() for o, n in zip(r.offsets, r.lengths, strict=True)]
    every = [row for rows in batches for row in rows]
    assert found == sorted(set(every))
    assert sorter.num_doubles == len(every) - len(found)


def test_a_table_is_cut_into_spans_between_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.network.requests.SPAN_BYTES", 50)
    rows = [(f"{name}.warc.gz", 10 * n, 9) for name in "abc" for n in range(4)]
    path = tmp_path / "requests.parquet"
    with Sorter() as sorter:
        sorter.add(batch(rows[::-1]))
        assert write_requests(path, sorter.sorted()) == 12
    spans = spans_of(path)
    assert spans is not None
    assert [(span.first, span.rows, span.bytes, span.files) for span in spans] == [
        (0, 8, 72, ("a.warc.gz", "b.warc.gz")),
        (8, 4, 36, ("c.warc.gz",)),
    ]
    (part,) = records_in(path, 8, 4)
    assert (part.file, part.offsets.tolist()) == ("c.warc.gz", [0, 10, 20, 30])


def test_the_digest_of_a_span_is_that_of_its_rows(tmp_path: Path) -> None:
    digests = set()
    for length in (9, 9, 8):
        path = tmp_path / f"{len(digests)}-{length}.parquet"
        with Sorter() as sorter:
            sorter.add(batch([("a", 0, length)]))
            write_requests(path, sorter.sorted())
        (span,) = spans_of(path) or []
        digests.add(span.digest)
    assert len(digests) == 2


def test_a_table_without_order_has_no_spans(tmp_path: Path) -> None:
    for rows in ([("a", 5, 1), ("a", 5, 1)], [("b", 0, 1), ("a", 0, 1)], [("a", 0, 1), ("b", 0, 1), ("a", 9, 1)]):
        pa.parquet.write_table(pa.Table.from_batches([batch(rows)]), tmp_path / "t.parquet")
        assert spans_of(tmp_path / "t.parquet") is None


def test_a_row_that_names_no_record_is_an_error(tmp_path: Path) -> None:
    for rows in ([("a", -1, 1)], [("a", 0, 0)], [("a", 0, 1 << 40)]):
        pa.parquet.write_table(pa.Table.from_batches([batch(rows)]), tmp_path / "t.parquet")
        with pytest.raises(InputError, match="names no record"):
            spans_of(tmp_path / "t.parquet")


def test_what_requests_are_is_told_by_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pa.parquet.write_table(pa.Table.from_batches([batch([])]), path)
    assert is_requests(path)
    pa.parquet.write_table(pa.table({"text": [""]}), path)
    assert not is_requests(path)
    path.write_bytes(b"PAR1 broken")
    assert not is_requests(path)
    assert not is_requests(tmp_path / "none")
