"""Common Crawl's language annotation read first, so that most responses are never inflated.

Since August 2018 a Common Crawl archive holds request, response and metadata in this order, a gzip member each, and
the metadata record carries CLD2's languages. Request and metadata are small: inflated and verified, they show that the
one member between them is the response, and where it begins and ends. While captures follow one another in this shape,
the metadata record of the next shows enough.
"""

from typing import Final

import numpy as np

from stages.compiled.kernel import kernel
from stages.warc.header_layout import NO_LAYOUT, Layout, field, is_word, record_layout
from stages.warc.libdeflate import Bytes, Room, inflate
from stages.warc.passing import (
    EXCLUDED,
    LACKS_DATA,
    NOT_A_RESPONSE,
    NOT_JAPANESE_CLD2,
    ODD,
    Counts,
    Rules,
    pass_over,
)

CAPTURE: Final = ("offset of its response", "length of that", "whether it was passed over", "where it ends if not")
RESPONSE, LENGTH, IS_PASSED, READ_TO = range(len(CAPTURE))
SMALL_BYTES: Final = 1 << 12  # largest compressed request or metadata record looked at; both have about 500
_SMALL_CONTENT: Final = 1 << 16  # bytes that one of them may hold
_REQUEST = np.frombuffer(b"request", np.uint8)
_METADATA = np.frombuffer(b"metadata", np.uint8)
_URL = np.frombuffer(b"warc-target-uri", np.uint8)
_ID = np.frombuffer(b"warc-record-id", np.uint8)
_CONCURRENT_TO = np.frombuffer(b"warc-concurrent-to", np.uint8)
_ANNOTATION = np.frombuffer(b"\nlanguages-cld2:", np.uint8)
_LANGUAGE = np.frombuffer(b'"code":"', np.uint8)
_JAPANESE = np.frombuffer(b'"code":"ja"', np.uint8)
_MAGIC = np.frombuffer(b"\x1f\x8b\x08", np.uint8)


@kernel(nogil=True)
def pass_captures(
    base: int, capture: Counts, data: Bytes, at: int, last: int, room: Room, rules: Rules, counts: Counts
) -> tuple[int, int, Layout]:
    """As `pass_over`, but captures whose annotation excludes Japanese are passed over first, response and all.

    base: offset of `data` in the file. capture: int64, shape (len(CAPTURE),), what is known of the one at hand. Stops
    as well behind a response that is EXCLUDED and uses up the budget of its reason, with its metadata record in the
    room.
    """
    while True:
        if base + at < capture[READ_TO]:
            at, stop, layout = pass_over(data, at, min(last, capture[READ_TO] - base), room, rules, counts)
            if stop != LACKS_DATA:
                return at, stop, layout
        response = _next_magic(data, at + 1, at + SMALL_BYTES + 1)
        metadata = _next_magic(data, response + 1, len(data)) if response > 0 else -1
        if metadata < 0:
            return at, LACKS_DATA if response > 0 or len(data) - at <= SMALL_BYTES else ODD, NO_LAYOUT
        small = Room(room.decompressor, room.content[:_SMALL_CONTENT], room.sizes)
        end = min(metadata + SMALL_BYTES, len(data))
        if not inflate(small, data, metadata, end):
            return at, LACKS_DATA if end == len(data) else ODD, NO_LAYOUT
        end, size = metadata + int(room.sizes[0]), int(room.sizes[1])
        layout = record_layout(small.content, size)
        if layout[0] < 0 or not is_word(small.content, layout[3], layout[4], _METADATA):
            return at, ODD, NO_LAYOUT
        if not excludes_japanese(small.content[:size]):
            capture[IS_PASSED], capture[READ_TO] = 0, base + end
            continue
        if not capture[IS_PASSED]:
            request = Room(room.decompressor, room.content[_SMALL_CONTENT : 2 * _SMALL_CONTENT], room.sizes)
            is_sound = inflate(request, data, at, response) and int(room.sizes[0]) == response - at
            if not is_sound or not _requests(request.content, int(room.sizes[1]), small.content, layout[0]):
                return at, ODD, NO_LAYOUT
        capture[IS_PASSED], capture[RESPONSE], capture[LENGTH] = 1, base + response, metadata - response
        counts[NOT_A_RESPONSE] += 2
        counts[NOT_JAPANESE_CLD2] += 1
        at = end
        if counts[NOT_JAPANESE_CLD2] == rules.budgets[NOT_JAPANESE_CLD2]:
            return at, EXCLUDED, layout


@kernel
def excludes_japanese(record: Bytes) -> bool:
    """Whether a metadata record names languages and Japanese is not among them.

    >>> from stages.warc.libdeflate import bytes_of
    >>> excludes_japanese(bytes_of(b'\\nlanguages-cld2: {"languages":[{"code":"en"},{"code":"de"}]}'))
    True
    >>> excludes_japanese(bytes_of(b'\\nlanguages-cld2: {"languages":[{"code":"en"},{"code":"ja"}]}'))
    False
    >>> excludes_japanese(bytes_of(b"fetchTimeMs: 12"))
    False
    """
    at = _found(record, 0, len(record), _ANNOTATION)
    if at < 0:
        return False
    end = at + 1
    while end < len(record) and record[end] != 10:
        end += 1
    return bool(_found(record, at, end, _LANGUAGE) >= 0 and _found(record, at, end, _JAPANESE) < 0)


@kernel
def _requests(request: Bytes, request_size: int, metadata: Bytes, metadata_head_end: int) -> bool:
    """Whether this is a request for the page of the metadata record, which is not about the request itself."""
    head_end, _, _, type_start, type_end = record_layout(request, request_size)
    if head_end < 0 or not is_word(request, type_start, type_end, _REQUEST):
        return False
    url = field(request, head_end, _URL)
    is_own = _is_same(field(metadata, metadata_head_end, _CONCURRENT_TO), field(request, head_end, _ID))
    return len(url) > 0 and _is_same(field(metadata, metadata_head_end, _URL), url) and not is_own


@kernel
def _is_same(one: Bytes, other: Bytes) -> bool:
    return len(one) == len(other) and _found(one, 0, len(one), other) == 0


@kernel
def _found(data: Bytes, start: int, stop: int, wanted: Bytes) -> int:
    """Where `wanted` first stands in [start, stop); -1 where it does not."""
    for at in range(start, stop - len(wanted) + 1):
        num_same = 0
        while num_same < len(wanted) and data[at + num_same] == wanted[num_same]:
            num_same += 1
        if num_same == len(wanted):
            return at
    return -1


@kernel
def _next_magic(data: Bytes, start: int, stop: int) -> int:
    """Where the next `1f 8b 08` begins in [start, stop); -1 where none does.

    Blocks without a trace of it are passed over by vector instructions.
    """
    end = min(stop, len(data) - len(_MAGIC) + 1)
    one = np.uint64(1)
    for block in range(start, end, 512):
        block_end = min(block + 512, end)
        trace = np.uint8(0)
        for at in range(np.uint64(block), np.uint64(block_end)):
            trace = np.uint8(trace | np.uint8((data[at] == np.uint8(0x1F)) & (data[at + one] == np.uint8(0x8B))))
        if trace:
            for i in range(block, block_end):
                if data[i] == 0x1F and data[i + 1] == 0x8B and data[i + 2] == 0x08:
                    return i
    return -1
