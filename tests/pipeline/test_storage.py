"""What every folder promises, on a file system and in an object store; then what only a file system must."""

import errno
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import StorageError
from pipeline.network.folders import open_folder
from pipeline.storage import Content, Folder, LocalFolder

LARGE = bytes(range(256)) * 8_000


def test_a_file_takes_its_name_only_when_it_is_whole(folder: Folder) -> None:
    with folder.writing("a/b.txt") as aside:
        aside.write_text("half")
        assert not folder.exists("a/b.txt")
        assert folder.names("a") == []
    assert folder.exists("a/b.txt")
    assert folder.read_bytes("a/b.txt") == b"half"


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(folder: Folder) -> None:
    folder.write_bytes("a.txt", b"old")
    with pytest.raises(RuntimeError), folder.writing("a.txt") as aside:
        aside.write_text("new")
        raise RuntimeError
    assert folder.read_bytes("a.txt") == b"old"
    assert folder.names("") == ["a.txt"]


def test_a_full_disk_is_told_in_one_clear_line(folder: Folder) -> None:
    told = r": the disk is full; free some room and run the same command again"
    with pytest.raises(StorageError, match=told), folder.writing("b.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not folder.exists("b.txt")


def test_a_writer_may_open_the_file_aside_as_it_likes(folder: Folder) -> None:
    table = pa.table({"text": ["ひらがな", "カタカナ"], "n": [1, 2]})
    with folder.writing("a.parquet") as aside:
        pq.write_table(table, aside)
    with folder.open("a.parquet") as file:
        assert pq.read_table(file).equals(table)
    with folder.open_arrow("a.parquet") as file:
        assert pq.ParquetFile(file).read().equals(table)


def test_a_second_writer_takes_the_place_of_the_first(folder: Folder) -> None:
    folder.write_bytes("a", b"1")
    folder.write_bytes("a", b"22")
    assert folder.read_bytes("a") == b"22"


@pytest.mark.parametrize("data", [b"", b"short", LARGE], ids=["empty", "short", "large"])
def test_a_file_is_read_from_any_place_in_it(folder: Folder, data: bytes) -> None:
    folder.write_bytes("a", data)
    whole = io.BytesIO(data)
    with folder.open("a") as file:
        for place, whence, size in ((0, 0, 3), (1_000_000, 0, 1_100_000), (7, 0, 100), (0, 2, 1), (2, 1, 1), (0, 0, 9)):
            assert file.seek(place, whence) == whole.seek(place, whence)
            assert file.read(size) == whole.read(size)
        assert file.seek(-len(data), 2) == 0
        assert file.read() == data


def test_content_is_length_and_digest_for_the_writer_and_for_everybody_else(folder: Folder) -> None:
    for data in (b"abc", LARGE):
        folder.write_bytes("a", data)
        told = folder.content("a")
        assert told == open_folder(str(folder)).content("a")
        assert told.bytes == len(data)
    folder.write_bytes("a", b"abc")
    assert folder.content("a") == Content(3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    folder.delete("a")
    with pytest.raises(StorageError):
        folder.content("a")


def test_files_and_folders_are_told_apart_and_in_order(folder: Folder) -> None:
    for name in ("b", "a", "in/c", "in/deep/d", "inner/e", "z/f"):
        folder.write_bytes(name, b"x")
    assert folder.names("") == ["a", "b"]
    assert folder.folders("") == ["in", "inner", "z"]
    assert folder.names("in") == ["c"]
    assert folder.folders("in") == ["deep"]
    assert folder.names("nowhere") == folder.folders("nowhere") == []


def test_what_is_deleted_is_gone_and_may_have_been_gone_before(folder: Folder) -> None:
    for name in ("a", "b", "in/c", "in/deep/d", "inner/e"):
        folder.write_bytes(name, b"x")
    folder.delete()
    folder.delete("a")
    folder.delete("a", "b", "nowhere")
    folder.remove("in")
    folder.remove("nowhere")
    assert folder.names("") == []
    assert folder.folders("") == ["inner"]
    assert folder.names("in/deep") == []
    assert folder.exists("inner/e")


def test_small_files_are_read_in_the_order_asked_for(folder: Folder) -> None:
    names = [f"{n:03d}" for n in range(40)]
    for name in names:
        folder.write_bytes(name, name.encode())
    assert [data.decode() for data in folder.read_each(names[::-1])] == names[::-1]


def test_a_note_tells_when_it_was_last_renewed_by_the_clock_of_the_folder(folder: Folder) -> None:
    folder.note("plans/running/1")
    folder.note("plans/running/1")
    folder.note("plans/failed/2", "理由")
    assert folder.read_bytes("plans/failed/2").decode() == "理由"
    found = folder.times("plans/running")
    assert list(found) == ["1"]
    assert abs(folder.clock() - found["1"]) < 50
    assert folder.times("nowhere") == {}


def test_a_file_that_may_be_there_is_found_or_not(folder: Folder) -> None:
    assert folder.find("a") is None
    folder.write_bytes("a", b"")
    assert folder.find("a") == b""


def test_a_missing_file_is_told_by_its_address(folder: Folder) -> None:
    for read in (folder.read_bytes, folder.open, folder.open_arrow, folder.content):
        with pytest.raises(StorageError) as caught:
            read("nowhere")
        assert str(caught.value).startswith(f"{folder}/nowhere: cannot be read")


def test_the_address_leads_back_to_the_folder(folder: Folder) -> None:
    folder.write_bytes("a/b", b"x")
    again = open_folder(folder.absolute())
    assert type(again) is type(folder)
    assert again.read_bytes("a/b") == b"x"
    assert folder.where("a/b") == f"{folder}/a/b"


def test_a_folder_that_can_take_the_result_has_no_problem(folder: Folder) -> None:
    assert folder.problems(1000) == []


def test_a_place_for_logs_is_on_this_machine(folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    log = folder.local("plans/00-read/log/00000.log")
    log.parent.mkdir(parents=True)
    log.write_text("here")
    assert log.is_relative_to(tmp_path)


def test_what_a_killed_writer_left_on_a_disk_is_swept_and_never_listed(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)
    (tmp_path / ".x.parquet.host-1.tmp").write_text("half")
    folder.write_bytes("x.parquet", b"whole")
    assert folder.names("") == ["x.parquet"]
    folder.sweep("")
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]
