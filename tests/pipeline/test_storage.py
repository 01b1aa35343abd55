import errno
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.storage import Folder


def test_a_file_takes_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.writing("a/b.txt") as aside:
        aside.write_text("half")
        assert not folder.exists("a/b.txt")
        assert folder.names("a") == []
    assert folder.read_bytes("a/b.txt") == b"half"


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write_bytes("a.txt", b"old")
    with pytest.raises(RuntimeError), folder.writing("a.txt") as aside:
        aside.write_text("new")
        raise RuntimeError
    assert folder.read_bytes("a.txt") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_is_told_in_one_clear_line(tmp_path: Path) -> None:
    told = r"b\.txt: the disk is full; free some room and run the same command again"
    with pytest.raises(StorageError, match=told), Folder(tmp_path).writing("b.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_what_a_killed_writer_left_is_swept_and_never_listed(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    (tmp_path / ".x.parquet.host-1.tmp").write_text("half")
    folder.write_bytes("x.parquet", b"whole")
    assert folder.names("") == ["x.parquet"]
    folder.sweep("")
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


def test_a_missing_file_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nowhere: cannot be read"):
        Folder(tmp_path).read_bytes("nowhere")


def test_a_url_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError, match="s3://bucket/corpus: is no folder"):
        Folder("s3://bucket/corpus")
    assert list(tmp_path.iterdir()) == []
