"""What an object store must keep to itself, and what it costs; what every folder promises stands in test_storage."""

import io
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import StorageError, StorageFault
from pipeline.network import folders
from pipeline.network.folders import ObjectFolder, open_folder
from pipeline.storage import LocalFolder
from tests.factories import ROOT, config_file, sample_warc, wabun
from tests.faults import serving
from tests.objects import Bucket

MEGABYTE = 1 << 20


@pytest.fixture
def folder(bucket: Bucket) -> ObjectFolder:
    return ObjectFolder(f"{bucket.url}/out/")


def random_bytes(size: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).bytes(size)


def test_a_path_is_a_local_folder_an_s3_url_an_object_folder_and_another_url_none(tmp_path: Path) -> None:
    assert isinstance(open_folder(tmp_path), LocalFolder)
    assert isinstance(open_folder("s3://bucket/corpus"), ObjectFolder)
    for written in ("https://example.jp/corpus", "gs://bucket/corpus"):
        with pytest.raises(StorageError, match=f"{written}: is no folder; name a path, or s3://BUCKET/PREFIX"):
            open_folder(written)
    with pytest.raises(StorageError, match="s3://: names no bucket"):
        open_folder("s3://")


def test_a_rank_on_a_disk_does_not_load_the_client_of_object_stores(tmp_path: Path) -> None:
    assert wabun("plan", config_file(tmp_path, ("read",)), "-i", sample_warc(tmp_path / "a.warc.gz", 4), "-o", tmp_path)
    run = "folder, plan = load_plan(sys.argv[1]); execute(Rank(folder, plan, 0)); print('obstore' in sys.modules)"
    names = "import sys; from pipeline.lineage import load_plan; from pipeline.ranks import Rank; "
    code = f"{names}from pipeline.ranks.execute import execute; {run}"
    command = [sys.executable, "-c", code, str(tmp_path / "plans/00-read")]
    assert subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout == "False\n"


def test_a_bucket_without_a_prefix_is_a_folder(bucket: Bucket) -> None:
    folder = ObjectFolder(bucket.url)
    folder.write_bytes("a/b", b"x")
    assert folder.folders("") == ["a"]
    assert bucket.objects() == {"a/b": b"x"}


def test_a_file_is_one_put_and_is_never_read_back_to_be_digested(folder: ObjectFolder, bucket: Bucket) -> None:
    bucket.server.asked.clear()
    with folder.writing("a/b") as aside:
        aside.write_bytes(b"x" * 100)
        assert bucket.server.asked == []
    folder.write_bytes("c", b"y")
    assert folder.content("a/b").bytes == 100
    assert folder.content("c").bytes == 1
    assert [(one.method, one.key) for one in bucket.server.asked] == [("PUT", "out/a/b"), ("PUT", "out/c")]


