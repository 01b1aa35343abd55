"""Japanese pages that nobody wants to train on: link lists, stuffed keywords, katakana advertising, next to nothing."""

from random import Random

from stages.sample.body import Block
from stages.sample.prose import slots_of

LOW_KINDS = ("link_list", "keywords", "katakana", "short")


def low_blocks(kind: str, random: Random) -> list[Block]:
    """The blocks of a page of one of `LOW_KINDS`. Raises KeyError for another kind."""
    return {"link_list": _link_list, "keywords": _keywords, "katakana": _katakana, "short": _short}[kind](random)


def _link_list(random: Random) -> list[Block]:
    words = slots_of("ja", "low")
    town = random.choice(slots_of("ja", "shared")["town"])
    links = [f"{random.choice(words['place'])}の{word}" for word in random.sample(words["link"], 26)]
    return [Block("h1", f"{town}リンク集", 0), *(Block("li", link, -1) for link in links)]


def _keywords(random: Random) -> list[Block]:
    words = slots_of("ja", "low")
    town = random.choice(slots_of("ja", "shared")["town"])
    trade = random.choice(words["trade"])
    paragraphs = []
    for number in range(1, 15):
        stuffed = " ".join(f"{town} {trade} {word}" for word in random.sample(words["keyword"], 6))
        paragraphs.append(Block("p", f"{stuffed} {town}の{trade}なら{town}{trade}センター", number))
    return [Block("h1", f"{town} {trade} 格安 比較", 0), *paragraphs]


def _katakana(random: Random) -> list[Block]:
    words = slots_of("ja", "low")["katakana"]
    paragraphs = []
    for number in range(1, 8):
        line = "・".join(random.sample(words, 12))
        paragraphs.append(Block("p", f"{line}！{random.choice(words)}ゲットのチャンス！", number))
    return [Block("h1", f"スペシャル{random.choice(words)}ページ", 0), *paragraphs]


def _short(random: Random) -> list[Block]:
    words = slots_of("ja", "low")
    return [Block("h1", random.choice(words["link"]), 0), Block("p", random.choice(words["short"]), 1)]
