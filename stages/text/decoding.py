"""Bytes to text as browsers do it, where Python's own codecs know fewer characters of Japanese."""

import codecs
import re
from typing import Final

from stages.text.encodings import codec_name

_ESCAPES: Final = re.compile(rb"(\x1b(?:\$\(?[@BDOPQ]|\([BHIJ]|&@\x1b\$B|\.[AF]))")
_DOUBLE: Final = frozenset((b"\x1b$@", b"\x1b$B", b"\x1b$(@", b"\x1b$(B", b"\x1b&@\x1b$B", b"\x1b$(O", b"\x1b$(Q"))
_SUPPLEMENT: Final = frozenset((b"\x1b$(D", b"\x1b$(P"))
_KATAKANA: Final = b"\x1b(I"
_HIGH: Final = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in range(256))
_PAIRS: Final = re.compile(rb"[\x21-\x7e]{2}")
_SHIFTED: Final = b"\x8e\\g<0>"  # EUC-JP's single shift before a half-width kana
_HALF_WIDTH: Final = re.compile(rb"[\xa1-\xdf]")
# Python reads six signs of JIS X 0208 as ISO did, browsers as Microsoft does: https://encoding.spec.whatwg.org/#index-jis0208
_SIGNS: Final = str.maketrans("〜‖−¢£¬", "～∥－￠￡￢")
_MAX_PATCHED_FRACTION: Final = 0.05  # of the bytes; beyond it the page is not in this encoding and patching is idle


def decode(payload: bytes, encoding: str) -> str:
    """The text of `payload` in the encoding of this WHATWG name: no NUL, no surrogate; U+FFFD for what fits nothing.

    The extensions of NEC and IBM are read in EUC-JP and ISO-2022-JP too, half-width kana in both.

    >>> decode(b"\\x1b$B-!\\x1b(I1\\x1b(B", "iso-2022-jp"), decode(b"\\xad\\xa1\\xa1\\xc1\\x8e\\xb1", "euc-jp")
    ('①ｱ', '①～ｱ')
    >>> decode(b"\\x87@\\x82\\xa0\\0\\x80\\xff", "shift_jis")[:2], decode("\\ufeff字".encode(), "utf-8")
    ('①あ', '字')
    """
    if encoding == "euc-jp":
        text = _decode_euc(payload)
    elif encoding == "iso-2022-jp":
        text = _decode_euc(_as_euc(payload))
    else:
        text = payload.decode(codec_name(encoding), "replace")
    if "\0" in text:
        text = text.replace("\0", "")
    return text.removeprefix("\ufeff")


def _decode_euc(payload: bytes) -> str:
    """EUC-JP; what Python does not know is tried as the same row and cell of CP932."""
    text = payload.decode("euc_jp", "replace")
    if "\ufffd" in text and text.count("\ufffd") <= max(16, _MAX_PATCHED_FRACTION * len(payload)):
        text = payload.decode("euc_jp", "wabun-row-and-cell")
    return text.translate(_SIGNS)


def _as_euc(payload: bytes) -> bytes:
    """ISO-2022-JP as EUC-JP: each run after an escape gets its high bits, the escapes go."""
    out = []
    state = b""
    for part in _ESCAPES.split(payload):
        if part.startswith(b"\x1b") and _ESCAPES.fullmatch(part):
            state = part
        elif state in _DOUBLE:
            out.append(_PAIRS.sub(lambda pair: pair[0].translate(_HIGH), part))
        elif state in _SUPPLEMENT:
            out.append(_PAIRS.sub(lambda pair: b"\x8f" + pair[0].translate(_HIGH), part))
        elif state == _KATAKANA:
            out.append(_HALF_WIDTH.sub(_SHIFTED, part.translate(_HIGH)))
        else:
            out.append(_HALF_WIDTH.sub(_SHIFTED, part))
    return b"".join(out)


def _row_and_cell(error: UnicodeError) -> tuple[str, int]:
    """A codec error handler: the pair at the error as CP932 has it, else U+FFFD for one byte."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if len(pair) == 2 and all(0xA1 <= byte <= 0xFE for byte in pair):
        row, cell = pair[0] & 0x7F, pair[1] & 0x7F
        lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
        text = bytes((lead, trail)).decode("cp932", "replace")
        # A pair that exists nowhere is one character lost: were one byte skipped, its second would begin another.
        return (text if "\ufffd" not in text else "\ufffd"), error.start + 2
    return "\ufffd", error.start + 1


codecs.register_error("wabun-row-and-cell", _row_and_cell)
