import gzip
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipeline.errors import InputError, PreflightError
from pipeline.inputs import input_of, resolve_inputs
from pipeline.inspection import rescan
from pipeline.network import ranges
from pipeline.network.fetch import Fetching
from pipeline.network.ranges import RangedInput, blocks_of
from pipeline.network.requests import Records
from pipeline.stage import Tally
from pipeline.storage import Folder, LocalFolder
from stages.read import Read
from tests.factories import config_file, result_of, sample_warc, wabun
from tests.faults import Fault, Server, serving
from tests.shared import shared_data

MEMBERS = [gzip.compress(f"WARC/1.0 記録{n}".encode() + random.Random(n).randbytes(900)) for n in range(40)]
STARTS = [sum(map(len, MEMBERS[:n])) for n in range(40)]
ARCHIVE = b"".join(MEMBERS)
QUICK = Fetching(tries=3, read_timeout_seconds=0.4, gap_bytes=1)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def table(path: Path, rows: list[tuple[str, int, int]]) -> Path:
    """A Parquet file that names records."""
    names = ("warc_file", "warc_offset", "warc_length")
    pq.write_table(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]), path)
    return path


def members(*numbers: int, file: str = "a.warc.gz") -> list[tuple[str, int, int]]:
    return [(file, STARTS[n], len(MEMBERS[n])) for n in numbers]


def ranged(tmp_path: Path, rows: list[tuple[str, int, int]], base: str, fetching: Fetching = QUICK) -> RangedInput:
    path = table(tmp_path / "requests.parquet", rows)
    (found,) = resolve_inputs([str(path)], base=base, fetching=fetching, folder=LocalFolder(tmp_path / "out"))
    assert isinstance(found, RangedInput)
    return found


def content(source: RangedInput) -> bytes:
    with source.open() as stream:
        return stream.read()


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 300)), min_size=1, max_size=30, unique_by=lambda r: r[0]),
    st.integers(0, 500),
)
def test_blocks_hold_every_record_and_no_longer_gap(rows: list[tuple[int, int]], gap: int) -> None:
    offsets, lengths = (np.array(column, np.int64) for column in zip(*sorted(rows), strict=True))
    blocks = list(blocks_of(Records("a", offsets, lengths), "", gap))
    assert np.concatenate([block.offsets for block in blocks]).tolist() == offsets.tolist()
    for block in blocks:
        assert block.start == block.offsets[0]
        assert block.stop == (block.offsets + block.lengths).max()
        covered = np.maximum.accumulate(block.offsets + block.lengths)
        assert ((block.offsets[1:] - covered[:-1]) <= gap).all()


def test_records_exactly_a_gap_apart_come_together_and_one_byte_more_apart() -> None:
    records = Records("a", np.array([0, 110], np.int64), np.array([10, 10], np.int64))
    assert len(list(blocks_of(records, "", 100))) == 1
    assert len(list(blocks_of(records, "", 99))) == 2


def test_a_request_is_bounded_unless_one_record_is_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "MAX_REQUEST_BYTES", 100)
    records = Records("a", np.array([0, 40, 80, 120, 400], np.int64), np.array([40, 40, 40, 280, 10], np.int64))
    assert [(b.start, b.stop) for b in blocks_of(records, "", 50)] == [(0, 80), (80, 120), (120, 400), (400, 410)]


def test_only_the_records_asked_for_come_and_near_ones_with_one_request(tmp_path: Path, server: Server) -> None:
    server.put("a.warc.gz", ARCHIVE)
    source = ranged(tmp_path, members(3, 4, 6, 20), server.base, Fetching(gap_bytes=len(MEMBERS[5])))
    assert content(source) == b"".join(MEMBERS[n] for n in (3, 4, 6, 20))
    first = f"bytes={STARTS[3]}-{STARTS[7] - 1}"
    assert sorted(a.range or "" for a in server.gets()) == sorted([first, f"bytes={STARTS[20]}-{STARTS[21] - 1}"])
    assert source.size == sum(len(MEMBERS[n]) for n in (3, 4, 6, 20))


