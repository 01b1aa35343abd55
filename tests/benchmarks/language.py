"""How well Japanese is told from the rest, with the model alone and with the scripts beside it, and what it costs.

    python tests/benchmarks/language.py [--characters 300] [--min-score 0.5] [--text gold|extracted|visible]

Pages: ../shared/data/web.warc.gz, those whose labels say that their language may be scored, with at least 100
characters of text. `gold` is the labelled main text where there is one, else the visible text; `extracted` is what
stages/text/html finds; `visible` is everything between tags.
"""

import argparse
import gzip
import html
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from warcio.archiveiterator import ArchiveIterator

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from stages.lid import load_model
from stages.text.codepoints import codepoints
from stages.text.language import Languages, identify

_UNSEEN = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>")
_KANA = re.compile(r"[ぁ-ゖァ-ヿ]+")
_NOT_HAN = re.compile(r"[^一-鿿]+")
_CONFUSABLE = ("zh-hans", "zh-hant", "ko")


class Sample(NamedTuple):
    """A text with its true language, the charset of its page and the UUID of its record."""

    language: str
    charset: str
    text: str
    record_id: str


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def visible(page: str) -> str:
    return re.sub(r"\s*\n\s*", "\n", html.unescape(_UNSEEN.sub("\n", page))).strip()


