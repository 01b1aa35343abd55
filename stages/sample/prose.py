"""Articles composed from sentences of our own: topics with slots, sections, and a choice of their sentences."""

import re
from functools import cache
from importlib.resources import files
from random import Random
from typing import NamedTuple

LANGUAGES = ("ja", "en", "zh-Hans", "zh-Hant", "ko")
_NO_TOPIC = frozenset({"shared.txt", "chrome.txt", "low.txt"})
_SLOT = re.compile(r"\{(?:(\d+)-(\d+)|([a-z]+)(\d?))\}")
_MAX_TRIES = 12
_MAX_EARLIER = 200  # articles compared with: keeps a large sample from being quadratic
_MAX_SHARED_FRACTION = 0.45  # of an article's sentences, with any earlier article of its topic

Choice = frozenset[tuple[int, int]]


class Section(NamedTuple):
    """Sentences that may follow each other in this order, under one of the headings."""

    headings: tuple[str, ...]
    sentences: tuple[str, ...]


class Topic(NamedTuple):
    """What articles of one subject are composed from."""

    name: str
    language: str
    kinds: tuple[str, ...]
    titles: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]
    sections: tuple[Section, ...]


class Article(NamedTuple):
    """A composed text: the title, and sections of a heading and its sentences."""

    topic: Topic
    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    choice: Choice  # (section, sentence) indices that were used


def read_slots(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """The lines of the form `name = value | value`."""
    pairs = (line.split("=", 1) for line in lines if re.match(r"[a-z]+ = ", line))
    return {name.strip(): tuple(value.strip() for value in values.split("|")) for name, values in pairs}


def parse_topic(name: str, language: str, source: str, shared: dict[str, tuple[str, ...]]) -> Topic:
    """A topic from its file: `kinds:`, `title:`, slots, then `## heading | heading` and a sentence per line.

    >>> topic = parse_topic("t", "ja", "kinds: blog\\ntitle: 夏\\nx = 川 | 海\\n## 序 | 前\\n{x}へ行く。", {})
    >>> topic.slots["x"], topic.sections[0].headings, topic.sections[0].sentences
    (('川', '海'), ('序', '前'), ('{x}へ行く。',))
    """
    head, *rest = source.split("\n## ")
    lines = head.split("\n")
    fields = dict(line.split(": ", 1) for line in lines if re.match(r"(kinds|title): ", line))
    sections = []
    for part in rest:
        heading, *sentences = (line.strip() for line in part.strip().split("\n"))
        sections.append(Section(tuple(h.strip() for h in heading.split("|")), tuple(s for s in sentences if s)))
    titles = tuple(title.strip() for title in fields["title"].split("|"))
    return Topic(name, language, tuple(fields["kinds"].split()), titles, shared | read_slots(lines), tuple(sections))


@cache
def slots_of(language: str, name: str) -> dict[str, tuple[str, ...]]:
    """The word lists of a file beside the topics: `shared`, `chrome` (what surrounds a text), `low`."""
    return read_slots((files("stages.sample") / "prose" / language / f"{name}.txt").read_text("utf-8").split("\n"))


@cache
def topics(language: str) -> tuple[Topic, ...]:
    """All topics of a language, by name."""
    shared = slots_of(language, "shared")
    folder = files("stages.sample") / "prose" / language
    found = sorted((f for f in folder.iterdir() if f.name not in _NO_TOPIC), key=lambda f: f.name)
    return tuple(parse_topic(f.name.removesuffix(".txt"), language, f.read_text("utf-8"), shared) for f in found)


class Slots:
    """Fills slots: a named one alike throughout an article (`{town}`, another one `{town2}`), `{3-7}` afresh."""

    def __init__(self, values: dict[str, tuple[str, ...]], random: Random) -> None:
        self._values = values
        self._random = random
        self._drawn: dict[str, list[str]] = {}

    def fill(self, template: str) -> str:
        """The template with every slot filled. Raises KeyError for a slot that the topic does not have."""
        return _SLOT.sub(self._value, template)

    def _value(self, slot: re.Match[str]) -> str:
        low, high, name, which = slot.groups()
        if low:
            return str(self._random.randint(int(low), int(high)))
        if name not in self._drawn:
            self._drawn[name] = self._random.sample(self._values[name], len(self._values[name]))
        drawn = self._drawn[name]
        return drawn[(int(which or 1) - 1) % len(drawn)]


def compose(topic: Topic, random: Random, earlier: list[Choice]) -> Article:
    """An article that shares few sentences with the earlier ones of its topic, as far as the topic's stock goes."""
    slots = Slots(topic.slots, random)
    choice = min(
        (_choose(topic, random) for _ in range(_MAX_TRIES)),
        key=lambda c: max([_MAX_SHARED_FRACTION] + [len(c & e) / min(len(c), len(e)) for e in earlier[-_MAX_EARLIER:]]),
    )
    sections = []
    for index, section in enumerate(topic.sections):
        chosen = tuple(slots.fill(s) for i, s in enumerate(section.sentences) if (index, i) in choice)
        if chosen:
            sections.append((slots.fill(random.choice(section.headings)), chosen))
    return Article(topic, slots.fill(random.choice(topic.titles)), tuple(sections), choice)


def _choose(topic: Topic, random: Random) -> Choice:
    """The opening section and most others, three to five sentences of each."""
    num_sections = len(topic.sections)
    others = random.sample(range(1, num_sections), min(num_sections - 1, random.choice((3, 3, 4))))
    chosen = set()
    for index in [0, *others]:
        stock = len(topic.sections[index].sentences)
        chosen |= {(index, i) for i in random.sample(range(stock), min(stock, random.choice((3, 4, 4, 5))))}
    return frozenset(chosen)