def test_every_byte_of_the_stream_knows_its_place_in_its_archive(tmp_path: Path, server: Server) -> None:
    server.put("a.warc.gz", ARCHIVE)
    rows = [*members(3, 4, 20), *members(0, 39, file="b.warc.gz")]
    source = ranged(tmp_path, rows, server.base)
    at = 0
    for file, offset, length in rows:
        assert source.locate(at) == (file, offset)
        assert source.locate(at + length - 1) == (file, offset + length - 1)
        at += length
    assert input_of(source.as_plain()) == source


def test_faults_of_the_network_cost_nothing(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.network.turns.SECONDS", 0.1)
    faults = [Fault(status=503), Fault(cut=10), Fault(stall=5), Fault(shift=1), Fault(claim=1), Fault(flip=500)]
    server.put("a.warc.gz", ARCHIVE, *faults)
    source = ranged(
        tmp_path, members(*range(0, 40, 2)), server.base, Fetching(tries=8, read_timeout_seconds=0.3, gap_bytes=1)
    )
    assert content(source) == b"".join(MEMBERS[::2])


def test_closing_the_stream_ends_what_is_under_way(tmp_path: Path, server: Server) -> None:
    server.put("a.warc.gz", ARCHIVE)
    server.put("b.warc.gz", ARCHIVE, always=Fault(status=500))
    fetching = Fetching(tries=30, concurrency=3, gap_bytes=1)
    rows = [*members(1), *members(10, 20, 30, file="b.warc.gz")]
    with ranged(tmp_path, rows, server.base, fetching).open() as stream:
        assert stream.read(100) == MEMBERS[1][:100]
    started = time.monotonic()
    while any(thread.name.startswith("ThreadPool") for thread in threading.enumerate()):
        assert time.monotonic() - started < 5
        time.sleep(0.02)


def test_a_server_without_ranges_is_read_through_once(tmp_path: Path, server: Server) -> None:
    server.put("a.warc.gz", ARCHIVE, always=Fault(ignore_range=True))
    server.put("b.warc.gz", ARCHIVE)
    rows = [*members(*range(1, 40, 3)), *members(5, 7, file="b.warc.gz")]
    source = ranged(tmp_path, rows, server.base, Fetching(tries=2, concurrency=2, gap_bytes=1))
    assert content(source) == b"".join(MEMBERS[n] for n in (*range(1, 40, 3), 5, 7))
    assert sum(asked.range is None for asked in server.gets("a.warc.gz")) == 1


def test_damage_that_the_archive_itself_holds_is_given_on_after_a_second_look(tmp_path: Path, server: Server) -> None:
    damaged = bytearray(ARCHIVE)
    damaged[STARTS[7] + 300] ^= 1
    server.put("a.warc.gz", bytes(damaged))
    assert content(ranged(tmp_path, members(7), server.base)) == bytes(damaged[STARTS[7] : STARTS[8]])
    assert len(server.gets()) == 2


def test_an_archive_shorter_than_its_index_says_is_an_error(tmp_path: Path, server: Server) -> None:
    server.put("a.warc.gz", ARCHIVE[: STARTS[30]])
    with pytest.raises(InputError, match="tries"):
        content(ranged(tmp_path, members(2, 35), server.base))
    (tmp_path / "a.warc.gz").write_bytes(ARCHIVE[: STARTS[30]])
    with pytest.raises(InputError, match="ends before"):
        content(ranged(tmp_path, members(2, 35), str(tmp_path)))


def test_a_missing_archive_on_this_machine_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match="set base_url"):
        ranged(tmp_path, members(2), str(tmp_path / "elsewhere"))


def test_tables_without_order_are_sorted_and_doubles_come_once(tmp_path: Path, folder: Folder) -> None:
    (tmp_path / "a.warc.gz").write_bytes(ARCHIVE)
    paths = [table(tmp_path / f"{n}.parquet", members(*numbers)) for n, numbers in enumerate([(9, 3, 5), (5, 1)])]
    (found,) = resolve_inputs([str(p) for p in paths], base=str(tmp_path), folder=folder)
    assert isinstance(found, RangedInput)
    again = input_of(found.as_plain())
    assert content(found) == content(again) == b"".join(MEMBERS[n] for n in (1, 3, 5, 9))
    assert again == found
    assert found.requests.startswith(f"{folder}/inputs/requests-")


