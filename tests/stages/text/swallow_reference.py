"""The signals of Swallow Corpus v1 in plain Python, from their published definitions: obvious rather than fast.

Source: Okazaki et al., COLM 2024 (arXiv 2404.17733) and the definitions of its `quality.py`. Where the published text
and the code differ (duplicate n-grams are counted by types), the code is followed.
"""

from collections import Counter

END_MARKS = "。．！？!?"


def split_into_sentences(line):
    """Runs of characters that are no end mark, each with one end mark after it where there is one."""
    sentences = []
    current = ""
    for character in line:
        if character not in END_MARKS:
            current += character
        elif current:
            sentences.append(current + character)
            current = ""
    if current:
        sentences.append(current)
    return sentences


def share(part, whole):
    return part / whole if whole else 0.0


def duplicates(items):
    """Occurrences beyond the first: their share of the items, and of the characters."""
    counts = Counter(items)
    again = sum(count - 1 for count in counts.values())
    characters_again = sum((count - 1) * len(item) for item, count in counts.items())
    return share(again, len(items)), share(characters_again, sum(len(item) for item in items))


def is_kanji(point):
    return (
        point in (ord("々"), ord("〇"), ord("〻"))
        or 0x3400 <= point <= 0x9FFF
        or 0xF900 <= point <= 0xFAFF
        or 0x20000 <= point <= 0x3FFFF
    )


def swallow_signals(text):
    """Every signal of Swallow Corpus v1 by our names."""
    lines = [split_into_sentences(line) for line in text.split("\n")]
    paragraphs = ["".join(sentences) for sentences in lines]
    sentences = [sentence for line in lines for sentence in line]

    hiragana = sum(1 for c in text if 0x3041 <= ord(c) <= 0x3096)
    katakana = sum(1 for c in text if 0x30A1 <= ord(c) <= 0x30FA)
    kanji = sum(1 for c in text if is_kanji(ord(c)))
    toten = sum(1 for c in text if c in "、，")
    kuten = sum(1 for c in text if c in "。．！？")
    japanese = hiragana + katakana + kanji + toten + kuten

    signals = {
        "num_characters": len(text),
        "num_japanese_letters": japanese,
        "hiragana_fraction": share(hiragana, japanese),
        "katakana_fraction": share(katakana, japanese),
        "kanji_fraction": share(kanji, japanese),
        "kuten_fraction": share(kuten, japanese),
        "toten_fraction": share(toten, japanese),
        "japanese_fraction": share(japanese, len(text)),
        "num_sentences": len(sentences),
        "mean_sentence_characters": share(sum(len(s) for s in sentences), len(sentences)),
        "max_sentence_characters": max((len(s) for s in sentences), default=0),
        "ellipsis_sentence_fraction": share(
            sum(1 for s in sentences if s.strip().endswith(("・", "…"))), len(sentences)
        ),
    }
    by_count, by_characters = duplicates(paragraphs)
    signals["duplicate_paragraph_fraction"] = by_count
    signals["duplicate_paragraph_character_fraction"] = by_characters
    by_count, by_characters = duplicates(sentences)
    signals["duplicate_sentence_fraction"] = by_count
    signals["duplicate_sentence_character_fraction"] = by_characters
    for n in range(2, 11):
        counts = Counter(text[i : i + n] for i in range(len(text) - n + 1))
        if n <= 4:
            signals[f"top_{n}gram_fraction"] = share(max(counts.values(), default=0), counts.total())
        else:
            repeated = sum(1 for count in counts.values() if count > 1)
            signals[f"duplicate_{n}gram_fraction"] = share(repeated, len(counts))
    return signals
