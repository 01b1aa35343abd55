"""Folded text: what two copies of a page still share when they are hashed."""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Offsets, Points, Text

# The table reaches past the last character that folding changes (U+2FA1D); beyond it a character stands for itself.
_TABLE_SIZE = 0x2FA20
_REMOVED = 0
_EXPANDS = 1 << 24  # a value from here is an index into the expansions, above every code point
_VOICED_MARK = (1 << 32) - 3  # U+3099 and its half-width form: が may stand as か and this mark
_SEMI_VOICED_MARK = (1 << 32) - 2  # U+309A and its half-width form
_COMPOSES = (1 << 32) - 1  # joins or is reordered with what stands before: left to unicodedata
_KANA = 0x3040  # first of the two kana blocks, 192 code points
_NUM_KANA = 192


class _Table(NamedTuple):
    """What each code point becomes.

    single: uint32, shape (_TABLE_SIZE,): the character, or _REMOVED, _EXPANDS + i, or one of the marks.
    starts, flat: expansion i is `flat[starts[i]:starts[i + 1]]`.
    voiced: uint32, shape (2, _NUM_KANA): a kana with U+3099 or U+309A joined, 0 where they do not join.
    """

    single: Points
    starts: Offsets
    flat: Points
    voiced: npt.NDArray[np.uint32]


def fold(string: str, *, keep_punctuation: bool = True, keep_white_space: bool = False) -> str:
    """The meaning of `folded`, for one string: NFKC, case folded, white space and invisible characters removed.

    Without `keep_punctuation`, punctuation and symbols (categories P and S) go too; with `keep_white_space`, white
    space stays. Voicing marks stay:

    >>> fold("ﾊﾞｽ と Ｂｕｓ…"), fold("ﾊﾞｽ と Ｂｕｓ…", keep_punctuation=False)
    ('バスとbus...', 'バスとbus')
    >>> len({fold("バス"), fold("パス"), fold("ハス")}), fold("コーヒー", keep_punctuation=False)
    (3, 'コーヒー')
    >>> fold("ﾊﾞｽ　と\\nＢｕｓ", keep_white_space=True)
    'バス と\\nbus'
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", string).casefold())
    return "".join(character for character in plain if _is_kept(character, keep_punctuation, keep_white_space))


def folded(text: Text, *, keep_punctuation: bool = True, keep_white_space: bool = False) -> Text:
    """`fold` of each text: the same number of texts.

    >>> from stages.text.codepoints import codepoints
    >>> import pyarrow as pa
    >>> folded(codepoints(pa.array(["ｶﾞ ①", "か\\u3099", ""]))).lengths().tolist()
    [2, 1, 0]
    """
    table = _table(keep_punctuation, keep_white_space)
    points, offsets, left = _fold(text.points, text.offsets, *table)
    if not left.any():
        return Text(points, offsets)
    parts: list[Points] = []
    lengths = np.diff(offsets)
    done = 0
    for index in np.flatnonzero(left):
        parts.append(points[offsets[done] : offsets[index]])
        raw = text.points[text.offsets[index] : text.offsets[index + 1]].astype("<u4").tobytes()
        whole = fold(raw.decode("utf-32-le"), keep_punctuation=keep_punctuation, keep_white_space=keep_white_space)
        parts.append(np.frombuffer(whole.encode("utf-32-le"), "<u4").astype(np.uint32))
        lengths[index] = len(whole)
        done = int(index) + 1
    parts.append(points[offsets[done] :])
    return Text(np.concatenate(parts), np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))


def _is_kept(character: str, keep_punctuation: bool, keep_white_space: bool) -> bool:
    """Whether a character that NFKC and case folding left is hashed."""
    if character.isspace():
        return keep_white_space
    category = unicodedata.category(character)
    if category[0] == "Z" or category in ("Cc", "Cf") or 0xFE00 <= ord(character) <= 0xFE0F:
        return False
    if 0xE0000 <= ord(character) <= 0xE0FFF:  # tags, and selectors of an ideograph's variants (葛󠄀)
        return False
    return keep_punctuation or category[0] not in "PS"


@cache
def _table(keep_punctuation: bool, keep_white_space: bool) -> _Table:
    """Built on first use from the interpreter's own Unicode data, in about 50 ms."""
    single = np.arange(_TABLE_SIZE, dtype=np.uint32)
    joins = _joining()
    starts, flat = [0], list[int]()
    for point in _changeable():
        character = chr(point)
        if point in (0x3099, 0xFF9E):
            single[point] = _VOICED_MARK
            continue
        if point in (0x309A, 0xFF9F):
            single[point] = _SEMI_VOICED_MARK
            continue
        plain = unicodedata.normalize("NFKC", character)
        cased = plain.casefold()
        if any(_joins_before(unicodedata.normalize("NFKD", form)[0], joins) for form in (character, cased)):
            single[point] = _COMPOSES
            continue
        whole = fold(character, keep_punctuation=keep_punctuation, keep_white_space=keep_white_space)
        if len(whole) == 1:
            single[point] = ord(whole)
        elif not whole:
            single[point] = _REMOVED
        else:
            single[point] = _EXPANDS + len(starts) - 1
            flat.extend(map(ord, whole))
            starts.append(len(flat))
    voiced = np.zeros((2, _NUM_KANA), np.uint32)
    for row, mark in enumerate("\u3099\u309a"):
        for column in range(_NUM_KANA):
            joined = unicodedata.normalize("NFC", chr(_KANA + column) + mark)
            voiced[row, column] = ord(joined) if len(joined) == 1 else 0
    return _Table(single, np.array(starts, np.int64), np.array(flat or [0], np.uint32), voiced)


