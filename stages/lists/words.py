"""Word lists: one word per line, in a file or shipped with the package."""

import re
from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "ng_words"


def word_list_path(name: str) -> Path:
    """The file of a list: a plain name is a shipped list, anything else a path.

    >>> word_list_path("advertisement").name, str(word_list_path("lists/mine.txt"))
    ('advertisement.txt', 'lists/mine.txt')
    """
    return SHIPPED / f"{name}.txt" if re.fullmatch(r"\w+", name) else Path(name).expanduser()


def word_list_name(name: str) -> str:
    """What a list is called in the names of columns.

    >>> word_list_name("~/lists/Adult-ja.v2.txt")
    'adult_ja_v2'
    """
    return re.sub(r"\W+", "_", word_list_path(name).stem).strip("_").lower()


def read_words(name: str) -> list[str]:
    """The words of a list, in its order; blank lines and comments (`# …`) are no words.

    Raises OSError for a file that cannot be read and UnicodeDecodeError for one that is not UTF-8.
    """
    lines = word_list_path(name).read_text(encoding="utf-8-sig").splitlines()
    return [word for line in lines if (word := line.strip()) and not word.startswith("# ")]
