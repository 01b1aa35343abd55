"""How alike two texts are, by the measure that deduplication estimates."""

_SHINGLE_CHARACTERS = 5


def shingles(text: str) -> set[str]:
    """The character 5-grams of a text without its white space."""
    packed = "".join(text.split())
    return {packed[i : i + _SHINGLE_CHARACTERS] for i in range(len(packed) - _SHINGLE_CHARACTERS + 1)}


def jaccard(a: str, b: str) -> float:
    """Jaccard similarity of the character 5-grams, in [0, 1]; of two texts too short to have any, 0.

    >>> jaccard("春の川を渡る", "春の川を渡る"), jaccard("春の川を渡る", "秋の山に登る")
    (1.0, 0.0)
    """
    ours, theirs = shingles(a), shingles(b)
    return len(ours & theirs) / max(1, len(ours | theirs))