def _changeable() -> list[int]:
    """Code points that folding may change: not the ideographs and syllables that stand for themselves."""
    ideographs = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x17000, 0x18D00), (0x20000, 0x2F800))
    fixed = sorted([*ideographs, (0xAC00, 0xD7A4), (0xD800, 0xE000)])
    points: list[int] = []
    start = 0
    for low, high in fixed:
        points.extend(range(start, low))
        start = high
    points.extend(range(start, _TABLE_SIZE))
    return points


@cache
def _joining() -> frozenset[str]:
    """Starters that canonical composition may join to the character before them (NFC_Quick_Check=Maybe)."""
    vowels_and_finals = [*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]  # of Hangul
    joining = {chr(point) for point in vowels_and_finals}
    for point in _changeable():
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            joining.add(chr(int(parts[1], 16)))
    return frozenset(joining)


def _joins_before(character: str, joining: frozenset[str]) -> bool:
    """Whether normalising may join or reorder this character with what stands before it."""
    return unicodedata.combining(character) != 0 or character in joining


@kernel
def _fold(
    points: Points, offsets: Offsets, single: Points, starts: Offsets, flat: Points, voiced: npt.NDArray[np.uint32]
) -> tuple[Points, Offsets, npt.NDArray[np.bool_]]:
    """Folded code points, their offsets, and which texts (left empty) are for unicodedata."""
    room = len(points)
    for at in range(len(points)):
        point = points[at]
        if point < _TABLE_SIZE and _EXPANDS <= single[point] < _VOICED_MARK:
            which = single[point] - _EXPANDS
            room += starts[which + 1] - starts[which]
    out = np.empty(room, np.uint32)
    ends = np.zeros(len(offsets), np.int64)
    left = np.zeros(len(offsets) - 1, np.bool_)
    to = 0
    for text in range(len(offsets) - 1):
        begin = to
        previous = np.uint32(0)  # what the character just before became; 0 where it was removed
        for at in range(offsets[text], offsets[text + 1]):
            value = points[at]
            if value < _TABLE_SIZE:
                value = single[value]
            elif 0xE0000 <= value <= 0xE0FFF:
                value = np.uint32(_REMOVED)
            if value < _EXPANDS:
                if value != _REMOVED:
                    out[to] = value
                    to += 1
                previous = value
            elif value < _VOICED_MARK:
                for source in range(starts[value - _EXPANDS], starts[value - _EXPANDS + 1]):
                    out[to] = flat[source]
                    to += 1
                previous = out[to - 1]
            else:
                joined = np.uint32(0)
                if value != _COMPOSES and _KANA <= previous < _KANA + _NUM_KANA:
                    joined = voiced[value - _VOICED_MARK, previous - _KANA]
                if joined == 0:
                    left[text] = True
                    to = begin
                    break
                out[to - 1] = joined
                previous = joined
        ends[text + 1] = to
    return out[:to], ends, left
