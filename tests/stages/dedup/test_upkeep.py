import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import StorageError
from stages.dedup import upkeep
from stages.dedup.index import Index
from stages.dedup.upkeep import compact, described, problems
from stages.dedup_near import DedupNear
from tests.stages.dedup.test_index import corpus, stage
from tests.stages.gathering import gathered


def index_of(root: Path) -> None:
    """Two dumps of 40 documents each."""
    for i in range(2):
        gathered(stage(root, f"d{i}"), corpus().slice(40 * i, 40))


def test_an_index_says_what_it_holds(tmp_path):
    index_of(tmp_path)
    first, second = described(tmp_path)
    assert (first["dump"], first["compared_with"], second["compared_with"]) == ("d0", [], ["d0"])
    assert first["num_members"] == pq.read_metadata(tmp_path / "d0" / "members.parquet").num_rows
    assert first["num_bytes"] == sum(path.stat().st_size for path in (tmp_path / "d0").iterdir())
    assert first["num_columns"] == first["scheme"]["bands"] == 14
    assert described(tmp_path / "nowhere") == []


def test_a_compacted_index_finds_the_same(tmp_path):
    table = corpus()
    index_of(tmp_path)
    asking = DedupNear(index=str(tmp_path))
    before = gathered(asking, table.slice(80, 40))
    compact(tmp_path, "all")
    assert sorted(tmp_path.glob("d*/*")) == [tmp_path / name / "scheme.json" for name in ("d0", "d1")]
    assert [one["dump"] for one in described(tmp_path)] == ["all"]
    assert problems(tmp_path) == []
    assert gathered(asking, table.slice(80, 40)) == before
    with pytest.raises(StorageError, match="holds d0"):
        Index(tmp_path, asking.scheme(), but="d0")
    with pytest.raises(StorageError, match="new name"):
        compact(tmp_path, "all")


def test_a_merge_bit_by_bit_gives_the_same_tables(tmp_path, monkeypatch):
    for name, at_once in (("one", 10**6), ("many", 7)):
        index_of(tmp_path / name)
        monkeypatch.setattr(upkeep, "_KEYS_AT_ONCE", at_once)
        compact(tmp_path / name, "all")
    for path in (tmp_path / "one" / "all").glob("*.parquet"):
        assert pq.read_table(tmp_path / "many" / "all" / path.name) == pq.read_table(path)


def test_a_compaction_that_was_killed_is_ended_by_the_next(tmp_path, monkeypatch):
    index_of(tmp_path)
    asking = DedupNear(index=str(tmp_path))
    before = gathered(asking, corpus().slice(80, 40))
    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "reduce_dump", lambda *_: None)
        compact(tmp_path, "all")
    assert len(list(tmp_path.glob("d*/*"))) == 2 * 16
    assert [one["dump"] for one in described(tmp_path)] == ["all"]
    assert gathered(asking, corpus().slice(80, 40)) == before
    compact(tmp_path, "again")
    assert len(list(tmp_path.glob("d*/*"))) == 2
    assert [one["dump"] for one in described(tmp_path)] == ["again"]
    assert gathered(asking, corpus().slice(80, 40)) == before


def test_a_run_whose_dump_was_merged_is_known_by_what_it_was_compared_with(tmp_path):
    index_of(tmp_path)
    runs = [stage(tmp_path, name) for name in ("d0", "d1")]
    before = [[(path, path.read_bytes()) for path in run.files()] for run in runs]
    assert [len(files) for files in before] == [0, 1]
    compact(tmp_path, "first")
    gathered(stage(tmp_path, "e"), corpus().slice(80, 20))
    runs.append(stage(tmp_path, "e"))
    before.append([(path, path.read_bytes()) for path in runs[-1].files()])
    assert [path.parent.name for path, _ in before[-1]] == ["first"]
    compact(tmp_path, "second")
    assert [[(path, path.read_bytes()) for path in run.files()] for run in runs] == before
    assert [run.check() for run in runs] == [[], [], []]
    for run in runs:
        with pytest.raises(StorageError, match=f"holds {run.index_as} merged"):
            gathered(run, corpus().slice(0, 20))
    (tmp_path / "d0" / "scheme.json").unlink()
    assert [bool(run.check()) for run in runs] == [True, True, False]
    assert "holds d1 merged" in runs[1].check()[0]


def test_a_dump_that_comes_while_others_are_merged_is_not_lost(tmp_path, monkeypatch):
    index_of(tmp_path)
    write = upkeep.write_dump

    def late(*arguments, **options):
        gathered(stage(tmp_path, "late"), corpus().slice(80, 20))
        write(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "write_dump", late)
        with pytest.raises(StorageError, match="other dumps came"):
            compact(tmp_path, "all")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d0", "d1", "late"]
    assert problems(tmp_path) == []


def rewrite(path: Path, table: pa.Table) -> None:
    """Put a table in the place of a file of a dump, and let the dump say that it was so from the first."""
    pq.write_table(table, path)
    scheme = path.with_name("scheme.json")
    told = json.loads(scheme.read_text())
    told["files"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    scheme.write_text(json.dumps(told))


def test_a_table_that_is_wrong_in_itself_is_told(tmp_path):
    gathered(stage(tmp_path, "d"), corpus())
    assert problems(tmp_path) == []
    path = tmp_path / "d" / "band_00.parquet"
    table = pq.read_table(path)
    rewrite(path, table.take(list(range(len(table)))[::-1]))
    assert problems(tmp_path) == [f"{path}: its keys do not ascend"]
    rewrite(path, table.set_column(1, "member", pa.array([9999] * len(table))))
    assert problems(tmp_path) == [f"{path}: names a member that is not there"]
    rewrite(path, table)
    assert problems(tmp_path) == []
    members = tmp_path / "d" / "members.parquet"
    rewrite(members, pq.read_table(members).slice(1))
    assert "members were written, the file holds" in problems(tmp_path)[0]


def test_one_wrong_bit_and_a_lost_file_are_told(tmp_path):
    gathered(stage(tmp_path, "d"), corpus())
    path = tmp_path / "d" / "band_03.parquet"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert problems(tmp_path) == [f"{path}: is not as it was written"]
    path.unlink()
    assert problems(tmp_path) == [f"{path}: cannot be read: No such file or directory"]


def test_dumps_made_in_different_ways_are_told(tmp_path):
    gathered(stage(tmp_path, "d"), corpus().slice(0, 5))
    gathered(DedupNear(index=str(tmp_path / "other"), index_as="e", n=4), corpus().slice(0, 5))
    (tmp_path / "other" / "e").rename(tmp_path / "e")
    assert any("different ways" in line for line in problems(tmp_path))
    with pytest.raises(StorageError, match="another n"):
        compact(tmp_path, "all")
