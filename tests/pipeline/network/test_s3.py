import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputError, PreflightError
from pipeline.inputs import resolve_inputs
from pipeline.network.fetch import Fetching
from pipeline.network.ranges import RangedInput
from pipeline.network.remote import RemoteInput
from pipeline.storage import LocalFolder
from tests.factories import config_file, result_of, sample_warc, wabun
from tests.objects import Bucket

QUICK = Fetching(tries=2, read_timeout_seconds=2)
MEMBERS = [gzip.compress(f"WARC/1.0 記録{n}".encode()) for n in range(5)]


@pytest.fixture
def crawl(bucket: Bucket) -> Bucket:
    """A bucket that holds some archives."""
    for name in "abc":
        bucket.put(f"crawl-data/x/warc/{name}.warc.gz", b"".join(MEMBERS))
    bucket.put("crawl-data/x/warc.paths.gz", gzip.compress(b"crawl-data/x/warc/c.warc.gz\n"))
    bucket.put("crawl-data/x/日本 語.warc.gz", MEMBERS[0])
    bucket.put("crawl-data/x/cut.warc.gz", MEMBERS[0][:-1])
    return bucket


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("crawl-data/x/warc/", "abc"),
        ("crawl-data/x/*/[ab].warc.gz", "ab"),
        ("crawl-data/x/warc/b.warc.gz", "b"),
        ("crawl-data/x/warc.paths.gz", "c"),
    ],
)
def test_objects_are_named_by_key_prefix_glob_and_list(crawl: Bucket, written: str, expected: str) -> None:
    found = resolve_inputs([f"{crawl.url}/{written}"], fetching=QUICK)
    assert [item.name for item in found] == [f"crawl-data/x/warc/{name}.warc.gz" for name in expected]
    assert all(isinstance(item, RemoteInput) for item in found)
    with found[0].open() as stream:
        assert stream.read() == b"".join(MEMBERS)


def test_a_key_of_any_letters_is_read(crawl: Bucket) -> None:
    (found,) = resolve_inputs([f"{crawl.url}/crawl-data/x/日本 語.warc.gz"], fetching=QUICK)
    with found.open() as stream:
        assert stream.read() == MEMBERS[0]
    assert found.size == len(MEMBERS[0])


def test_an_object_that_is_not_whole_is_an_error(crawl: Bucket) -> None:
    (found,) = resolve_inputs([f"{crawl.url}/crawl-data/x/cut.warc.gz"], fetching=QUICK)
    with found.open() as stream, pytest.raises(InputError, match="inside a gzip member"):
        stream.read()


def test_a_missing_object_and_an_empty_prefix_are_told(crawl: Bucket) -> None:
    with pytest.raises(PreflightError) as caught:
        resolve_inputs([f"{crawl.url}/none.warc.gz", f"{crawl.url}/none/"], fetching=QUICK)
    assert len(caught.value.problems) == 2
    assert "answers 404" in "\n".join(caught.value.problems)


def test_records_are_fetched_from_a_bucket_by_ranges(crawl: Bucket, tmp_path: Path) -> None:
    start = len(MEMBERS[0])
    rows = {"warc_file": ["crawl-data/x/warc/a.warc.gz"], "warc_offset": [start], "warc_length": [len(MEMBERS[1])]}
    pq.write_table(pa.table(rows), tmp_path / "requests.parquet")
    (found,) = resolve_inputs(
        [str(tmp_path / "requests.parquet")], base=crawl.url, fetching=QUICK, folder=LocalFolder(tmp_path)
    )
    assert isinstance(found, RangedInput)
    with found.open() as stream:
        assert stream.read() == MEMBERS[1]
    assert found.locate(0) == ("crawl-data/x/warc/a.warc.gz", start)


def test_a_run_from_a_bucket_gives_the_bytes_of_a_run_from_disk(crawl: Bucket, tmp_path: Path) -> None:
    config = config_file(tmp_path, ["read", "decode"])
    warc = sample_warc(tmp_path / "a.warc.gz", pages=20)
    crawl.put("a.warc.gz", warc.read_bytes())
    for out, entry in (("local", warc), ("remote", f"{crawl.url}/a.warc.gz")):
        done = wabun("run", config, "-i", entry, "-o", tmp_path / out)
        assert done.returncode == 0, done.stderr
    assert result_of(tmp_path / "local") == result_of(tmp_path / "remote")
