"""Records that become nothing but a count, passed over without leaving compiled code.

Of a crawl's records nineteen in twenty are requests, metadata, failures or pages in other languages. They are inflated,
looked at and counted one after another; what is a candidate, odd or damaged stops the pass and is looked at closely.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.warc.header_layout import NO_LAYOUT, Layout, field, is_word, record_layout, trimmed
from stages.warc.http_layout import USUAL_BYTES, http_layout
from stages.warc.japanese_bytes import ENOUGH, TOO_LITTLE, kana_verdict
from stages.warc.libdeflate import Bytes, Room, inflate

Counts = npt.NDArray[np.int64]

REASONS: Final = (
    "not_a_response",
    "revisit",
    "status_not_200",
    "not_html",
    "not_japanese_bytes",
    "not_japanese_cld2",
)
NOT_A_RESPONSE, _REVISIT, _STATUS_NOT_200, _NOT_HTML, _NOT_JAPANESE_BYTES, NOT_JAPANESE_CLD2 = range(len(REASONS))
LACKS_DATA, ODD, RECORD, CANDIDATE, EXCLUDED = range(5)  # what a pass stops at
_UNSURE, _SURE = -1, -2

_TYPE = np.frombuffer(b"content-type", np.uint8)
_RESPONSE = np.frombuffer(b"response", np.uint8)
_RESOURCE = np.frombuffer(b"resource", np.uint8)
_CONVERSION = np.frombuffer(b"conversion", np.uint8)
_REVISIT_TYPE = np.frombuffer(b"revisit", np.uint8)
_HTTP = np.frombuffer(b"application/http\0", np.uint8)


class Rules(NamedTuple):
    """What is passed over.

    mime_types: media types of pages, each followed by a NUL. by_bytes: whether a page that surely holds no Japanese is
    passed over. budgets: int64, shape (len(REASONS),), how many may be passed over for each reason.
    """

    mime_types: Bytes
    max_page_bytes: int
    by_bytes: bool
    budgets: Counts


@kernel(nogil=True)
def pass_over(data: Bytes, at: int, last: int, room: Room, rules: Rules, counts: Counts) -> tuple[int, int, Layout]:
    """Pass over records from `data[at]` on, and count them by reason, till one is to be looked at closely.

    last: where the last member begins that may not be whole. counts: int64, shape (len(REASONS),), is added to.
    Returns where it stopped; at what: LACKS_DATA (at `last`), ODD (no record fills a sound member from end to end), a
    RECORD, or one that surely is a CANDIDATE; and the layout of this record, whose member is in the room.
    """
    while at < last and inflate(room, data, at, len(data)):
        layout = record_layout(room.content, int(room.sizes[1]))
        if layout[0] < 0:
            break
        reason = _reason(room.content, layout, rules)
        if reason < 0:
            return at, CANDIDATE if reason == _SURE else RECORD, layout
        if counts[reason] == rules.budgets[reason]:
            return at, RECORD, layout
        counts[reason] += 1
        at += int(room.sizes[0])
    return at, ODD if at < last else LACKS_DATA, NO_LAYOUT


@kernel
def _reason(content: Bytes, layout: Layout, rules: Rules) -> int:
    """Why this record is no candidate; _SURE where it is one, _UNSURE where it takes more to tell."""
    head_end, start, stop, type_start, type_end = layout
    if not is_word(content, type_start, type_end, _RESPONSE):
        if is_word(content, type_start, type_end, _REVISIT_TYPE):
            return _REVISIT
        is_resource = is_word(content, type_start, type_end, _RESOURCE)
        is_page = is_resource or is_word(content, type_start, type_end, _CONVERSION)
        return _UNSURE if is_page else NOT_A_RESPONSE
    if _is_among(field(content, head_end, _TYPE), _HTTP) != 1:
        return _UNSURE
    head = content[start : min(start + USUAL_BYTES, stop)]
    status, http_end, body, mime_start, mime_end, is_encoded = http_layout(head)
    if http_end < 0 or status == 0:
        return _UNSURE
    if status != 200:
        return _STATUS_NOT_200
    is_html = _is_among(head[mime_start:mime_end], rules.mime_types)
    if is_html == 0:
        return _NOT_HTML
    page = content[start + body : stop]
    if is_html < 0 or is_encoded or len(page) > rules.max_page_bytes or is_blank(page) or not rules.by_bytes:
        return _UNSURE
    verdict = kana_verdict(page)
    return _NOT_JAPANESE_BYTES if verdict == TOO_LITTLE else _SURE if verdict == ENOUGH else _UNSURE


@kernel
def _is_among(value: Bytes, mime_types: Bytes) -> int:
    """1 if the media type of a Content-Type is one of `mime_types`, 0 if it is not, -1 if it takes more to tell."""
    end = 0
    while end < len(value) and value[end] != 59 and value[end] != 44:
        end += 1
    if end == len(value) and end > 0 and value[end - 1] == 13:
        end -= 1
    for at in range(end):
        if value[at] > 126 or (value[at] < 32 and value[at] != 9):
            return -1
    start, end = trimmed(value, 0, end)
    if start == end:
        return -1
    name = 0
    for at in range(len(mime_types)):
        if mime_types[at] == 0:
            if is_word(value, start, end, mime_types[name:at]):
                return 1
            name = at + 1
    return 0


@kernel
def is_blank(page: Bytes) -> bool:
    """Whether there is nothing but white space and NULs."""
    at = 0
    while at < len(page) and (page[at] == 0 or page[at] == 32 or 9 <= page[at] <= 10 or page[at] == 13):
        at += 1
    return at == len(page)
