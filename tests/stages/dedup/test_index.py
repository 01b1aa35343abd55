import errno
import random
from contextlib import AbstractContextManager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import StorageError
from stages.dedup.index import Index
from stages.dedup.lock import locked
from stages.dedup.upkeep import problems
from stages.dedup_near import DedupNear
from tests.stages.gathering import MemorySketches, gathered
from tests.stages.test_dedup_near import documents, edited, prose


def corpus() -> pa.Table:
    """120 documents of 25 clusters and some alone, whose dates follow their order."""
    chance = random.Random(5)
    texts = [edited(prose(chance.randrange(25), 300), chance.randrange(4), i) for i in range(100)]
    return documents(*texts, *(prose(i, 300) for i in range(1000, 1020)))


def stage(root: Path, name: str, **options: object) -> DedupNear:
    return DedupNear(index=str(root), index_as=name, **options)  # type: ignore[arg-type]


COLUMNS = ["id", "drop_reason", "duplicate_of", "cluster_size", "cluster_id"]


def test_dump_after_dump_finds_what_all_together_find(tmp_path):
    table = corpus()
    whole = gathered(DedupNear(), table).select(COLUMNS)
    cuts = [0, 40, 80, 120]
    for number in range(3):
        part = gathered(stage(tmp_path, f"dump-{number}"), table.slice(cuts[number], 40))
        expected = whole.slice(cuts[number], 40)
        assert part["drop_reason"].to_pylist() == expected["drop_reason"].to_pylist()
        assert part["duplicate_of"].to_pylist() == expected["duplicate_of"].to_pylist()
        assert part["cluster_id"].to_pylist() == expected["cluster_id"].to_pylist()
        for document, dump in zip(part["duplicate_of"].to_pylist(), part["duplicate_dump"].to_pylist(), strict=True):
            home = document and int(document.removeprefix("id")) // 40
            assert dump == (None if home in (None, number) else f"dump-{home}")
    assert part["cluster_size"].to_pylist() == whole["cluster_size"].to_pylist()[80:]
    assert problems(tmp_path) == []


def test_a_document_that_joins_two_earlier_clusters_makes_them_one_for_what_follows(tmp_path):
    text = prose(5, 2000)
    far = edited(text, 600, 1)
    between = far[:1000] + text[1000:]
    like_far_only = prose(51, 1000) + far[1000:]
    table = documents(text, far, between, like_far_only)
    options = {"bands": 120, "rows": 4}
    alone = DedupNear(**options)
    assert gathered(alone, table.take([0, 2, 3]))["cluster_size"].to_pylist() == [2, 2, 1]
    whole = gathered(alone, table)
    assert whole["cluster_size"].to_pylist() == [4] * 4
    first = gathered(stage(tmp_path, "a", **options), table.slice(0, 2))
    assert first["drop_reason"].to_pylist() == [None, None]
    second = gathered(stage(tmp_path, "b", **options), table.slice(2, 1))
    assert second["duplicate_of"].to_pylist() == ["id0"]
    assert second["cluster_size"].to_pylist() == [3]
    third = gathered(stage(tmp_path, "c", **options), table.slice(3, 1))
    assert third["duplicate_of"].to_pylist() == ["id0"]
    assert third["cluster_size"].to_pylist() == [4]
    assert third["duplicate_dump"].to_pylist() == ["a"]


def test_an_earlier_dump_stands_first_even_where_its_document_is_the_newer(tmp_path):
    table = documents(prose(1), edited(prose(1), 3))
    assert gathered(DedupNear(), table)["duplicate_of"].to_pylist() == [None, "id0"]
    gathered(stage(tmp_path, "a"), table.slice(1, 1))
    assert gathered(stage(tmp_path, "b"), table.slice(0, 1))["duplicate_of"].to_pylist() == ["id1"]