def pages(data: Path, which: str) -> list[Sample]:
    labels = {row["warc_record_id"]: row for row in read_jsonl(data / "web.labels.jsonl.gz")}
    gold = {row["page_id"]: row["text"] for row in read_jsonl(data / "web.gold.jsonl.gz")}
    found = []
    with (data / "web.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream):
            label = labels.get(record.rec_headers.get_header("WARC-Record-ID"))
            if record.rec_type != "response" or label is None or not label["lang_eval"]:
                continue
            charset = "cp932" if label["charset"] == "shift_jis" else label["charset"]
            page = record.content_stream().read().decode(charset, "replace")
            if which == "extracted":
                from stages.text.html import extract

                text = extract(page.encode("utf-8", "replace")).text
            else:
                text = (gold.get(label["page_id"]) if which == "gold" else None) or visible(page)
            if len(text) >= 100:
                uuid = label["warc_record_id"].removeprefix("<urn:uuid:").removesuffix(">")
                found.append(Sample(label["language"], label["charset"], text.replace("\0", ""), uuid))
    return found


def tell(texts: Sequence[str], characters: int, use_scripts: bool) -> Languages:
    points = codepoints(pa.array(texts, pa.string()))
    return identify(texts, points, load_model(), num_characters=characters, use_scripts=use_scripts)


def table(title: str, head: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    print(f"\n{title}")
    for line in (head, *lines):
        print("  " + f"{line[0]:<30}" + "".join(f"{cell:>14}" for cell in map(str, line[1:])))


def share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "-"


def of_pages(samples: Sequence[Sample], characters: int, min_score: float) -> None:
    verdicts = {}
    for use_scripts in (False, True):
        found = tell([s.text for s in samples], characters, use_scripts)
        verdicts[use_scripts] = [score >= min_score for score in found.japanese.tolist()]
    lines = []
    for name, members in groups(samples):
        japanese = members and members[0][1].language == "ja" and name != "all"
        row: list[object] = [name, len(members)]
        for use_scripts in (False, True):
            kept = sum(verdicts[use_scripts][i] for i, _ in members)
            right = sum(verdicts[use_scripts][i] and s.language == "ja" for i, s in members)
            of = sum(s.language == "ja" for _, s in members)
            row += [share(right, of), "-" if japanese else share(right, kept) if of else f"{kept} kept"]
        lines.append(row)
    table(
        f"Pages, the first {characters} characters, kept from {min_score}",
        ("", "pages", "model: recall", "precision", "scripts: recall", "precision"),
        lines,
    )


def groups(samples: Sequence[Sample]) -> Iterator[tuple[str, list[tuple[int, Sample]]]]:
    numbered = list(enumerate(samples))
    yield "all", numbered
    for charset in ("utf-8", "shift_jis", "euc-jp", "iso-2022-jp"):
        yield f"ja, {charset}", [(i, s) for i, s in numbered if s.language == "ja" and s.charset == charset]
    for language in _CONFUSABLE:
        yield language, [(i, s) for i, s in numbered if s.language == language]
    yield "other languages", [(i, s) for i, s in numbered if s.language not in ("ja", *_CONFUSABLE)]


def of_stages(data: Path, samples: Sequence[Sample], options: argparse.Namespace) -> None:
    """The stages read, decode, extract and language on the archive itself, by each way to select candidates."""
    from pipeline.inputs import LocalInput
    from pipeline.stage import Tally
    from stages.decode import Decode
    from stages.extract import Extract
    from stages.language import Language
    from stages.read import Read

    path = data / "web.warc.gz"
    archive = LocalInput(path.name, path, path.stat().st_size, 0)
    chain = (Decode(), Extract(), Language(min_score=options.min_score, num_characters=options.characters))
    lines: list[list[object]] = []
    for select in ("bytes", "cld2", "all"):
        kept = set()
        for batch in Read(select=select).read(archive, Tally()):
            for stage in chain:
                batch = stage.apply(batch)
                batch = batch.filter(pc.is_null(batch["drop_reason"])).drop_columns("drop_reason")
            kept |= set(batch["id"].to_pylist())
        for name, members in groups(samples):
            found = [s for _, s in members if s.record_id in kept]
            right = sum(s.language == "ja" for s in found)
            of = sum(s.language == "ja" for _, s in members)
            line = [f"{select}: {name}", len(members), share(right, of), share(right, len(found)) if of else len(found)]
            lines.append(line)
    table("From the archive to the stage `language`", ("", "pages", "recall", "precision"), lines)


def of_snippets(samples: Sequence[Sample], min_score: float) -> None:
    """Pieces of lines of the same texts: as short as a headline, and Japanese without its kana."""
    draw = random.Random(0)
    lines = []
    for title, languages, strip, lengths in (
        ("ja", ("ja",), None, (10, 20, 50)),
        ("ja, kana taken out", ("ja",), _KANA, (10, 20, 50)),
        ("ja, runs of Han", ("ja",), _NOT_HAN, (6, 10, 20)),
        ("zh-hans", ("zh-hans",), None, (10, 20, 50)),
        ("zh-hant", ("zh-hant",), None, (10, 20, 50)),
        ("zh, runs of Han", ("zh-hans", "zh-hant"), _NOT_HAN, (6, 10, 20)),
        ("ko", ("ko",), None, (10, 20, 50)),
    ):
        for length in lengths:
            pieces = list(snippets([s for s in samples if s.language in languages], strip, length, draw))
            row: list[object] = [f"{title}, {length} characters", len(pieces)]
            for use_scripts in (False, True):
                scores = tell(pieces, 300, use_scripts).japanese
                row.append(share(int((scores >= min_score).sum()), len(pieces)))
            lines.append(row)
    table("Snippets, share called Japanese", ("", "snippets", "model", "with scripts"), lines)


def snippets(
    samples: Sequence[Sample], strip: re.Pattern[str] | None, length: int, draw: random.Random
) -> Iterator[str]:
    for sample in samples:
        lines = [line for line in sample.text.split("\n") if len(_NOT_HAN.sub("", line)) * 4 >= len(line)]
        if sample.language == "ko":
            lines = [line for line in sample.text.split("\n") if len(re.findall("[가-힣]", line)) * 2 >= len(line)]
        if strip is _NOT_HAN:
            lines = [run for line in lines for run in _NOT_HAN.split(line)]
        elif strip:
            lines = [strip.sub("", line) for line in lines]
        lines = [line.strip() for line in lines if len(line.strip()) >= length]
        for line in draw.sample(lines, min(4, len(lines))):
            yield line[:length]


def of_declaration(data: Path, min_score: float) -> None:
    rows = list(read_jsonl(data / "udhr.lid.jsonl.gz"))
    total = Counter(row["lang"] for row in rows)
    kept = {}
    for use_scripts in (False, True):
        scores = tell([row["text"] for row in rows], 300, use_scripts).japanese
        kept[use_scripts] = Counter(row["lang"] for row, score in zip(rows, scores, strict=True) if score >= min_score)
    named = ["ja", *sorted(language for language in kept[False] | kept[True] if language != "ja")]
    lines = [[name, total[name], kept[False][name], kept[True][name]] for name in named]
    others = total.total() - total["ja"]
    wrong = [kept[use_scripts].total() - kept[use_scripts]["ja"] for use_scripts in (False, True)]
    lines.append(["all but ja", others, *wrong])
    table("Paragraphs of the Universal Declaration called Japanese", ("", "paragraphs", "model", "with scripts"), lines)


def of_time(samples: Sequence[Sample], characters: int) -> None:
    japanese = [s.text[:2000] for s in samples if s.language == "ja" and len(s.text) >= 2000]
    predict = load_model()
    predict("温める")
    lines = []
    base = 0.0
    for name, work in (
        ("model", lambda: [predict(t[:characters].replace("\n", " ")) for t in japanese]),
        ("model and excerpt", lambda: tell(japanese, characters, False)),
        ("with scripts", lambda: tell(japanese, characters, True)),
    ):
        best = min(timed(work) for _ in range(5)) / len(japanese) * 1e6
        base = base or best
        lines.append([name, f"{best:.0f} us", f"{best / base:.2f}"])
    table(f"CPU time of a text of 2,000 characters ({len(japanese)} texts)", ("", "a text", "ratio"), lines)


def timed(work: Any) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[3] / "shared" / "data")
    parser.add_argument("--characters", type=int, default=300, help="characters the model sees (default: 300)")
    parser.add_argument("--min-score", type=float, default=0.5, help="least probability kept (default: 0.5)")
    parser.add_argument("--text", choices=("gold", "extracted", "visible"), default="gold", help="default: gold")
    options = parser.parse_args()
    samples = pages(options.data, options.text)
    of_pages(samples, options.characters, options.min_score)
    of_stages(options.data, samples, options)
    of_snippets(samples, options.min_score)
    of_declaration(options.data, options.min_score)
    of_time(samples, options.characters)


if __name__ == "__main__":
    main()
