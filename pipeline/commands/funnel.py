"""The funnel on a terminal: documents in, kept, dropped by reason, for every stage."""

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from pipeline.errors import WabunError
from pipeline.storage import Folder

SHOWN_REASONS = 6


def load_statistics(folder: Folder) -> dict[str, Any]:
    """The statistics of a finished run. Raises WabunError where there are none."""
    stored = folder.find("stats.json")
    if stored is None:
        raise WabunError(f"{folder}: holds no stats.json; the run is not finished (see `wabun status {folder}`)")
    found: dict[str, Any] = json.loads(stored)
    return found


def print_funnel(folder: Folder, *, as_json: bool) -> None:
    """Show the funnel and where the result lies."""
    statistics = load_statistics(folder)
    if as_json:
        click.echo(json.dumps(statistics, ensure_ascii=False))
        return
    print_table(funnel_table(statistics["stages"]))
    shards = statistics["shards"]
    rows, size = sum(s["rows"] for s in shards), sum(s["bytes"] for s in shards)
    characters = sum(s.get("characters", 0) for s in shards)
    files = f"{len(shards)} shard{'s' * (len(shards) != 1)} ({size / 1e6:.1f} MB): {folder.where('shards')}"
    click.echo(f"{rows:,} documents, {characters:,} characters in {files}")


def funnel_table(stages: list[dict[str, Any]]) -> Table:
    """The funnel as a table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (
        ("stage", "left"),
        ("in", "right"),
        ("kept", "right"),
        ("share", "right"),
        ("characters", "right"),
        ("dropped", "left"),
    ):
        table.add_column(heading, justify=justify, no_wrap=heading != "dropped")  # type: ignore[arg-type]
    for stage in stages:
        documents = stage["documents_in"]
        most = sorted(stage["dropped"].items(), key=lambda entry: (-entry[1], entry[0]))
        reasons = [f"{reason} {number:,}" for reason, number in most[:SHOWN_REASONS]]
        if len(most) > SHOWN_REASONS:
            reasons.append(f"{len(most) - SHOWN_REASONS} more reasons")
        share = f"{stage['kept'] / documents:.1%}" if documents else "–"
        length = f"{stage['kept_characters']:,}" if stage["kept_characters"] else ""
        table.add_row(stage["stage"], f"{documents:,}", f"{stage['kept']:,}", share, length, ", ".join(reasons))
    return table


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal, or as wide as it is where there is none."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)
