"""Fit the extractor's weights to labelled pages, and write `stages/text/html/weights.py`.

    python tests/benchmarks/train_extractor.py ../shared/data [--strength 0.03] [--write]

A line is main text where the page's gold text holds it; a line that stands more often in the page than in the gold
counts as many times as the gold has it, those with the fewest link characters first. The weights are the maximum a
posteriori of a logistic regression whose prior mean is the table below, written from what is known of web pages:
the labelled sites are few and alike, so they may only lean the prior. Every site weighs the same, every page in a site,
and a line the square root of its characters. The strength was chosen on sites left out, never on pages left out;
the table that is printed shows the error of lines on each site when it was left out.
"""

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from gold import gold_pages, handmade_pages

from stages.text.html.containers import containers
from stages.text.html.elements import CHARACTERS_IN, LINK_CHARACTERS_IN, TEXT_END, TEXT_START
from stages.text.html.features import FEATURES, features
from stages.text.html.scan import Scan, scan
from stages.text.html.tables import plain_rows

Array = npt.NDArray[np.float64]

PRIOR = {
    "bias": 0.6,
    "length": 1.5,
    "link_fraction": -2.5,
    "stops": 1.0,
    "commas": 0.6,
    "hiragana_fraction": 0.8,
    "prose": 1.8,
    "many_links": -0.6,
    "heading": 0.8,
    "preformatted": 1.5,
    "list_item": -0.2,
    "inside_main": 1.2,
    "before_main": -0.8,
    "after_main": -1.4,
    "box_link_fraction": -1.4,
    "outer_link_fraction": -0.8,
    "box_prose": 0.6,
    "outer_prose": 0.6,
    "near_prose": 1.0,
    "near_link_fraction": -0.8,
    "group_link_fraction": -1.0,
    "link_alone": -0.5,
    "furniture": -4.5,
    "under_furniture": -3.0,
    "notice": -7.0,
    "signed": -6.0,
    "short_byline": -3.0,
    "repeated": -2.3,
    "link_outside": -1.2,
    "navigation": -2.6,
    "header": -2.5,
    "footer": -2.6,
    "aside": -1.8,
    "sharing": -3.5,
    "advertisement": -3.5,
    "dialog": -6.0,
    "form": -2.5,
    "content": 0.8,
    "related": -3.0,
    "comments": -0.4,
    "contents_table": -2.5,
    "byline": -0.5,
    "legal": -1.5,
    "unseen": -4.0,
    "main": 0.8,
    "article": 0.9,
    "button": -4.0,
    "navigation_tag": -4.5,
    "header_tag": -2.0,
    "footer_tag": -4.5,
    "aside_tag": -2.8,
}
_SPACE = re.compile(r"\s+")
_MAX_STEPS, _LONGEST_STEP, _CLOSE = 100, 3.0, 1e-7
_HEADER = '''"""Each feature's weight in the decision on a line; written by `tests/benchmarks/train_extractor.py`."""

WEIGHTS_BY_FEATURE = {
'''


class Page(NamedTuple):
    """One page's lines: features, labels, and weights that add up to 1."""

    site: str
    features: Array
    labels: Array
    weights: Array


def labels(found: Scan, gold: str) -> Array:
    """1 for each line that the gold text holds, else 0: shape (num_blocks,)."""
    bare = _SPACE.sub("", gold)
    gold_lines = Counter(_SPACE.sub("", line) for line in gold.split("\n"))
    raw = found.text.tobytes()
    lines = [_SPACE.sub("", raw[row[TEXT_START] : row[TEXT_END]].decode()) for row in found.blocks]
    result = np.zeros(len(lines))
    left: dict[str, int] = {}
    linked = found.blocks[:, LINK_CHARACTERS_IN] / found.blocks[:, CHARACTERS_IN]
    for i in sorted(range(len(lines)), key=lambda i: (linked[i], i)):
        line = lines[i]
        if line not in left:
            left[line] = gold_lines[line] if len(line) < 6 else max(bare.count(line), gold_lines[line])
        if left[line] > 0:
            left[line] -= 1
            result[i] = 1
        elif len(line) >= 24 and line[:12] in bare and line[-12:] in bare:
            result[i] = 1
    return result


def load(data: Path) -> list[Page]:
    """The labelled pages and the hand-made ones, scanned."""
    pages = []
    for page in (*gold_pages(data), *handmade_pages()):
        found = scan(page.html)
        if len(found.blocks):
            weights = np.sqrt(found.blocks[:, CHARACTERS_IN].astype(np.float64))
            site = "libreoffice" if "libreoffice" in page.site else page.site.partition("-reference")[0]
            plain = plain_rows(found.blocks, found.nodes)
            row = features(found, containers(found.blocks, found.nodes, plain), plain)
            pages.append(Page(site, row, labels(found, page.text), weights / weights.sum()))
    return pages


def fit(pages: list[Page], strength: float) -> Array:
    """The weights of highest posterior, by Newton's method: shape (NUM_FEATURES,)."""
    prior = np.array([PRIOR.get(name, 0.0) for name in FEATURES])
    per_site = Counter(page.site for page in pages)
    x = np.vstack([page.features for page in pages])
    y = np.concatenate([page.labels for page in pages])
    w = np.concatenate([page.weights / per_site[page.site] for page in pages]) / len(per_site)
    b = prior.copy()
    for _ in range(_MAX_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        gradient = x.T @ (w * (p - y)) + strength * (b - prior)
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + strength * np.eye(len(b))
        step = np.linalg.solve(hessian, gradient)
        b -= step * min(1.0, _LONGEST_STEP / np.linalg.norm(step))
        if np.abs(step).max() < _CLOSE:
            break
    return b


def error(pages: list[Page], b: Array) -> tuple[float, float, float]:
    """Mean log loss of the lines, share of main text lost, share of other text kept."""
    loss = lost = leaked = 0.0
    for page in pages:
        z = np.clip(page.features @ b, -30, 30)
        loss += (page.weights * np.log1p(np.exp(np.where(page.labels > 0, -z, z)))).sum() / len(pages)
        lost += page.weights[(z <= 0) & (page.labels > 0)].sum() / len(pages)
        leaked += page.weights[(z > 0) & (page.labels == 0)].sum() / len(pages)
    return float(loss), float(lost), float(leaked)


def main() -> None:
    """Print the error on sites left out, then the weights; write them where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--strength", type=float, default=0.03)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    pages = load(options.data)
    print(f"{'site left out':36} {'loss':>6} {'lost':>6} {'leaked':>6}   prior alone")
    for site in sorted({page.site for page in pages}):
        rest = [page for page in pages if page.site != site]
        these = [page for page in pages if page.site == site]
        prior = error(these, np.array([PRIOR.get(name, 0.0) for name in FEATURES]))
        fitted = error(these, fit(rest, options.strength))
        print(f"{site:36} " + " ".join(f"{v:6.3f}" for v in fitted) + "   " + " ".join(f"{v:6.3f}" for v in prior))
    rows = "".join(
        f'    "{name}": {weight:.3f},\n' for name, weight in zip(FEATURES, fit(pages, options.strength), strict=True)
    )
    print(rows)
    if options.write:
        target = Path(__file__).parents[2] / "stages/text/html/weights.py"
        target.write_text(_HEADER + rows + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
