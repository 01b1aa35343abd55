import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import PreflightError
from pipeline.inputs import AnyInput, LocalInput, input_of, resolve_inputs
from pipeline.network.fetch import Fetching
from pipeline.network.remote import RemoteInput
from tests.factories import config_file, result_of, sample_warc, wabun
from tests.faults import Fault, Server, serving

QUICK = Fetching(tries=2, read_timeout_seconds=0.4)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """Three files, laid out as in a crawl."""
    folder = tmp_path / "crawl-data" / "CC-MAIN-2024-10" / "warc"
    folder.mkdir(parents=True)
    for name in ("a", "b", "c"):
        (folder / f"{name}.warc.gz").write_bytes(gzip.compress(name.encode()))
    return folder


def names(inputs: list[AnyInput]) -> list[str]:
    return [item.name.rpartition("/")[2] for item in inputs]


def test_paths_folders_and_globs_are_files_once_and_in_order(archives: Path) -> None:
    found = resolve_inputs([str(archives / "c.warc.gz"), str(archives), str(archives / "[ab]*.gz")])
    assert names(found) == ["a.warc.gz", "b.warc.gz", "c.warc.gz"]
    assert found[0].name == "crawl-data/CC-MAIN-2024-10/warc/a.warc.gz"


@pytest.mark.parametrize("packed", [True, False])
def test_a_list_is_relative_to_its_own_folder_or_to_the_base(tmp_path: Path, archives: Path, packed: bool) -> None:
    lines = "# 一覧\n\n" + "".join(f"crawl-data/CC-MAIN-2024-10/warc/{n}.warc.gz\n" for n in "ba")
    raw = gzip.compress(lines.encode()) if packed else lines.encode()
    elsewhere = tmp_path / "lists"
    elsewhere.mkdir()
    for place, base in ((tmp_path, ""), (elsewhere, str(tmp_path))):
        path = place / ("warc.paths.gz" if packed else "warc.paths")
        path.write_bytes(raw)
        assert names(resolve_inputs([str(path)], base=base)) == ["a.warc.gz", "b.warc.gz"]


def test_a_list_under_a_url_makes_urls_that_nobody_is_asked_for(tmp_path: Path, server: Server) -> None:
    path = tmp_path / "warc.paths.gz"
    path.write_bytes(gzip.compress(b"".join(b"crawl-data/%05d.warc.gz\n" % n for n in range(500))))
    found = resolve_inputs([str(path)], base=server.base + "/", fetching=QUICK)
    assert len(found) == 500
    assert server.asked == []
    assert found[7].as_plain() == {
        "name": "crawl-data/00007.warc.gz",
        "url": f"{server.base}/crawl-data/00007.warc.gz",
        "size": None,
        "validator": "",
    }


def test_a_published_list_is_fetched_and_relative_to_its_host(server: Server) -> None:
    packed = gzip.compress(b"crawl-data/x/warc/a.warc.gz\n")
    url = server.put("crawl-data/x/warc.paths.gz", packed, Fault(cut=10))
    (found,) = resolve_inputs([url], fetching=QUICK)
    assert isinstance(found, RemoteInput)
    assert found.url == f"{server.base}/crawl-data/x/warc/a.warc.gz"


def test_a_named_url_is_asked_for_its_size_and_version(server: Server) -> None:
    url = server.put("crawl-data/%E6%97%A5.warc.gz", b"x" * 100)
    (found,) = resolve_inputs([url], fetching=QUICK)
    assert (found.name, found.size) == ("crawl-data/日.warc.gz", 100)
    assert found.as_plain()["validator"] == '"1"'
    assert input_of(found.as_plain(), QUICK) == found
    assert server.gets() == []


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path, server: Server) -> None:
    (tmp_path / "files.txt").write_text("there is none.gz\n", encoding="utf-8")
    (tmp_path / "bad.paths.gz").write_bytes(b"\x1f\x8b broken")
    written = ["none.warc.gz", str(tmp_path / "*.warc"), server.base + "/none.warc.gz", str(tmp_path / "files.txt")]
    with pytest.raises(PreflightError) as caught:
        resolve_inputs([*written, str(tmp_path / "bad.paths.gz")], fetching=QUICK)
    told = "\n".join(caught.value.problems)
    for part in ("no such file", "no file matches", "answers 404", "files.txt:1:", "bad.paths.gz: is not a readable"):
        assert part in told
    assert len(caught.value.problems) == 5


def test_an_input_comes_back_from_a_plan(archives: Path) -> None:
    (found,) = resolve_inputs([str(archives / "a.warc.gz")])
    assert isinstance(found, LocalInput)
    assert input_of(found.as_plain()) == found
    assert found.locate(17) == (found.name, 17)


def test_a_run_over_http_with_faults_gives_the_bytes_of_a_run_from_disk(tmp_path: Path, server: Server) -> None:
    config = config_file(tmp_path, ["read", "decode"], read_timeout_seconds=0.5, fetch_tries=4)
    warc = sample_warc(tmp_path / "in" / "a.warc.gz", pages=30)
    data = warc.read_bytes()
    url = server.put("a.warc.gz", data, Fault(status=503), Fault(cut=len(data) // 3), Fault(stall=1000))
    for entry, out in ((warc, "local"), (url, "remote")):
        done = wabun("run", config, "-i", entry, "-o", tmp_path / out, "-s", "user_agent=someone@example.jp")
        assert done.returncode == 0, done.stderr
    assert result_of(tmp_path / "local") == result_of(tmp_path / "remote")
    assert {asked.user_agent for asked in server.asked} == {"someone@example.jp"}


def test_an_archive_cut_on_its_server_fails_its_rank_and_comes_whole_later(tmp_path: Path, server: Server) -> None:
    config = config_file(tmp_path, ["read", "decode"], read_timeout_seconds=0.5, fetch_tries=2)
    data = sample_warc(tmp_path / "in" / "a.warc.gz", pages=30).read_bytes()
    url = server.put("a.warc.gz", data, always=Fault(claim=len(data) - 3))
    (tmp_path / "warc.paths").write_text("a.warc.gz\n", encoding="utf-8")
    arguments = ("run", config, "-i", tmp_path / "warc.paths", "-o", tmp_path / "out", "-s", f"base_url={server.base}")
    done = wabun(*arguments)
    assert done.returncode == 3
    assert f"{url}: its {len(data) - 3:,} bytes end inside a gzip member" in done.stderr
    assert not list((tmp_path / "out").glob("data/*/*"))
    server.always.clear()
    assert wabun(*arguments).returncode == 0


def test_how_bytes_are_fetched_makes_no_other_plan(tmp_path: Path, server: Server) -> None:
    config = config_file(tmp_path, ["read", "decode"])
    url = server.put("a.warc.gz", sample_warc(tmp_path / "in" / "a.warc.gz", pages=10).read_bytes())
    assert wabun("run", config, "-i", url, "-o", tmp_path / "out").returncode == 0
    again = wabun("run", config, "-i", url, "-o", tmp_path / "out", "-s", "fetch_tries=3", "-s", "user_agent=other")
    assert "nothing to run" in again.stderr
