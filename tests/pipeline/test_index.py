import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline.errors import InputError
from pipeline.index import Conditions, chosen_records
from pipeline.inputs import LocalInput, resolve_inputs
from pipeline.network.fetch import Fetching
from pipeline.network.remote import RemoteInput
from pipeline.network.sorting import Sorter, write_requests
from pipeline.storage import LocalFolder
from tests.factories import wabun
from tests.faults import Fault, Server, serving
from tests.shared import shared_data

ROWS: list[dict[str, Any]] = [
    {"url": "https://a.example.jp/", "languages": "jpn", "offset": 1000},
    {"url": "https://b.example.jp/", "languages": "jpn,eng", "offset": 100},
    {"url": "https://example.com/", "languages": "eng,jpn", "offset": 5000},
    {"url": "https://example.or.jp/", "languages": "eng", "offset": 300},
    {"url": "https://notexample.jp/", "languages": "jpn", "offset": 400, "file": "y.warc.gz"},
    {"url": "https://example.jp/a.pdf", "languages": "jpn", "offset": 500, "mime": "application/pdf"},
    {"url": "https://example.jp/missing", "languages": "jpn", "offset": 600, "status": 404},
    {"url": "https://example.jp/?none", "languages": None, "offset": 700},
    {"url": "https://example.jp/late", "languages": "jpn", "offset": 800, "day": 20},
]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def columnar(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A columnar index as Common Crawl lays it out."""
    hosts = [row["url"].partition("://")[2].partition("/")[0] for row in rows]
    table = pa.table(
        {
            "url": [row["url"] for row in rows],
            "url_host_name": hosts,
            "url_host_tld": [host.rpartition(".")[2] for host in hosts],
            "fetch_time": pa.array([datetime(2024, 2, row.get("day", 10)) for row in rows], pa.timestamp("ns")),
            "fetch_status": pa.array([row.get("status", 200) for row in rows], pa.int16()),
            "content_mime_detected": [row.get("mime", "text/html") for row in rows],
            "content_charset": ["UTF-8" for _ in rows],
            "content_languages": [row["languages"] for row in rows],
            "warc_filename": [row.get("file", "x.warc.gz") for row in rows],
            "warc_record_offset": pa.array([row["offset"] for row in rows], pa.int32()),
            "warc_record_length": pa.array([row.get("length", 50) for row in rows], pa.int32()),
        }
    )
    pq.write_table(table, path)
    return path


def cdxj(path: Path, rows: list[dict[str, Any]]) -> Path:
    """The same as CDXJ: a gzip member for every few lines."""
    packed = b""
    for row in rows:
        about = {
            "url": row["url"],
            "mime-detected": row.get("mime", "text/html"),
            "status": str(row.get("status", 200)),
            "filename": row.get("file", "x.warc.gz"),
            "offset": str(row["offset"]),
            "length": str(row.get("length", 50)),
        } | ({"languages": row["languages"]} if row["languages"] else {})
        packed += gzip.compress(f"jp,example)/ 202402{row.get('day', 10):02d}000000 {json.dumps(about)}\n".encode())
    path.write_bytes(packed)
    return path


def offsets(path: Path, conditions: Conditions) -> list[int]:
    (source,) = resolve_inputs([str(path)])
    assert isinstance(source, LocalInput)
    batches = chosen_records(source, conditions, Counter())
    return sorted(offset for batch in batches for offset in batch.column("warc_offset").to_pylist())


@pytest.fixture(params=["columnar", "cdxj"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "columnar":
        return columnar(tmp_path / "part-00000.parquet", ROWS)
    return cdxj(tmp_path / "cdx-00000.gz", ROWS)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (Conditions(), [100, 400, 800, 1000]),
        (Conditions(languages="any"), [100, 400, 800, 1000, 5000]),
        (Conditions(languages="none"), [100, 300, 400, 700, 800, 1000, 5000]),
        (Conditions(language="eng"), [300, 5000]),
        (Conditions(hosts=("example.jp",)), [100, 800, 1000]),
        (Conditions(hosts=("a.example.jp", "notexample.jp")), [400, 1000]),
        (Conditions(languages="none", tlds=("com",)), [5000]),
        (Conditions(mimes=("application/pdf",)), [500]),
        (Conditions(mimes=()), [100, 400, 500, 800, 1000]),
        (Conditions(since=date(2024, 2, 10), until=date(2024, 2, 10)), [100, 400, 1000]),
        (Conditions(since=date(2024, 2, 11)), [800]),
        (Conditions(until=date(2024, 2, 9)), []),
    ],
)
def test_conditions_choose_the_same_from_both_indexes(index: Path, conditions: Conditions, expected: list[int]) -> None:
    assert offsets(index, conditions) == expected


def test_rows_that_name_no_record_are_counted_and_passed_over(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[0] | {"offset": -1}, ROWS[0] | {"length": 0}, ROWS[0] | {"file": None}]
    path = columnar(tmp_path / "index.parquet", rows)
    (source,) = resolve_inputs([str(path)])
    passed: Counter[str] = Counter()
    assert isinstance(source, LocalInput)
    assert sum(batch.num_rows for batch in chosen_records(source, Conditions(), passed)) == 1
    assert passed["unusable"] == 3


def test_a_broken_line_of_cdxj_is_counted_and_passed_over(tmp_path: Path) -> None:
    path = cdxj(tmp_path / "cdx.gz", ROWS)
    path.write_bytes(path.read_bytes() + gzip.compress(b'jp,x)/ 2024 {"languages": "jpn", \njp 2024 {"jpn": 1}\n'))
    (source,) = resolve_inputs([str(path)])
    passed: Counter[str] = Counter()
    assert isinstance(source, LocalInput)
    assert sum(batch.num_rows for batch in chosen_records(source, Conditions(), passed)) == 4
    assert passed["unusable"] == 2


def test_the_shards_of_a_corpus_are_an_index_of_their_own(tmp_path: Path) -> None:
    table = pa.table(
        {
            "warc_file": ["b", "a"],
            "warc_offset": [5, 9],
            "warc_length": [1, 2],
            "host": ["x.jp", "y.com"],
            "text": ["", ""],
        }
    )
    pq.write_table(table, tmp_path / "part.parquet")
    assert offsets(tmp_path / "part.parquet", Conditions()) == [5, 9]
    assert offsets(tmp_path / "part.parquet", Conditions(tlds=("jp",))) == [5]


@pytest.mark.parametrize("name", ["index.parquet", "index.cdxj", "index.gz"])
def test_what_is_no_index_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith(".parquet"):
        pq.write_table(pa.table({"url": ["https://example.jp/"]}), path)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(b"x" * 1000)[:-10])
    else:
        path.write_text("ただの文章です。\n", encoding="utf-8")
    with pytest.raises(InputError, match=name):
        offsets(path, Conditions())


def test_an_index_is_read_over_http_without_fetching_all_of_it(tmp_path: Path, server: Server) -> None:
    rows = [ROWS[n % 9] | {"offset": n, "url": f"https://{n:06d}.example.jp/"} for n in range(40_000)]
    data = columnar(tmp_path / "part.parquet", rows).read_bytes()
    url = server.put("part.parquet", data, Fault(), Fault(cut=100))
    (source,) = resolve_inputs([url], fetching=Fetching(tries=3))
    assert isinstance(source, RemoteInput)
    found = [batch.num_rows for batch in chosen_records(source, Conditions(), Counter())]
    assert sum(found) == sum(offset % 9 in (0, 1, 4, 8) for offset in range(40_000))


def test_the_command_tells_what_it_would_take_and_writes_a_table_in_order(tmp_path: Path) -> None:
    first = columnar(tmp_path / "one.parquet", ROWS)
    second = cdxj(tmp_path / "two.gz", [*ROWS, ROWS[0] | {"offset": 200_000}])
    dry = wabun("index", first, second, "--dry-run", "--json", "--gap", "64KB")
    assert dry.returncode == 0, dry.stderr
    told = json.loads(dry.stdout)
    assert (told["num_records"], told["num_archives"], told["num_requests"]) == (5, 2, 3)
    assert (told["record_bytes"], told["fetched_bytes"]) == (250, 950 + 50 + 50)
    assert told["passed_over"] == {"unusable": 0, "named_twice": 4}
    out = tmp_path / "requests.parquet"
    done = wabun("index", first, second, "-o", out)
    assert "5 records of 2 archives, 250 bytes" in done.stdout
    rows = pq.read_table(out).to_pylist()
    assert [(row["warc_file"], row["warc_offset"]) for row in rows] == [
        ("x.warc.gz", 100),
        ("x.warc.gz", 800),
        ("x.warc.gz", 1000),
        ("x.warc.gz", 200_000),
        ("y.warc.gz", 400),
    ]
    narrow = ("--languages", "any", "--mime", "any", "--host", "Example.jp", "--tld", ".jp", "--until", "2024-02-15")
    told = json.loads(wabun("index", first, *narrow, "--dry-run", "--json").stdout)
    assert told["num_records"] == 3, "a., b. and the PDF; not the one of the 20th, nor the one without a language"
    assert wabun("index", first).returncode == 2
    assert "no such file" in wabun("index", tmp_path / "none.parquet", "--dry-run").stderr


@pytest.fixture(scope="module")
def captures() -> list[dict[str, Any]]:
    """The real pages as rows of an index; every other Japanese one has English second, every other one Japanese."""
    with gzip.open(shared_data("web.labels.jsonl.gz"), "rt", encoding="utf-8") as file:
        pages = [json.loads(line) for line in file]
    return [
        {
            "url": page["url"],
            "languages": ("jpn,eng" if n % 2 else "jpn")
            if page["language"] == "ja"
            else ("eng,jpn" if n % 2 else "eng"),
            "offset": page["offset"],
            "length": page["length"],
            "file": "web.warc.gz",
            "id": page["warc_record_id"],
        }
        for n, page in enumerate(pages)
    ]


@pytest.mark.parametrize("make", [columnar, cdxj])
def test_the_real_japanese_pages_and_no_others_are_fetched(
    tmp_path: Path, server: Server, captures: list[dict[str, Any]], make: Callable[[Path, list[dict[str, Any]]], Path]
) -> None:
    server.put("web.warc.gz", shared_data("web.warc.gz").read_bytes(), Fault(status=500), Fault(cut=1000))
    (source,) = resolve_inputs([str(make(tmp_path / "index", captures))])
    assert isinstance(source, LocalInput)
    with Sorter() as sorter:
        for batch in chosen_records(source, Conditions(), Counter()):
            sorter.add(batch)
        write_requests(tmp_path / "requests.parquet", sorter.sorted())
    (ranged,) = resolve_inputs(
        [str(tmp_path / "requests.parquet")], base=server.base, fetching=Fetching(tries=4), folder=LocalFolder(tmp_path)
    )
    japanese = {row["offset"]: row["id"] for row in captures if row["languages"].startswith("jpn")}
    with ranged.open() as stream:
        found = {}
        for record in ArchiveIterator(stream, no_record_parse=True):
            found[record.rec_headers.get_header("WARC-Record-ID")] = record.content_stream().read()
    assert set(found) == set(japanese.values())
    assert ranged.size == sum(row["length"] for row in captures if row["offset"] in japanese)
    equal = sum(row["languages"] == "jpn" for row in captures)
    assert equal < 0.6 * len(japanese), "equality with jpn would have lost the others"
