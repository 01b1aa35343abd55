"""Commas and full stops of Western form after Japanese characters, made Japanese where a text means them so."""

import re

_JAPANESE = "々〇〻ぁ-ゖァ-ヺー㐀-鿿豈-﫿\U00020000-\U0003ffff」』）〉》】〕］"
_MARKS = (
    (re.compile(f"(?<=[{_JAPANESE}])，"), re.compile(f"[{_JAPANESE}]、"), "、"),
    (re.compile(f"(?<=[{_JAPANESE}])．"), re.compile(f"[{_JAPANESE}]。"), "。"),
)


def japanese_punctuation(text: str) -> tuple[str, int]:
    """`，` as `、` and `．` as `。` after Japanese characters, and how many were replaced.

    Each mark changes only where its Western form is the majority after Japanese characters in this text. One that
    follows a number or a letter is never touched. The rule is that of Okazaki et al., COLM 2024 (arXiv 2404.17733).

    >>> japanese_punctuation("円周率は，約３．１４である．Ｈｉ，と言った．")
    ('円周率は、約３．１４である。Ｈｉ，と言った。', 3)
    >>> japanese_punctuation("これは，一つ、二つ、三つ。")  # 、 is the majority: the writer meant the other one
    ('これは，一つ、二つ、三つ。', 0)
    """
    replaced = 0
    for western, japanese, mark in _MARKS:
        if western.pattern[-1] not in text:
            continue
        num_western = len(western.findall(text))
        if num_western > len(japanese.findall(text)):
            text = western.sub(mark, text)
            replaced += num_western
    return text, replaced
