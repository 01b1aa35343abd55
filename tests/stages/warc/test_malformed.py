import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.stage import Tally
from stages.read import Read
from tests.shared import SHARED, shared_data

EXPECTED = SHARED / "data/malformed.expect.jsonl"
CASES = [json.loads(line) for line in EXPECTED.read_text(encoding="utf-8").splitlines()] if EXPECTED.exists() else []


class Archive:
    """The archive of damaged records as an input."""

    name = "malformed.warc.gz"
    path: Path | None = None
    size: int | None = None

    def open(self) -> io.BytesIO:
        return io.BytesIO(shared_data(self.name).read_bytes())

    def locate(self, offset: int) -> tuple[str, int]:
        return self.name, offset


@cache
def everything() -> tuple[dict[str, Any], Tally]:
    """The rows by record id, and the tally."""
    tally = Tally()
    batches = list(Read(select="all").read(Archive(), tally))
    return {row["id"]: row for row in pa.Table.from_batches(batches).to_pylist()}, tally


@pytest.mark.skipif(not CASES, reason=f"real data is not present: {EXPECTED}")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_malformed_record_yields_what_it_must(case: dict[str, Any]) -> None:
    rows, _ = everything()
    record_id = case["warc_record_id"][10:-1]
    must = case["must_yield"]
    if must in (True, "resync", "partial", "no crash"):
        assert rows[record_id]["payload"]
        assert rows[record_id]["warc_offset"] in (case["offset"], rows[record_id]["warc_offset"])
    elif must in (False, "empty"):
        assert record_id not in rows
    else:
        assert must == "optional"


def test_every_malformed_record_is_a_row_or_counted() -> None:
    shared_data("malformed.warc.gz")
    rows, tally = everything()
    assert len(rows) + sum(tally.dropped.values()) == len(CASES)
    assert tally.dropped == {
        "gzip_damaged": 1,
        "gzip_cut_at_end": 1,
        "empty": 2,
        "status_not_200": 2,
        "not_html": 1,
        "revisit": 1,
    }
    assert tally.damaged == {
        "gzip_damaged": 1,
        "gzip_cut_at_end": 1,
        "garbage_between_members": 1,
        "length_too_large": 1,
        "length_too_small": 1,
        "http_header_missing": 1,
        "content_encoding_damaged": 2,
        "chunks_damaged": 1,
    }


def test_a_lie_about_the_length_neither_swallows_the_next_record_nor_allocates() -> None:
    shared_data("malformed.warc.gz")
    rows, _ = everything()
    [lying] = [case["warc_record_id"][10:-1] for case in CASES if case["case"] == "Content-Length larger than record"]
    assert len(rows[lying]["payload"]) < 10_000
