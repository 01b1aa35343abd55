"""Microseconds per 2,000 characters of normalising, masking and NG words, beside plain Python on the same texts.

Run as a script: `python tests/benchmarks/text_rules.py [--documents N]`. Word lists and real pages are read where they
are present; without them a generated text and the shipped lists stand in.
"""

import argparse
import gzip
import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from stages.lists.words import SHIPPED, read_words
from stages.mask_personal import MaskPersonal
from stages.normalize import Normalize
from stages.text.codepoints import codepoints
from stages.text.ng_words import NgWords
from tests.shared import SHARED

PROSE = (
    "　これは日本語の文章であり、句読点や「括弧」を含みます。カタカナのテストもします。電話は03-1234-5678、ABC 123。\n"
)


def texts(num_documents: int) -> list[str]:
    """Japanese texts of about 2,000 characters, real ones where they are present."""
    path = SHARED / "data" / "web.gold.jsonl.gz"
    if not path.exists():
        return [(PROSE * 60)[:2000]] * num_documents
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        whole = "\n".join(json.loads(line)["text"] for line in lines)
    pieces = [whole[at : at + 2000] for at in range(0, len(whole), 2000)]
    return [piece for piece in pieces if sum("ぁ" <= c <= "ん" for c in piece) > 300][:num_documents]


def word_lists() -> dict[str, list[str]]:
    """NG-word lists by name."""
    folder = SHARED / "data" / "ng_words"
    if folder.exists():
        return {path.stem: read_words(str(path)) for path in sorted(folder.glob("*.txt"))}
    return {path.stem: read_words(path.stem) for path in sorted(SHIPPED.glob("*.txt"))}


def plain_normalize(text: str) -> str:
    """What a short script does: one Unicode form, no control characters, no white space at the ends of lines."""
    text = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cc" or c == "\n")
    return "\n".join(line.strip() for line in text.split("\n"))


PLAIN_PHONE = re.compile(r"(0\d{1,4}-\d{1,4}-\d{4}|\(0\d{1,4}\)\d{1,4}-\d{4}|0\d{9,10})")
PLAIN_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


def plain_mask(text: str) -> str:
    """What a short script does: two expressions."""
    return PLAIN_PHONE.sub("<電話番号>", PLAIN_EMAIL.sub("<メールアドレス>", text))


def microseconds(work: Callable[[], object], num_characters: int) -> float:
    """The best of three, per 2,000 characters."""
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best / num_characters * 2000 * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=500)
    documents = texts(parser.parse_args().documents)
    batch = pa.record_batch({"text": documents})
    num_characters = sum(map(len, documents))
    lists = word_lists()
    words = NgWords(lists)
    words.count(codepoints(batch.column("text").slice(0, 1)))
    every = sorted({re.escape(word) for of_list in lists.values() for word in of_list}, key=len, reverse=True)
    joined = re.compile("|".join(every))
    normalize, mask = Normalize(), MaskPersonal()
    rows = (
        ("normalize", lambda: normalize.apply(batch), lambda: [plain_normalize(t) for t in documents]),
        ("mask_personal", lambda: mask.apply(batch), lambda: [plain_mask(t) for t in documents]),
        (
            f"ng_words, {len(every)} words",
            lambda: words.count(codepoints(batch.column("text"))),
            lambda: [joined.findall(t) for t in documents],
        ),
    )
    print(f"{len(documents)} texts, {num_characters:,} characters; µs per 2,000 characters, best of three")
    print(f"{'':<24}{'wabun':>9}{'plain':>10}{'ratio':>8}")
    for name, ours, plain in rows:
        fast, slow = microseconds(ours, num_characters), microseconds(plain, num_characters)
        print(f"{name:<24}{fast:>9.1f}{slow:>10.1f}{slow / fast:>8.1f}")


if __name__ == "__main__":
    main()