def test_a_large_file_is_shown_by_the_end_of_its_upload(
    folder: ObjectFolder, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_PART_BYTES", 5 * MEGABYTE)  # the least that S3 takes
    data = random_bytes(12 * MEGABYTE)
    bucket.server.asked.clear()
    with folder.writing("large") as aside:
        aside.write_bytes(data)
    assert [one.method for one in bucket.server.asked] == ["POST", "PUT", "PUT", "PUT", "POST"]
    assert bucket.server.asked[-1].query.startswith("uploadId=")
    assert open_folder(str(folder)).content("large") == folder.content("large")
    assert folder.read_bytes("large") == data


def test_an_upload_that_fails_on_the_way_shows_nothing(
    folder: ObjectFolder, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_PART_BYTES", 5 * MEGABYTE)
    puts: list[str] = []

    def third_put(method: str, key: str) -> str:
        puts.extend([key] if method == "PUT" else [])
        return "403 Forbidden" if len(puts) == 3 else ""

    bucket.server.status = third_put
    with pytest.raises(StorageError, match="out/large: access is not allowed"), folder.writing("large") as aside:
        aside.write_bytes(random_bytes(12 * MEGABYTE))
    assert len(puts) == 3
    bucket.server.status = lambda method, key: ""
    assert not folder.exists("large")
    assert folder.names("") == []


def test_what_lies_aside_has_no_name_in_the_scratch_folder(
    folder: ObjectFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with folder.writing("a") as aside:
        aside.write_bytes(b"x" * MEGABYTE)
        assert list(tmp_path.iterdir()) == []


def test_a_file_is_opened_by_one_request_that_brings_its_end(folder: ObjectFolder, bucket: Bucket) -> None:
    data = random_bytes(3 * MEGABYTE)
    folder.write_bytes("large", data)
    folder.write_bytes("small", b"x" * 1000)
    bucket.server.asked.clear()
    with folder.open("small") as file:
        assert file.read() == b"x" * 1000
    with folder.open("large") as file:
        file.seek(-100_000, io.SEEK_END)
        assert file.read() == data[-100_000:]
    assert len(bucket.server.asked) == 2


def test_columns_are_read_without_the_bytes_of_the_others(folder: ObjectFolder, bucket: Bucket) -> None:
    text = [random_bytes(20_000, seed).hex() for seed in range(300)]
    table = pa.table({"text": text, **{f"n{i}": list(range(300)) for i in range(30)}})
    with folder.writing("a.parquet") as aside:
        pq.write_table(table, aside, row_group_size=100)
    size = folder.content("a.parquet").bytes
    bucket.server.asked.clear()
    with folder.open("a.parquet") as file:
        found = pq.ParquetFile(file).read_row_group(1, columns=[f"n{i}" for i in range(30)])
    assert found.equals(table.slice(100, 100).drop_columns(["text"]))
    assert len(bucket.server.asked) <= 3
    assert sum(one.size for one in bucket.server.asked) < size / 2


def test_names_take_a_request_per_thousand_and_none_for_each(folder: ObjectFolder, bucket: Bucket) -> None:
    names = [f"{n:05d}-{n:012x}.json" for n in range(1005)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: bucket.put(f"out/done/{name}", b""), names))
    bucket.server.asked.clear()
    assert folder.names("done") == names
    assert [one.method for one in bucket.server.asked] == ["GET", "GET"]
    bucket.server.asked.clear()
    folder.delete(*(f"done/{name}" for name in names))
    assert folder.names("done") == []
    assert [one.method for one in bucket.server.asked] == ["POST", "POST", "GET"]


def test_a_bucket_that_is_not_there_is_told(folder: ObjectFolder) -> None:
    none = ObjectFolder("s3://nowhere/out")
    told = "there is no bucket nowhere; make it, or name another"
    assert none.problems(0) == [f"s3://nowhere/out: {told}"]
    for work in (lambda: none.write_bytes("a", b""), lambda: none.names("a"), lambda: none.read_bytes("a")):
        with pytest.raises(StorageError, match=told):
            work()


def test_what_is_not_allowed_is_told(folder: ObjectFolder, bucket: Bucket) -> None:
    bucket.server.status = lambda method, key: "403 Forbidden"
    told = "access is not allowed; check AWS_… in the environment and the rights of its user"
    assert folder.problems(0) == [f"{folder}: {told}"]
    for work in (
        lambda: folder.write_bytes("a", b""),
        lambda: folder.exists("a"),
        lambda: folder.open("a"),
        lambda: folder.delete("a"),
        lambda: folder.names("a"),
    ):
        with pytest.raises(StorageError, match=told):
            work()


def test_an_endpoint_where_nobody_answers_is_told_before_the_work(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    (problem,) = ObjectFolder(f"{bucket.url}/out").problems(0)
    assert problem.startswith(f"{bucket.url}/out: HTTP error: error sending request; check AWS_ENDPOINT_URL")
    assert "\n" not in problem


def test_a_busy_store_is_asked_again_and_what_stays_busy_is_told(
    folder: ObjectFolder, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = iter(["503 Slow Down"] * 3)
    bucket.server.status = lambda method, key: next(refusals, "")
    folder.write_bytes("a", b"x")
    assert folder.read_bytes("a") == b"x"
    monkeypatch.setattr(folders, "_TRIES", 1)
    bucket.server.status = lambda method, key: "503 Slow Down"
    with pytest.raises(StorageFault, match=r"out/b: .*503.*run the same command again"):
        ObjectFolder(str(folder)).write_bytes("b", b"x")
    bucket.server.status = lambda method, key: ""
    assert folder.names("") == ["a"]


def test_a_request_that_fails_while_a_file_is_read_is_told_through_arrow(folder: ObjectFolder, bucket: Bucket) -> None:
    with folder.writing("a.parquet") as aside:
        pq.write_table(pa.table({"text": [random_bytes(3 * MEGABYTE).hex()]}), aside)
    for opened in (folder.open, folder.open_arrow):
        with opened("a.parquet") as file:
            parquet = pq.ParquetFile(file)
            bucket.server.status = lambda method, key: "403 Forbidden"
            with pytest.raises(StorageError, match=r"a\.parquet: access is not allowed"):
                parquet.read()
        bucket.server.status = lambda method, key: ""


def test_the_clock_is_that_of_the_server(folder: ObjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.base)
        monkeypatch.setattr(
            "http.server.BaseHTTPRequestHandler.date_time_string", lambda *_: "Thu, 01 Jan 2015 00:00:00 GMT"
        )
        assert ObjectFolder(str(folder)).clock() == 1_420_070_400


def test_logs_lie_under_the_state_folder_else_under_the_temporary_one(
    folder: ObjectFolder, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert folder.local("plans") == tmp_path / "wabun" / bucket.name / "out/plans"
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    assert ObjectFolder(str(folder)).local("plans").is_relative_to(tempfile.gettempdir())
