"""Labelled pages of the shared data: decoded HTML beside the main text."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from warcio.archiveiterator import ArchiveIterator


class GoldPage(NamedTuple):
    """One labelled page; `html` is UTF-8, `site` names the source without its version."""

    site: str
    language: str
    gold_kind: str
    html: bytes
    text: str


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def gold_pages(data: Path) -> Iterator[GoldPage]:
    """Each labelled page once, without the near duplicates, in the file's order."""
    labels = {row["warc_record_id"]: row for row in _rows(data / "web.labels.jsonl.gz")}
    gold = {row["page_id"]: row for row in _rows(data / "web.gold.jsonl.gz")}
    seen = set()
    with (data / "web.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream):
            label = labels.get(record.rec_headers.get_header("WARC-Record-ID"))
            if record.rec_type != "response" or label is None or label.get("near_dup_of"):
                continue
            page_id = label["page_id"]
            if page_id in seen or page_id not in gold:
                continue
            seen.add(page_id)
            html = record.content_stream().read().decode(label["charset"], "replace")
            site = label["source"].partition("@")[0]
            text = gold[page_id]["text"]
            yield GoldPage(site, label["language"], gold[page_id]["gold_kind"], html.encode("utf-8", "replace"), text)


def handmade_pages() -> Iterator[GoldPage]:
    """The project's own gold pages, as one site."""
    folder = Path(__file__).parents[1] / "gold"
    for path in sorted(folder.glob("*.html")):
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        yield GoldPage("tests/gold", "ja", "handmade", path.read_bytes(), text)
