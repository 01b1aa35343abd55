from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import StorageError
from pipeline.sketches import StoredSketches
from pipeline.storage import LocalFolder
from stages.dedup_near import DedupNear

LAST = 2**64 - 1
KEYS = [[0, 7, LAST, 8], [], [9, 2**63, 7]]


@pytest.fixture
def sketches(tmp_path: Path) -> StoredSketches:
    """Seven rows in three files, the second of them empty, in row groups of two."""
    names = []
    row = 0
    for number, keys in enumerate(KEYS):
        names.append(f"{number}.parquet")
        rows = np.arange(row, row + len(keys))
        row += len(keys)
        ids = pa.array([f"id{i}" for i in rows], pa.string())
        table = pa.table({"row": pa.array(rows, pa.int64()), "key": pa.array(keys, pa.uint64()), "id": ids})
        pq.write_table(table, tmp_path / names[-1], row_group_size=2)
    return StoredSketches(LocalFolder(tmp_path), names, row)


def rows(sketches: StoredSketches, low: int, high: int) -> list[int]:
    scanned = sketches.scan(["id"], between=("key", low, high))
    found = [one for batch in scanned for one in batch.to_pylist()]
    assert all(one == {"row": one["row"], "id": f"id{one['row']}"} for one in found)
    return [one["row"] for one in found]


def test_all_rows_are_scanned_in_their_order(sketches: StoredSketches) -> None:
    assert (sketches.num_rows, sketches.num_sketched) == (7, 7)
    batches = list(sketches.scan(["key"]))
    assert [batch.schema.names for batch in batches] == [["row", "key"]] * len(batches)
    assert [key for batch in batches for key in batch.column("key").to_pylist()] == KEYS[0] + KEYS[2]


def test_a_range_of_keys_holds_both_its_ends(sketches: StoredSketches) -> None:
    assert rows(sketches, 7, 8) == [1, 3, 6]
    assert rows(sketches, 8, 9) == [3, 4]
    assert rows(sketches, 0, 0) == [0]
    assert rows(sketches, 10, 2**63 - 1) == []
    assert rows(sketches, 2**63, LAST) == [2, 5]
    assert rows(sketches, LAST, LAST) == [2]
    assert rows(sketches, 0, LAST) == list(range(7))


def test_a_lost_sketch_is_named(sketches: StoredSketches, tmp_path: Path) -> None:
    (tmp_path / "2.parquet").unlink()
    with pytest.raises(StorageError, match=r"2\.parquet"):
        list(sketches.scan(["key"]))


@pytest.mark.parametrize("verify", ["off", "signature", "exact"])
def test_sketches_of_no_documents_have_no_links(tmp_path: Path, verify: str) -> None:
    stage = DedupNear(verify=verify, memory=1)  # type: ignore[arg-type]
    pq.write_table(stage.sketch_schema().empty_table(), tmp_path / "0.parquet")
    empty = StoredSketches(LocalFolder(tmp_path), ["0.parquet"], 0)
    links = [batch for part in range(stage.num_parts(empty)) for batch in stage.link(part, empty)]
    assert sum(batch.num_rows for batch in links) == 0
    assert sum(batch.num_rows for batch in stage.settle(links, empty)) == 0