def test_without_a_folder_parquet_files_are_documents(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", members(1))
    assert resolve_inputs([str(path)])[0].path == path


def rows_of(source: object) -> tuple[list[dict[str, object]], Tally]:
    tally = Tally()
    return [row for batch in Read().read(source, tally) for row in batch.to_pylist()], tally  # type: ignore[arg-type]


def test_the_japanese_records_of_a_real_archive_read_as_in_the_whole_of_it(tmp_path: Path, server: Server) -> None:
    archive = shared_data("web.warc.gz")
    (whole,) = resolve_inputs([str(archive)])
    expected, _ = rows_of(whole)
    server.put("web.warc.gz", archive.read_bytes(), Fault(status=500), Fault(cut=5000), Fault(cut=1))
    rows = [("web.warc.gz", row["warc_offset"], row["warc_length"]) for row in expected]
    source = ranged(tmp_path, rows, server.base, Fetching(tries=4, gap_bytes=64_000))
    found, tally = rows_of(source)
    assert found == expected
    assert not tally.damaged
    assert not tally.dropped


def test_a_corpus_is_made_again_from_its_shards_alone(tmp_path: Path, server: Server) -> None:
    config = config_file(tmp_path, ["read", "decode"], read_timeout_seconds=1)
    warcs = [sample_warc(tmp_path / "in" / f"{n}.warc.gz", pages=30, seed=n) for n in range(2)]
    done = wabun("run", config, "-i", tmp_path / "in", "-o", tmp_path / "first")
    assert done.returncode == 0, done.stderr
    for path in warcs:
        data = path.read_bytes()
        server.put(path.name, data, Fault(cut=1000))
        path.unlink()
    again = wabun(
        "run", config, "-i", tmp_path / "first/shards", "-o", tmp_path / "second", "-s", f"base_url={server.base}"
    )
    assert again.returncode == 0, again.stderr
    first, second = (result_of(tmp_path / out) for out in ("first", "second"))
    shards = [name for name in first if name.startswith("shards/")]
    assert shards
    assert [first[name] for name in shards] == [second[name] for name in shards]


def test_an_index_chosen_and_run_gives_the_documents_at_their_places(tmp_path: Path, server: Server) -> None:
    archive = sample_warc(tmp_path / "in" / "crawl-data" / "a.warc.gz", pages=40)
    server.put("crawl-data/a.warc.gz", archive.read_bytes(), Fault(status=500))
    captures = []
    with archive.open("rb") as file:
        records = ArchiveIterator(file, no_record_parse=True)
        for record in records:
            kind, url = record.rec_type, record.rec_headers.get_header("WARC-Target-URI")
            record.content_stream().read()
            offset = records.get_record_offset()
            if kind == "response":
                captures.append((url, offset, records.get_record_length()))
    index = pa.table(
        {
            "url": [url for url, _, _ in captures],
            "content_languages": ["jpn" if n % 2 else "jpn,eng" for n in range(len(captures))],
            "content_mime_detected": ["text/html"] * len(captures),
            "fetch_status": [200] * len(captures),
            "warc_filename": ["crawl-data/a.warc.gz"] * len(captures),
            "warc_record_offset": [offset for _, offset, _ in captures],
            "warc_record_length": [length for _, _, length in captures],
        }
    )
    pq.write_table(index, tmp_path / "index.parquet")
    requests = tmp_path / "requests.parquet"
    assert wabun("index", tmp_path / "index.parquet", "-o", requests).returncode == 0
    config = config_file(tmp_path, ["read", "decode"], keep_dropped="none")
    places = {}
    for out, entry in (("whole", archive), ("chosen", requests)):
        done = wabun("run", config, "-i", entry, "-o", tmp_path / out, "-s", f"base_url={server.base}")
        assert done.returncode == 0, done.stderr
        table = pq.read_table(tmp_path / out / "shards")
        places[out] = table.select(["warc_file", "warc_offset", "warc_length", "id"]).sort_by("warc_offset").to_pylist()
    assert places["whole"] == places["chosen"]
    assert places["whole"][0]["warc_file"] == "crawl-data/a.warc.gz"
    again = list(rescan(LocalFolder(tmp_path / "chosen"), captures[0][0]))
    assert [(row["warc_file"], row["warc_offset"]) for row in again] == [("crawl-data/a.warc.gz", captures[0][1])]
