from hypothesis import given
from hypothesis import strategies as st

from stages.warc.headers import Headers, header_end
from stages.warc.http import parse_response
from stages.warc.http_layout import http_layout
from stages.warc.libdeflate import bytes_of

LINES = [
    *(b"HTTP/1.1 200 OK", b"HTTP/2 404", b"HTTP/1.1  200 OK", b"HTTP/1.1 20 x", b"HTTP/1.1 2000", b"<p> 200 OK"),
    *(b" 200 OK", b"Content-Type: text/html", b"CONTENT-TYPE:text/plain ;x", b"Content-Type:", b"Content-Types: a"),
    *(b"Content-Type", b"Transfer-Encoding: chunked", b"content-encoding: br", b"X-Crawler-Content-Encoding: gzip"),
    *(b" folded", b"\tfolded", b"", b"", b"\r", b"X: \xe6\x97\xa5", b"X: \xff", b"\x00", b"Vary: Accept-Encoding"),
]


@given(st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from([b"\r\n", b"\n"])), max_size=8), st.integers(0, 3))
def test_what_is_found_is_what_the_header_says(lines: list[tuple[bytes, bytes]], cut: int) -> None:
    data = b"HTTP/1.1 200 OK\r\n" + b"".join(line + end for line, end in lines)
    data = data[: len(data) - cut]
    status, end, start, type_start, type_end, is_encoded = http_layout(bytes_of(data))
    if end < 0:
        return
    assert (status, end, start) == (200, *header_end(data, 0, len(data)))
    headers = Headers(data[:end])
    found = data[type_start:type_end].decode().strip() if type_end else None
    assert found == headers.get("content-type")
    assert is_encoded == any(headers.get(name) is not None for name in ("transfer-encoding", "content-encoding"))


@given(st.sampled_from(LINES), st.sampled_from([b"\r\n", b"\n"]))
def test_what_is_taken_for_a_status_line_is_one(line: bytes, end: bytes) -> None:
    status, header_stop, *_ = http_layout(bytes_of(line + end + end))
    if header_stop >= 0:
        assert line.split()[1] == str(status).encode()


def test_unusual_headers_are_read_all_the_same() -> None:
    page = b"Content-Type: text/html\r\n\r\n<html>"
    for start in (b"HTTP/1.1 200\n", b"HTTP/1.1\t200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n", b"ICY  200 OK\r\n"):
        assert http_layout(bytes_of(start + page))[1] == -1
        response = parse_response(memoryview(start + page))
        assert (response.status, response.content_type, bytes(response.body)) == (200, "text/html", b"<html>")


def test_a_header_without_blank_line_ends_nowhere() -> None:
    for cut in (b"HTTP/1.1 200 OK\r\n\r", b"HTTP/1.1 200 OK\r\nA: 1", b"HTTP/1.1 200 OK", b"", b"HTTP/1.1 20"):
        assert http_layout(bytes_of(cut))[1] == -1
