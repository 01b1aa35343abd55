import gzip
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from pipeline.errors import InputError
from pipeline.network import turns
from pipeline.network.fetch import Fetching
from pipeline.network.remote import RangesIgnored, RemoteInput, fetch, open_seekable
from tests.faults import Fault, Server, serving

QUICK = Fetching(tries=3, read_timeout_seconds=0.4, user_agent="wabun test@example.jp")
MEMBERS = b"".join(gzip.compress(f"WARC/1.0 記録{n}".encode() + random.Random(n).randbytes(9000)) for n in range(60))
PLAIN = random.Random(0).randbytes(700_000)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def read(url: str, name: str = "a.warc.gz", size: int | None = None, validator: str = "") -> bytes:
    with RemoteInput(name, url, size, validator, QUICK).open() as stream:
        return stream.read()


def test_a_sound_file_comes_with_one_request_that_names_its_user(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS)
    assert read(url) == MEMBERS
    (asked,) = server.gets()
    assert (asked.user_agent, asked.range) == ("wabun test@example.jp", None)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> float:
    """A turn of a quarter of a second, so that several fit into a test."""
    monkeypatch.setattr(turns, "SECONDS", 0.25)
    return 0.25


def test_a_busy_server_is_asked_again_after_a_second_at_the_earliest(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, Fault(status=503))
    assert read(url) == MEMBERS
    first, second = server.gets()
    assert second.at - first.at >= 1.0


def test_too_many_requests_is_busy_too_and_waits_grow(server: Server, hasty: float) -> None:
    url = server.put("a.warc.gz", MEMBERS, Fault(status=429), Fault(status=429))
    assert read(url) == MEMBERS
    times = [asked.at for asked in server.gets()]
    assert len(times) == 3
    assert min(times[1] - times[0], times[2] - times[1]) >= hasty


def test_streams_share_one_request_a_turn_while_a_server_is_busy(server: Server, hasty: float) -> None:
    urls = [server.put(f"{n}.bin", PLAIN[:100], Fault(status=503)) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda url: read(url, "x"), urls)) == [PLAIN[:100]] * 4
    retries = sorted(asked.at for asked in server.gets())[4:]
    assert len(retries) == 4
    assert min(b - a for a, b in pairwise(retries)) >= hasty * 0.9


def test_retry_after_is_heeded(server: Server, hasty: float) -> None:
    url = server.put("a.bin", PLAIN, Fault(status=503, headers=(("Retry-After", "1"),)))
    assert read(url, "a.bin") == PLAIN
    first, second = server.gets()
    assert second.at - first.at >= 1.0


def test_a_cut_body_is_taken_up_where_it_ended(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, Fault(cut=100_000), Fault(cut=50_000))
    assert read(url) == MEMBERS
    last = len(MEMBERS) - 1
    assert [a.range for a in server.gets()] == [None, f"bytes=100000-{last}", f"bytes=150000-{last}"]


def test_a_server_without_ranges_is_read_again_from_the_beginning(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, Fault(cut=100_000), Fault(ignore_range=True))
    assert read(url) == MEMBERS


def test_a_silent_server_is_left_after_the_read_timeout(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, Fault(stall=200_000))
    started = time.monotonic()
    assert read(url) == MEMBERS
    assert time.monotonic() - started < 3
    assert server.gets()[1].range == f"bytes=200000-{len(MEMBERS) - 1}"


def test_a_server_that_hardly_goes_on_is_left_like_a_silent_one(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, Fault(drip=0.02))
    started = time.monotonic()
    with RemoteInput("a.warc.gz", url, fetching=Fetching(tries=3, read_timeout_seconds=0.1)).open() as stream:
        assert stream.read() == MEMBERS
    assert time.monotonic() - started < 3
    assert len(server.gets()) == 2


def test_a_redirect_is_followed(server: Server) -> None:
    server.put("b.warc.gz", MEMBERS)
    url = server.put("a.warc.gz", MEMBERS, Fault(status=302, headers=(("Location", "/b.warc.gz"),)))
    assert read(url) == MEMBERS
    assert [asked.path for asked in server.gets()] == ["a.warc.gz", "b.warc.gz"]


def test_the_proxy_of_the_environment_is_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.base)
    server.put("http://data.invalid/a.warc.gz", MEMBERS)
    assert read("http://data.invalid/a.warc.gz") == MEMBERS


