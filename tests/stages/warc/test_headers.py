from stages.warc.headers import MAX_HEADER_BYTES, Headers, header_end


def test_the_earlier_blank_line_ends_a_header() -> None:
    assert header_end(b"A: 1\n\nbody\r\n\r\n", 0, 15) == (5, 6)
    assert header_end(b"A: 1\r\n\r\nbody\n\n", 0, 14) == (6, 8)


def test_a_header_without_end_is_looked_for_only_so_far() -> None:
    data = b"A: 1\r\n" + b"x" * MAX_HEADER_BYTES + b"\r\n\r\n"
    assert header_end(data, 0, len(data)) == (-1, -1)


def test_a_name_is_not_found_inside_another_or_in_a_value() -> None:
    block = Headers(b"V\r\nX-Content-Type: a\r\nY: content-type: b\r\n")
    assert block.get("content-type") is None


def test_a_value_at_the_very_end_is_found() -> None:
    assert Headers(b"V\r\nA: 1\r\nB: 2").get("b") == "2"
    assert Headers(b"V\r\nA: 1\r\n 2").get("a") == "1 2"


def test_values_are_utf8_else_latin1() -> None:
    assert Headers("V\r\nA: 日本\r\n".encode()).get("a") == "日本"
    assert Headers(b"V\r\nA: \xe9t\xe9\r\n").get("a") == "été"


def test_every_value_of_a_name_is_given_in_order() -> None:
    block = Headers(b"V\r\nX-Robots-Tag: noindex\r\nA: 1\r\nx-robots-tag: noarchive\r\nno field\r\n")
    assert block.get_all("x-robots-tag") == ["noindex", "noarchive"]
    assert [name for name, _ in block.items()] == ["X-Robots-Tag", "A", "x-robots-tag"]
