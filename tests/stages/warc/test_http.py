import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from stages.warc.http import declared_charset, decoded_body, looks_like_html, mime_type, parse_response, unchunked
from tests.stages.warc.archives import JAPANESE, http

BODY = (JAPANESE * 50).encode()


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def decoded(block: bytes, max_bytes: int = 1 << 20) -> tuple[bytes, tuple[str, ...]]:
    body, damage = decoded_body(parse_response(memoryview(block)), max_bytes)
    return bytes(body), damage


def test_status_and_headers_are_read_and_the_body_begins_after_the_blank_line() -> None:
    found = parse_response(memoryview(http(b"body", Content_Type="text/html; charset=Shift_JIS")))
    assert (found.status, bytes(found.body), found.content_type) == (200, b"body", "text/html; charset=Shift_JIS")


@pytest.mark.parametrize("line", ["HTTP/1.1 200", "HTTP/1.0 200 OK", "HTTP/2 200 ", "ICY 200 OK", "http/1.1 200 はい"])
def test_odd_status_lines_are_read(line: str) -> None:
    found = parse_response(memoryview(line.encode() + b"\r\n\r\nbody"))
    assert (found.status, bytes(found.body)) == (200, b"body")


def test_a_block_without_status_line_is_all_body() -> None:
    found = parse_response(memoryview(b"<!DOCTYPE html>\n\n<p>200"))
    assert (found.status, found.damage) == (0, ("http_header_missing",))
    assert bytes(found.body).startswith(b"<!DOCTYPE")


def test_bare_line_feeds_and_raw_bytes_in_headers_are_read() -> None:
    found = parse_response(memoryview(b"HTTP/1.1 200 OK\nX-T: \x93\xfa\nContent-Type: text/html\n\n<p>"))
    assert (found.content_type, bytes(found.body)) == ("text/html", b"<p>")


def test_headers_longer_than_a_first_look_are_read() -> None:
    found = parse_response(memoryview(http(b"body", Set_Cookie="x" * 20_000)))
    assert bytes(found.body) == b"body"


def test_the_first_content_type_counts_and_every_robots_tag() -> None:
    types = b"Content-Type: text/html\r\nContent-Type: text/plain\r\n"
    robots = b"X-Robots-Tag: noindex\r\nX-Robots-Tag: bot: noarchive\r\n"
    found = parse_response(memoryview(b"HTTP/1.1 200 OK\r\n" + types + robots + b"\r\n"))
    assert (found.content_type, found.robots) == ("text/html", "noindex, bot: noarchive")
    assert parse_response(memoryview(http(b""))).robots is None


@pytest.mark.parametrize("encoding", ENCODERS)
def test_content_encodings_are_undone(encoding: str) -> None:
    assert decoded(http(ENCODERS[encoding](BODY), Content_Encoding=encoding)) == (BODY, ())


def test_deflate_without_its_wrapper_is_undone() -> None:
    assert decoded(http(raw_deflate(BODY), Content_Encoding="deflate")) == (BODY, ())


def test_encodings_are_undone_from_the_last_to_the_first() -> None:
    assert decoded(http(brotli.compress(gzip.compress(BODY)), Content_Encoding="gzip, br")) == (BODY, ())


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_body_that_is_not_encoded_as_it_says_is_taken_as_it_stands(encoding: str) -> None:
    assert decoded(http(BODY, Content_Encoding=encoding)) == (BODY, ("content_encoding_damaged",))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_cut_body_keeps_what_it_has(encoding: str) -> None:
    packed = ENCODERS[encoding](bytes(range(256)) * 300 + BODY)
    body, damage = decoded(http(packed[: len(packed) - 20], Content_Encoding=encoding))
    assert len(body) > 30_000
    assert damage == ("content_encoding_damaged",)


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_bomb_is_inflated_to_one_byte_above_the_largest_size(encoding: str) -> None:
    body, _ = decoded(http(ENCODERS[encoding](bytes(20_000_000)), Content_Encoding=encoding), max_bytes=10_000)
    assert len(body) == 10_001


def test_chunks_are_joined() -> None:
    block = http(b"4;x=1\r\nabcd\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n", Transfer_Encoding="chunked")
    assert decoded(block) == (b"abcd0123456789", ())


def test_a_bad_chunk_size_leaves_the_rest_as_it_stands() -> None:
    assert unchunked(memoryview(b"4\r\nabcd\r\nzz\r\nrest")) == (b"abcdzz\r\nrest", False)


def test_a_chunk_that_claims_too_much_yields_what_is_there() -> None:
    assert unchunked(memoryview(b"ffffffff\r\nabcd")) == (b"abcd", False)


@pytest.mark.parametrize("body", [b"<html>", b"", b"add more\n", b"-5\r\nabc"])
def test_a_body_without_chunks_is_whole(body: bytes) -> None:
    content, _ = unchunked(memoryview(body))
    assert bytes(content) == body


def test_types_and_charsets_are_read_from_odd_headers() -> None:
    assert mime_type("TEXT/html ;charset=x") == "text/html"
    assert mime_type("text/html, text/plain") == "text/html"
    assert declared_charset("text/html; CHARSET = 'euc-jp'") == "euc-jp"
    assert declared_charset(None) is None


def test_html_is_known_without_a_type() -> None:
    assert looks_like_html(memoryview(b"\xef\xbb\xbf \n<!DOCTYPE HTML>"))
    assert looks_like_html(memoryview(b"<?php ?><html>"))
    assert not looks_like_html(memoryview(b"%PDF-1.4 "))


@given(st.binary(max_size=300), st.sampled_from([*ENCODERS, "chunked", ""]))
def test_any_body_is_decoded_without_an_error(body: bytes, encoding: str) -> None:
    decoded(http(body, Content_Encoding=encoding, Transfer_Encoding=encoding))
    decoded(body)
