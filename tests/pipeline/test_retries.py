"""Ranks that meet a fault of the network: one that may pass is tried again, one that will not is told at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import config_file, sample_warc, wabun
from tests.faults import Fault, Server, serving

CUT = Fault(cut=1_000)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    return sample_warc(tmp_path / "a.warc.gz", pages=4).read_bytes()


def run(tmp_path: Path, url: str) -> tuple[int, str]:
    config = config_file(tmp_path, ("read", "decode"), fetch_tries=1)
    done = wabun("run", config, "-i", url, "-o", tmp_path / "out", "-w", "1", no_proxy="127.0.0.1")
    return done.returncode, done.stderr


def test_a_rank_whose_connection_breaks_is_tried_again(server: Server, data: bytes, tmp_path: Path) -> None:
    code, told = run(tmp_path, server.put("a.warc.gz", data, CUT, CUT))
    assert code == 0, told
    assert told.count("trying again") == 2
    assert "the connection failed" in told
    assert len(server.gets("a.warc.gz")) == 3


def test_a_rank_whose_connection_breaks_each_time_fails_at_last(server: Server, data: bytes, tmp_path: Path) -> None:
    code, told = run(tmp_path, server.put("a.warc.gz", data, always=CUT))
    assert code == 3
    assert told.count("trying again") == 2
    assert "tried 3 times" in told
    assert len(server.gets("a.warc.gz")) == 3


def test_an_input_that_is_not_there_is_not_asked_for_again(server: Server, data: bytes, tmp_path: Path) -> None:
    code, told = run(tmp_path, server.put("a.warc.gz", data, Fault(status=404), Fault(status=404)))
    assert code == 3
    assert "trying again" not in told
    assert len(server.gets("a.warc.gz")) == 1
