"""Text from the web, made safe to show in a terminal."""

import unicodedata

_KEPT = {"\n", "\t"}


def safe(text: object) -> str:
    """The text without what could steer a terminal: control, format and bidirectional characters, lone surrogates.

    >>> safe("安全\\x1b[31mな\\u202e文\\n")
    '安全[31mな文\\n'
    """
    return "".join(
        c for c in str(text) if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    )


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with a mark where something was cut.

    >>> shorten("ひらがな", 4), shorten("ひらがな", 3)
    ('ひらがな', 'ひら…')
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"