def test_a_server_that_never_answers_ends_in_an_error_after_the_last_try(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, always=Fault(stall=0))
    with pytest.raises(InputError, match="gave up after 3 tries"):
        read(url)
    assert len(server.gets()) == 3


@pytest.mark.parametrize("claim", [len(MEMBERS) + 5, len(MEMBERS) * 2])
def test_a_body_shorter_than_its_length_is_never_taken_for_whole(server: Server, claim: int) -> None:
    url = server.put("a.warc.gz", MEMBERS, always=Fault(claim=claim))
    with pytest.raises(InputError, match="tries"):
        read(url)


def test_a_length_that_cuts_the_last_member_is_never_taken_for_whole(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, always=Fault(claim=len(MEMBERS) - 1))
    with pytest.raises(InputError, match="end inside a gzip member"):
        read(url)


def test_a_file_of_one_member_is_whole_only_with_its_trailer(server: Server) -> None:
    single = gzip.compress(PLAIN)
    assert read(server.put("one.warc.gz", single)) == single
    with pytest.raises(InputError, match="end inside a gzip member"):
        read(server.put("cut.warc.gz", single[:-1]))


def test_a_body_without_a_length_is_not_taken(server: Server) -> None:
    url = server.put("a.bin", PLAIN, always=Fault(no_length=True))
    with pytest.raises(InputError, match="does not say how long"):
        read(url, "a.bin")


def test_a_part_that_is_not_the_one_asked_for_is_not_taken(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, Fault(cut=100_000), Fault(shift=1))
    assert read(url) == MEMBERS
    assert len(server.gets()) == 3


def test_a_file_that_changes_under_way_is_an_error(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS, Fault(cut=100_000), always=Fault(etag='"2"'))
    with pytest.raises(InputError, match="another file"):
        read(url)


def test_a_file_that_is_not_the_one_planned_is_an_error(server: Server) -> None:
    url = server.put("a.warc.gz", MEMBERS)
    assert read(url, size=len(MEMBERS), validator='"1"') == MEMBERS
    with pytest.raises(InputError, match="another file"):
        read(url, size=len(MEMBERS) + 1)
    with pytest.raises(InputError, match="another file"):
        read(url, validator='"0"')


@pytest.mark.parametrize("status", [403, 404])
def test_what_will_not_pass_is_not_tried_again(server: Server, status: int) -> None:
    url = server.put("a.warc.gz", MEMBERS, always=Fault(status=status))
    with pytest.raises(InputError, match=str(status)):
        read(url)
    assert len(server.gets()) == 1


def test_an_error_page_in_place_of_an_archive_is_an_error(server: Server) -> None:
    with pytest.raises(InputError, match="gzip"):
        read(server.put("a.warc.gz", "<html>ログインしてください</html>".encode()))


def test_an_empty_archive_is_an_error_and_an_empty_list_is_not(server: Server) -> None:
    with pytest.raises(InputError, match="gzip"):
        read(server.put("a.warc.gz", b""))
    assert read(server.put("a.txt", b""), "a.txt") == b""


def test_progress_forgives_earlier_failures(server: Server) -> None:
    url = server.put("a.bin", PLAIN, *[Fault(cut=300_000), Fault(cut=1), Fault(cut=270_000), Fault(cut=1)])
    assert read(url, "a.bin") == PLAIN


def test_a_part_is_fetched_alone_and_a_server_without_ranges_is_told(server: Server) -> None:
    url = server.put("a.bin", PLAIN, Fault(), Fault(cut=10), Fault(), Fault(ignore_range=True))
    assert fetch(url, QUICK, 1000, 3000, at_most=2000) == PLAIN[1000:3000]
    assert fetch(url, QUICK, 5, 2000, at_most=2000) == PLAIN[5:2000]
    with pytest.raises(RangesIgnored):
        fetch(url, QUICK, 1000, 3000, at_most=2000)
    with pytest.raises(InputError, match="bytes up to 800,000"):
        fetch(url, QUICK, 600_000, 800_000, at_most=200_000)


def test_a_remote_file_can_be_read_anywhere(server: Server) -> None:
    with open_seekable(server.put("a.parquet", PLAIN), QUICK) as file:
        file.seek(-10, 2)
        assert file.read() == PLAIN[-10:]
        file.seek(123_456)
        assert file.read(1000) == PLAIN[123_456:124_456]
