import gzip
import random

import pytest

from pipeline.network import gzip_end
from pipeline.network.gzip_end import GzipEnd

NOISE = random.Random(0).randbytes
MEMBERS = [gzip.compress("日本語の記録".encode() + NOISE(3000)) for _ in range(6)]
MANY = b"".join(MEMBERS)
ONE = gzip.compress(NOISE(200_000))


def is_whole(data: bytes, step: int = 1000) -> bool:
    end = GzipEnd()
    for start in range(0, len(data), step):
        end.feed(data[start : start + step])
    return end.is_whole()


@pytest.mark.parametrize("step", [1, 7, 3030, 1 << 20])
def test_a_file_ends_only_where_a_member_does(step: int) -> None:
    assert is_whole(MANY, step)
    assert not is_whole(MANY[:-1], step)
    assert is_whole(MANY[: -len(MEMBERS[-1])], step)
    assert not is_whole(MANY + MEMBERS[0][:1], step)


def test_every_cut_of_the_last_member_is_seen() -> None:
    start = len(MANY) - len(MEMBERS[-1])
    assert not any(is_whole(MANY[:cut], 5000) for cut in range(start + 1, len(MANY), 97))


def test_padding_after_the_last_member_is_no_cut() -> None:
    assert is_whole(MANY + b"\0" * 600)
    assert is_whole(ONE + b"\0" * 600)
    assert not is_whole(ONE + b"x")


def test_one_member_longer_than_what_is_kept_is_checked_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzip_end, "_TAIL_BYTES", 20_000)
    assert is_whole(ONE)
    assert not is_whole(ONE[:-1])
    assert not is_whole(ONE[:-8] + bytes(4) + ONE[-4:])
    assert is_whole(ONE + MEMBERS[0])
    assert not is_whole(MEMBERS[0] + ONE), (
        "a last member longer than what is kept, after others, is taken for a cut one"
    )


def test_damage_before_the_end_does_not_matter_to_the_end() -> None:
    damaged = bytearray(MANY)
    damaged[20] ^= 1
    assert is_whole(bytes(damaged))
    assert not is_whole(bytes(damaged[:-1]))


def test_what_is_no_gzip_has_no_end() -> None:
    assert not is_whole(b"")
    assert not is_whole("<html>ログイン</html>".encode())
    assert not is_whole(b"\x1f\x8b\x08" * 10_000), "and is given up after a few tries"
