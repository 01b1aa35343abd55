"""Shards as others read them, and the memory it takes to make them."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.factories import ROOT, config_file, sample_warc, wabun


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    warc = sample_warc(folder / "a.warc.gz", pages=150)
    done = wabun(
        "run", ROOT / "configs/quickstart.yaml", "-i", warc, "-o", folder / "out", "--set", "shard_characters=20000"
    )
    assert done.returncode == 0, done.stderr
    return folder / "out"


def rows_of(out: Path) -> int:
    return sum(shard["rows"] for shard in json.loads((out / "stats.json").read_text())["shards"])


def test_shards_are_named_by_their_number_and_balanced_by_text(out: Path) -> None:
    shards = json.loads((out / "stats.json").read_text())["shards"]
    names = [Path(shard["shard"]).name for shard in shards]
    assert names == [f"part-{k:05d}-of-{len(names):05d}.parquet" for k in range(len(names))]


def test_every_field_says_its_meaning(out: Path) -> None:
    schema = pq.read_schema(min((out / "shards").glob("*")))
    promised = ["id", "url", "host", "date", "title", "text", "charset", "language_score", "warc_file", "warc_offset"]
    assert {*promised, "warc_length", "cluster_size", "hiragana_fraction"} <= set(schema.names)
    assert schema.field("date").type == pa.timestamp("us", tz="UTC")
    for field in schema:
        assert field.metadata[b"meaning"], field.name


def test_columns_are_zstd_with_statistics(out: Path) -> None:
    group = pq.ParquetFile(min((out / "shards").glob("*"))).metadata.row_group(0)
    for place in range(group.num_columns):
        assert group.column(place).compression == "ZSTD"
    assert group.column(0).statistics is not None


def test_duckdb_reads_the_shards(out: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    [(count, shortest)] = duckdb.sql(f"SELECT count(*), min(length(text)) FROM '{out}/shards/*.parquet'").fetchall()
    assert count == rows_of(out)
    assert shortest >= 300


def test_pandas_reads_the_shards(out: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frames = [pandas.read_parquet(path) for path in sorted((out / "shards").glob("*"))]
    assert sum(len(frame) for frame in frames) == rows_of(out)


def test_hugging_face_datasets_reads_the_result(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(
        "parquet", data_files=str(out / "shards" / "*.parquet"), split="train", cache_dir=str(tmp_path)
    )
    assert len(loaded) == rows_of(out)
    assert loaded[0]["text"]


def test_no_document_is_in_two_places(out: Path) -> None:
    kept = [i for path in (out / "shards").glob("*") for i in pq.read_table(path)["id"].to_pylist()]
    fallen = [i for path in (out / "dropped").glob("*") for i in pq.read_table(path)["id"].to_pylist()]
    assert len(kept) == len(set(kept))
    assert not set(kept) & {i for i in fallen if i is not None}


def test_a_worker_stays_under_a_gigabyte_on_pages_of_eight_megabytes(tmp_path: Path) -> None:
    paragraph = "<p>山あいの町では、朝霧が晴れるころに市場が開き、採れたての野菜が並びます。</p>\n"
    html = f"<html lang=ja><title>大きな頁</title><body>{paragraph * 60_000}</body>".encode()
    assert 6_000_000 < len(html) < 8_000_000
    path = tmp_path / "big.warc.gz"
    with path.open("wb") as file:
        for number in range(60):
            body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html
            head = (
                "WARC/1.0\r\nWARC-Type: response\r\n"
                f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012d}>\r\n"
                f"WARC-Target-URI: https://big.example/{number}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
                f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            file.write(gzip.compress(head.encode() + body + b"\r\n\r\n", 1))
    stages = [
        "read",
        "decode",
        "extract",
        "language",
        "normalize",
        "dedup_exact",
        "dedup_near",
        "ng_words",
        "signals",
        "quality",
    ]
    config = config_file(tmp_path, stages)
    done = wabun("run", config, "-i", path, "-o", tmp_path / "out", "-w", "1")
    assert done.returncode == 0, done.stderr
    manifests = [json.loads(marker.read_text()) for marker in (tmp_path / "out").glob("plans/*/done/*.json")]
    assert max(m["peak_bytes"] for m in manifests) < 1_000_000_000, {m["plan"]: m["peak_bytes"] for m in manifests}
