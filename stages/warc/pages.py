"""The page that a record of any type holds: a response, a resource without HTTP, a conversion (WET)."""

from typing import Final

from stages.warc.http import Response, decoded_body, mime_type, parse_response
from stages.warc.records import Record

_HTTP: Final = b"\nContent-Type: application/http;"  # as crawlers write it: found sooner than a header is parsed


class Page:
    """Status, media type and body of a record.

    status: of the HTTP response; 0 where there is none. content_type: as sent. mime: its media type in lower case;
    empty where none was sent. For a record without HTTP, the record's own Content-Type stands for the sent one.
    """

    __slots__ = ("_block", "_response", "content_type", "mime", "status")

    def __init__(self, status: int, content_type: str | None, block: memoryview, response: Response | None) -> None:
        self.status = status
        self.content_type = content_type
        self.mime = mime_type(content_type)
        self._block = block
        self._response = response

    @classmethod
    def of(cls, record: Record) -> "Page":
        """The page of a record."""
        if record.type != "response" or not _is_http(record):
            return cls(0, record.headers.get("content-type"), record.block, None)
        response = parse_response(record.block)
        return cls(response.status, response.content_type, record.block, response)

    @property
    def robots(self) -> str | None:
        """Every X-Robots-Tag, joined by commas; None where none was sent."""
        return self._response.robots if self._response else None

    def decoded_body(self, max_bytes: int) -> tuple[memoryview, tuple[str, ...]]:
        """The body with its encodings undone, at most `max_bytes + 1` of it, and what was wrong with them."""
        return decoded_body(self._response, max_bytes) if self._response else (self._block, ())


def _is_http(record: Record) -> bool:
    """Whether a response's block is HTTP, as it is where its type is not told."""
    return _HTTP in record.head or mime_type(record.headers.get("content-type")) in ("application/http", "")
