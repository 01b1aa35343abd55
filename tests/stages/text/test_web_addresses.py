"""Web addresses that stand in a text."""

import pyarrow as pa
import pytest

from stages.text.codepoints import codepoints
from stages.text.web_addresses import address_characters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.jp/a?b=c#d", 26),
        ("HTTP://EXAMPLE.JP", 17),
        ("見よhttp://a.jp、それとhttps://b.jp/。", 11 + 13),
        ("http://日本語.jp", 7),
        ("<a href='http://a.jp'>", 12),
        ("ftp://example.jp", 0),
        ("s://x", 0),
        ("://", 0),
        ("http:/", 0),
        ("http", 0),
        ("", 0),
    ],
)
def test_an_address_goes_on_to_what_cannot_belong_to_it(text: str, expected: int) -> None:
    assert address_characters(codepoints(pa.array([text]))).tolist() == [expected]


def test_an_address_does_not_reach_into_the_text_before_or_after() -> None:
    texts = ["https", "://a.jp", "http://", "b.jp", "h", "ttps://c.jp"]
    assert address_characters(codepoints(pa.array(texts))).tolist() == [0, 0, 7, 0, 0, 0]