def test_running_a_dump_again_gives_the_same_and_leaves_the_index_the_same(tmp_path):
    table = corpus()
    results = []
    for _ in range(2):
        results.append([gathered(stage(tmp_path, f"d{i}"), table.slice(60 * i, 60)).select(COLUMNS) for i in range(2)])
        results[-1].append({path.name: path.read_bytes() for path in sorted((tmp_path / "d1").iterdir())})
    assert results[0] == results[1]


def test_a_memory_limit_does_not_change_the_index(tmp_path):
    table = corpus()
    for name, memory in (("one", 10**9), ("many", 1000)):
        gathered(stage(tmp_path / name, "d", memory=memory), table)
    one, many = (pq.read_table(tmp_path / name / "d" / "band_03.parquet") for name in ("one", "many"))
    assert one == many
    assert len(one) > 40


def test_the_keys_of_earlier_dumps_count_into_the_memory_of_a_rank(tmp_path):
    gathered(stage(tmp_path, "a"), corpus())
    known = pq.read_metadata(tmp_path / "a" / "band_00.parquet").num_rows
    nothing = MemorySketches([], 0)
    assert stage(tmp_path, "b", memory=16 * known).num_parts(nothing) == 14
    assert stage(tmp_path, "b", memory=16 * known - 1).num_parts(nothing) == 28
    assert stage(tmp_path, "a", memory=1).num_parts(nothing) == 14


def test_an_index_made_in_another_way_is_refused(tmp_path):
    gathered(stage(tmp_path, "d"), corpus().slice(0, 5))
    assert "another n" in stage(tmp_path, "e", n=4).check()[0]
    assert "another bands, rows" in stage(tmp_path, "e", bands=20, rows=10).check()[0]
    assert stage(tmp_path, "e").check() == []
    assert DedupNear(index_as="e").check() == ["index_as: name the index as well"]
    assert DedupNear(index=str(tmp_path / "typo")).check() == [f"index: there is no folder {tmp_path / 'typo'}"]
    assert "is no folder on a file system" in DedupNear(index="s3://bucket/index", index_as="e").check()[0]


def test_a_dump_of_an_index_is_whole_or_not_there(tmp_path):
    gathered(stage(tmp_path, "d"), corpus().slice(0, 5))
    path = tmp_path / "d" / "scheme.json"
    whole = path.read_text()
    for damaged, words in (("{", "cannot be read"), ("[]", "not of this version"), ('"files": 3', "files: damaged")):
        path.write_text(damaged if len(damaged) < 3 else whole[: whole.index('"files"')] + damaged + "}")
        assert words in stage(tmp_path, "e").check()[0]


def test_a_name_that_would_leave_the_index_is_refused(tmp_path):
    for name in ("../d", ".d", "d.tmp", "a/b"):
        assert "a dump's name is" in stage(tmp_path, name).check()[0]
    assert stage(tmp_path, "2024年10月").check() == []


def test_the_files_of_a_dump_are_those_it_was_compared_with(tmp_path):
    table = corpus()
    assert stage(tmp_path, "a").files() == []
    for i, name in enumerate("abc"):
        gathered(stage(tmp_path, name), table.slice(40 * i, 40))
    assert stage(tmp_path, "a").files() == []
    assert stage(tmp_path, "b").files() == [tmp_path / "a" / "scheme.json"]
    assert [path.parent.name for path in stage(tmp_path, "d").files()] == ["a", "b", "c"]
    assert [path.parent.name for path in DedupNear(index=str(tmp_path)).files()] == ["a", "b", "c"]
    assert stage(tmp_path, "b").files_to_sketch() == []
    assert DedupNear().files() == []


def test_a_dump_that_came_during_the_run_is_not_passed_over_in_silence(tmp_path, monkeypatch):
    table = corpus()
    compare = DedupNear.remember

    def late(self, *arguments):
        monkeypatch.undo()
        gathered(stage(tmp_path, "late"), table.slice(0, 20))
        compare(self, *arguments)

    gathered(stage(tmp_path, "a"), table.slice(20, 20))
    monkeypatch.setattr(DedupNear, "remember", late)
    with pytest.raises(StorageError, match="other dumps came"):
        gathered(stage(tmp_path, "b"), table.slice(40, 20))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "late"]


