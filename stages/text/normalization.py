"""One character, one spelling: the rules that make equal text equal, each with the number of changes it made.

Most documents need no change, so every rule looks with one compiled search before it does any work.
"""

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import Literal

Form = Literal["NFC", "NFKC"]
Changed = tuple[str, int]


MAX_MARKS = 30  # in a row: more is no writing (UAX #15, section 13), and sorting them takes the square of their number


@cache
def _long_runs_of_marks() -> re.Pattern[str]:
    """Combining marks in a row, beyond what any language writes on one letter."""
    marks = [
        chr(point)
        for point in range(0x300, 0x1F000)
        if not 0x3400 <= point < 0xD800 and all(map(unicodedata.combining, unicodedata.normalize("NFKD", chr(point))))
    ]
    return re.compile(f"[{''.join(marks)}]{{{MAX_MARKS + 1},}}")


def recompose(text: str, form: Form = "NFC") -> Changed:
    """The text in a Unicode normalisation form, and how many of its characters are gone from it.

    Of more than 30 combining marks in a row, the first 30 stay.

    >>> recompose("か\\u3099っこう")  # a decomposed が, as macOS file names have it
    ('がっこう', 2)
    >>> recompose("①㈱℃ＡＢＣ")  # compatibility characters mean something: NFC leaves them
    ('①㈱℃ＡＢＣ', 0)
    >>> recompose("①㈱℃ＡＢＣ", "NFKC")
    ('1(株)°CABC', 6)
    """
    if unicodedata.is_normalized(form, text):
        return text, 0
    composed = unicodedata.normalize(form, _long_runs_of_marks().sub(lambda run: run[0][:MAX_MARKS], text))
    return composed, max(1, (Counter(text) - Counter(composed)).total())  # marks that only change places count as one


_WIDE = dict(
    zip(
        "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ",
        "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン",
        strict=True,
    )
)
_WIDE |= {
    base + "ﾞ": wide
    for base, wide in zip("ｳｦﾜｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ", "ヴヺヷガギグゲゴザジズゼゾダヂヅデドバビブベボ", strict=True)
}
_WIDE |= {base + "ﾟ": wide for base, wide in zip("ﾊﾋﾌﾍﾎ", "パピプペポ", strict=True)}
_HALF_WIDTH = re.compile("[｡-ﾝ]")
_HALF_WIDTH_KANA = re.compile("[ｳｦﾜｶ-ﾄ]ﾞ|[ﾊ-ﾎ][ﾞﾟ]|[｡-ﾝ]")


def widen_katakana(text: str) -> Changed:
    """Half-width katakana and their punctuation made full-width, and how many half-width characters that took.

    A mark of voicing joins only a kana that has a voiced form; any other stays, since faces are drawn with it.

    >>> widen_katakana("ｶﾞｿﾘﾝｽﾀﾝﾄﾞ､ﾊﾟﾝ｡")
    ('ガソリンスタンド、パン。', 15)
    >>> widen_katakana("(ﾟДﾟ)")
    ('(ﾟДﾟ)', 0)
    """
    if not _HALF_WIDTH.search(text):
        return text, 0
    taken = sum(map(len, _HALF_WIDTH_KANA.findall(text)))
    return _HALF_WIDTH_KANA.sub(lambda found: _WIDE[found[0]], text), taken


