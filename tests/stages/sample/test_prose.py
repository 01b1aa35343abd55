"""Japanese articles read like prose: long enough, not repetitive, without a slot left open."""

import re
from collections import Counter
from random import Random

import pytest

from stages.sample.body import blocks_of, main_text
from stages.sample.prose import LANGUAGES, compose, slots_of, topics


def articles(language: str, count: int = 4) -> list[str]:
    texts = []
    for topic in topics(language):
        for number in range(count):
            random = Random(number)
            texts.append(
                main_text(blocks_of(compose(topic, random, []), topic.kinds[number % len(topic.kinds)], random))
            )
    return texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_slot_is_left_open(language):
    for topic in topics(language):
        names = set(re.findall(r"\{([a-z]+)\d?\}", " ".join(topic.titles) + str(topic.sections)))
        assert names <= set(topic.slots)
    assert not [text for text in articles(language) if re.search(r"\{[a-z]+\d?\}|\{\d+-\d+\}", text)]


def test_there_are_hundreds_of_distinct_japanese_sentences():
    sentences = [s for topic in topics("ja") for section in topic.sections for s in section.sentences]
    assert len(sentences) == len(set(sentences)) >= 400


def test_japanese_articles_pass_the_published_length_and_script_rules():
    """Swallow Corpus v1 (Okazaki et al., 2024): at least 400 characters, hiragana .20, sentences of 20 to 90."""
    for text in articles("ja"):
        letters = re.findall(r"[ぁ-ゖァ-ヺ一-鿿々、。]", text)
        assert len(letters) >= 400
        assert sum("ぁ" <= c <= "ゖ" for c in letters) / len(letters) > 0.2
        assert sum("ァ" <= c <= "ヺ" for c in letters) / len(letters) < 0.5
        sentences = [s for s in re.split(r"(?<=[。！？])|\n", text) if s]
        lengths = [len(s) for s in sentences]
        assert 20 <= sum(lengths) / len(lengths) <= 90
        assert max(lengths) <= 200


def test_japanese_articles_repeat_few_character_grams():
    """The same source: of the types of 5- and 10-grams at most .15 and .10 recur; the top 2-gram is at most .20."""
    for text in articles("ja"):
        for n, bound in ((5, 0.15), (7, 0.13), (10, 0.10)):
            counts = Counter(text[i : i + n] for i in range(len(text) - n + 1))
            assert sum(c > 1 for c in counts.values()) / len(counts) <= bound
        pairs = Counter(text[i : i + 2] for i in range(len(text) - 1))
        assert max(pairs.values()) / sum(pairs.values()) <= 0.20


def test_japanese_prose_fits_the_old_charsets():
    for text in articles("ja"):
        for codec in ("shift_jis", "euc_jp", "iso2022_jp"):
            text.encode(codec)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_surrounds_a_text_is_there_in_every_language(language):
    assert {"nav", "aside", "footer", "cookie", "agree", "share", "site", "by", "post", "more"} <= set(
        slots_of(language, "chrome")
    )
