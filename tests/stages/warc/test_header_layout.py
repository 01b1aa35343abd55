import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.warc.header_layout import NO_LAYOUT, field, header_layout, record_layout
from stages.warc.headers import Headers, header_end
from stages.warc.libdeflate import bytes_of


@pytest.mark.parametrize(
    ("value", "length"),
    [("12", 12), ("  12 ", 12), ("0", 0), ("9" * 18, 10**18 - 1), ("9" * 19, -1), ("-1", -1), ("1 2", -1), ("", -1)],
)
def test_a_length_is_a_number_or_none(value: str, length: int) -> None:
    data = f"WARC/1.0\r\nContent-Length:{value}\r\n\r\n".encode()
    assert header_layout(bytes_of(data), 0, len(data))[2] == length


@pytest.mark.parametrize("name", ["WARC-Type", "warc-type", "WARC-TYPE"])
def test_names_are_matched_whatever_their_case(name: str) -> None:
    data = f"WARC/1.0\r\n{name}:\trequest \r\n\r\n".encode()
    _, _, _, start, end = header_layout(bytes_of(data), 0, len(data))
    assert data[start:end] == b"request"


@pytest.mark.parametrize(
    "line", [b"X-WARC-Type: a", b"WARC-Type-X: a", b"WARC-Type", b"A: WARC-Type: a", b" WARC-Type: a"]
)
def test_a_name_within_another_or_a_value_is_none(line: bytes) -> None:
    data = b"WARC/1.0\r\n" + line + b"\r\n\r\n"
    assert header_layout(bytes_of(data), 0, len(data))[3:] == (0, 0)


def test_the_first_of_two_fields_counts() -> None:
    data = b"V\nContent-Length: 1\nContent-Length: 2\nWARC-Type: a\nWARC-Type: b\n\n"
    assert header_layout(bytes_of(data), 0, len(data))[2] == 1
    assert data[slice(*header_layout(bytes_of(data), 0, len(data))[3:])] == b"a"


@given(st.lists(st.sampled_from([b"a", b":", b"\r", b"\n", b"WARC-Type", b"Content-Length", b"7", b" "]), max_size=30))
def test_it_agrees_with_the_plain_reading_of_headers(parts: list[bytes]) -> None:
    data = b"WARC/1.0" + b"".join(parts)
    end, block, _, start, stop = header_layout(bytes_of(data), 0, len(data))
    assert (end, block) == header_end(data, 0, len(data))
    if end > 0 and b"\n " not in data:
        assert data[start:stop].decode().strip() == (Headers(data[:end]).get("warc-type") or "").strip()


@pytest.mark.parametrize(
    ("record", "is_one"),
    [
        (b"WARC/1.0\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n", True),
        (b"WARC/1.0\r\nContent-Length: 2\r\n\r\nabc\r\n\r\n", False),
        (b"WARC/1.0\r\nContent-Length: 4\r\n\r\nabc\r\n\r\n", False),
        (b"warc/1.0\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n", False),
        (b"WARC/1.0\r\nContent-Length: 3\r\n\r\nabc\r\n\r-", False),
        (b"WARC/1.0\r\nContent-Length: 3\r\n\r\nabc", False),
        (b"WARC/1.0\r\n\r\n\r\n\r\n", False),
        (b"", False),
    ],
)
def test_a_record_is_one_that_ends_with_its_member(record: bytes, is_one: bool) -> None:
    data = bytes_of(record + b"what was there before")
    assert (record_layout(data, len(record)) != NO_LAYOUT) is is_one
    if is_one:
        assert record[slice(*record_layout(data, len(record))[1:3])] == b"abc"


@given(st.lists(st.sampled_from([b"a", b":", b"\r", b"\n", b"URL", b"7", b" "]), max_size=30))
def test_a_field_is_that_of_the_plain_reading(parts: list[bytes]) -> None:
    data = b"V\n" + b"".join(parts) + b"\n"
    if b"\n " not in data:
        found = field(bytes_of(data), len(data), np.frombuffer(b"url", np.uint8))
        assert found.tobytes().decode().strip() == (Headers(data).get("url") or "")