# What meets the eye only together with its neighbours: emoji sequences, kanji variants, Arabic and Indic joining.
_EMOJI = "[#*0-9©®\u203c\u2049\u2122-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_SEQUENCE = f"{_EMOJI}[\ufe00-\ufe0f]?(?:\u200d?{_EMOJI}[\ufe00-\ufe0f]?)*(?:[\U000e0020-\U000e007e]+\U000e007f)?"
_VARIANT = "[\u3001-\u3020㐀-鿿豈-﫿！-｠\U00020000-\U0003ffff][\ufe00-\ufe0d\U000e0100-\U000e01ef]"
_JOINING = "[\u0620-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af]"
_JOINED = f"{_JOINING}[\u200c\u200d](?={_JOINING})"
_MOJIBAKE = "[\xc2-\xf4][\x80-\x9f\xa1-\xbf]+"  # UTF-8 read as Latin-1: without its C1 controls it is past repair
_INVISIBLE = (
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ANY_INVISIBLE = re.compile(_INVISIBLE)
_MEANT_OR_INVISIBLE = re.compile(f"({_SEQUENCE}|{_VARIANT}|{_JOINED}|{_MOJIBAKE})|{_INVISIBLE}")


def remove_invisible(text: str) -> Changed:
    """The text without control, zero-width and direction characters, and how many there were; line ends stay.

    A joiner inside an emoji or between Arabic or Indic letters, and a selector after a kanji or an emoji, are kept.

    >>> remove_invisible("見え\\u200bない\\ufeff\\x07文字")
    ('見えない文字', 3)
    >>> remove_invisible("👩\\u200d💻と葛\\U000e0100城") == ("👩\\u200d💻と葛\\U000e0100城", 0)
    True
    >>> remove_invisible("ã\\x81\\x82") == ("ã\\x81\\x82", 0)  # あ read as Latin-1: left alone
    True
    """
    if not _ANY_INVISIBLE.search(text):
        return text, 0
    visible = _MEANT_OR_INVISIBLE.sub(lambda found: found[1] or "", text)
    return visible, len(text) - len(visible)


_SPACE_OR_LINE_END = re.compile("[\x0b-\x0d\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f]")
_LINE_END = re.compile("\r\n|[\x0b-\x0d\u2028\u2029]")
_SPACE = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f]")
_INNER_SPACES = re.compile(" {2,}")
_BLANK_LINES = re.compile("\n{3,}")
_WHITE = " \t\u3000"
_UNTIDY = (" \n", "\t\n", "\u3000", "  ", "\n\n\n")  # without these, lines need not be looked at one by one


def uniform_white_space(text: str) -> Changed:
    """One kind of line end and space, no white space around lines, and how many replacements and removals it took.

    Lines end in `\\n`, with at most one blank line between two. An indent of ASCII spaces or tabs stays (it may be
    code), one with a full-width space goes (it is typography). Inside a line a full-width space is content and stays;
    ASCII spaces in a row become one.

    >>> uniform_white_space("\\u3000吾輩は猫である。 \\r\\n\\r\\n\\r\\n\\r\\n名前は\\xa0 まだ無い。\\n")
    ('吾輩は猫である。\\n\\n名前は まだ無い。', 11)
    >>> uniform_white_space("if x:\\n    東京\\u3000太郎") == ("if x:\\n    東京\\u3000太郎", 0)
    True
    """
    replaced = 0
    uniform = text
    if _SPACE_OR_LINE_END.search(text):
        uniform, line_ends = _LINE_END.subn("\n", uniform)
        uniform, spaces = _SPACE.subn(" ", uniform)
        replaced = line_ends + spaces
    if uniform == uniform.strip("\n" + _WHITE) and not any(signs in uniform for signs in _UNTIDY):
        return uniform, replaced
    lines = uniform.split("\n")
    for number, line in enumerate(lines):
        if line and (line[0] in _WHITE or line[-1] in _WHITE or "  " in line):
            lines[number] = _tidy(line)
    tidy = "\n".join(lines).strip("\n")
    if "\n\n\n" in tidy:
        tidy = _BLANK_LINES.sub("\n\n", tidy)
    return tidy, replaced + len(uniform) - len(tidy)


def _tidy(line: str) -> str:
    """One line without the white space that means nothing."""
    content = line.strip(_WHITE)
    if "  " in content:
        content = _INNER_SPACES.sub(" ", content)
    if line[0] == "\u3000" or not content:
        return content
    indent = line[: line.index(content[0])]
    return content if "\u3000" in indent else indent + content
