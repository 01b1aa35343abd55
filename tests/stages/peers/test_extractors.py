import os
import signal
import time
from pathlib import Path

import pytest

from stages.peers.extractors import Extractor, extractor

pytest.importorskip("resiliparse")
PAGE = "<html><body><main><p>町はずれの時計台は、正午になると二度だけ鐘を鳴らす。</p></main></body></html>".encode()


@pytest.fixture
def peer():
    made = Extractor("resiliparse")
    yield made
    made.stop()


def test_pages_are_answered_one_after_another_by_one_process(peer):
    first = peer(PAGE, 10)
    process = peer._process
    assert first == peer(PAGE, 10)
    assert first[1] is None
    assert "時計台" in first[0]
    assert peer._process is process


def test_a_page_without_text_is_told(peer):
    assert peer(b"<p></p>", 10) == ("", "no_text")


def test_a_process_that_stands_still_is_killed_when_its_time_is_over(peer):
    peer(PAGE, 10)
    process = peer._process
    os.kill(process.pid, signal.SIGSTOP)
    began = time.monotonic()
    assert peer(PAGE, 0.2) == ("", "extraction_timeout")
    assert time.monotonic() - began < 5
    assert process.poll() is not None
    assert peer(PAGE, 10)[1] is None


def test_a_large_page_to_a_process_that_stands_still_is_given_up_as_well(peer):
    peer(PAGE, 10)
    os.kill(peer._process.pid, signal.SIGSTOP)
    assert peer(b"<p>x" * 1_000_000, 0.2) == ("", "extraction_timeout")


def test_a_process_that_has_died_is_replaced(peer):
    peer(PAGE, 10)
    peer._process.kill()
    peer._process.wait()
    assert peer(PAGE, 10)[1] is None


def test_a_process_that_dies_over_a_page_costs_that_page_alone(peer):
    peer(PAGE, 10)
    peer._process.kill()
    while peer._process.returncode is None and _alive(peer._process.pid):
        time.sleep(0.01)
    peer._process.poll = lambda: None
    assert peer(PAGE, 10) == ("", "extraction_failed")
    assert peer(PAGE, 10)[1] is None


def test_an_extractor_that_does_not_start_says_what_to_install(monkeypatch, peer):
    monkeypatch.setattr("stages.peers.extractors.sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match=r"pip install 'wabun\[resiliparse\]'"):
        peer(PAGE, 10)


def test_a_process_has_one_child_for_each_extractor():
    assert extractor("resiliparse") is extractor("resiliparse")


def _alive(pid):
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