def at_the_lock(monkeypatch: pytest.MonkeyPatch, *stages: DedupNear) -> None:
    """Let these runs, of 20 documents each, end when the next one is about to take the lock."""

    def late(root: Path, dump: str) -> AbstractContextManager[None]:
        monkeypatch.undo()
        for number, one in enumerate(stages):
            gathered(one, corpus().slice(20 * number, 20))
        return locked(root, dump)

    monkeypatch.setattr("stages.dedup.dump_files.locked", late)


def test_of_two_runs_that_end_at_the_same_moment_one_is_told_to_run_again(tmp_path, monkeypatch):
    at_the_lock(monkeypatch, stage(tmp_path, "late"))
    with pytest.raises(StorageError, match="other dumps came during the run; run the same command again"):
        gathered(stage(tmp_path, "b"), corpus().slice(40, 20))
    assert [path.name for path in tmp_path.iterdir()] == ["late"]
    gathered(stage(tmp_path, "b"), corpus().slice(40, 20))
    assert [path.parent.name for path in stage(tmp_path, "b").files()] == ["late"]


def test_a_dump_that_was_replaced_during_the_run_is_not_taken_for_the_old_one(tmp_path, monkeypatch):
    gathered(stage(tmp_path, "a"), corpus().slice(60, 20))
    at_the_lock(monkeypatch, stage(tmp_path, "a"))
    with pytest.raises(StorageError, match="other dumps came"):
        gathered(stage(tmp_path, "b"), corpus().slice(40, 20))


def test_a_dump_of_another_run_that_is_made_anew_just_the_same_is_no_change(tmp_path, monkeypatch):
    gathered(stage(tmp_path, "a"), corpus().slice(0, 20))
    at_the_lock(monkeypatch, stage(tmp_path, "a"))
    gathered(stage(tmp_path, "b"), corpus().slice(40, 20))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_the_index_is_locked_while_a_dump_takes_its_place(tmp_path):
    with (
        locked(tmp_path, "a"),
        pytest.raises(StorageError, match=r"being changed \(dump a; host .*; process \d+; since"),
    ):
        gathered(stage(tmp_path, "b"), corpus().slice(0, 20))
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_not_read(tmp_path):
    gathered(stage(tmp_path, "d"), corpus())
    (tmp_path / "e~0.tmp").mkdir()
    (tmp_path / "e.f~0.tmp").mkdir()
    (tmp_path / "f").mkdir()
    assert [*Index(tmp_path, stage(tmp_path, "e").scheme()).told] == ["d"]
    assert [*Index(tmp_path / "nowhere", {}).told] == []
    gathered(stage(tmp_path, "e"), corpus())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "e", "e.f~0.tmp", "f"]


def test_a_full_disk_leaves_the_index_as_it_was(tmp_path, monkeypatch):
    table = corpus()
    gathered(stage(tmp_path, "a"), table.slice(0, 60))
    before = {path: path.read_bytes() for path in tmp_path.glob("a/*")}
    write = pq.ParquetWriter.write_table
    calls = iter(range(99))

    def failing(*arguments: object, **options: object) -> None:
        if next(calls) == 7:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetWriter, "write_table", failing)
        with pytest.raises(OSError, match="No space"):
            gathered(stage(tmp_path, "b"), table.slice(60, 60))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert {path: path.read_bytes() for path in tmp_path.glob("a/*")} == before
    again = gathered(stage(tmp_path, "b"), table.slice(60, 60)).select(COLUMNS)
    assert again["drop_reason"] == gathered(DedupNear(), table).select(COLUMNS).slice(60, 60)["drop_reason"]
    assert problems(tmp_path) == []


def test_an_empty_dump_joins_the_index(tmp_path):
    gathered(stage(tmp_path, "d"), documents())
    assert problems(tmp_path) == []
    assert gathered(DedupNear(index=str(tmp_path)), documents("犬"))["duplicate_of"].to_pylist() == [None]
