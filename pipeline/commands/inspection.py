"""Commands that look into a result: status, stats, show, explain, verify."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from pipeline import inspection
from pipeline.commands.arguments import result_argument
from pipeline.commands.funnel import funnel_table, load_statistics, print_table
from pipeline.commands.launching import told
from pipeline.errors import WabunError
from pipeline.lineage import load_plans
from pipeline.manifest import Manifest
from pipeline.plan import Plan
from pipeline.ranks.survey import done_ranks, known_items
from pipeline.storage import Folder
from pipeline.submission import job_states
from pipeline.terminal import safe, shorten

STALE_SECONDS = 60
RATE_RANKS = 100

_json = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")


@click.command()
@result_argument
@_json
def status(folder: Folder, as_json: bool) -> None:
    """Show which ranks are done, running, failed and missing, from the markers in OUT alone.

    Beside them stand the jobs that wait or run on a cluster, where its scheduler answers.
    """
    now = folder.clock()
    rows = [_plan_status(folder, plan, now) for plan in load_plans(folder)]
    jobs = [] if all(row["done"] == row["ranks"] for row in rows) else list(job_states(folder).values())
    for row in rows:
        row["jobs"] = {one.job: dict(states or {}) for one, states in jobs if one.plan == row["plan"]}
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    headings = ("plan", "ranks", "done", "running", "failed", "missing", "seconds a rank", "MB/s a process")
    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(
            row["plan"],
            *(
                "?" if row[key] is None else f"{row[key]:,}"
                for key in ("ranks", "done", "running", "failed", "missing")
            ),
            *("" if row[key] is None else f"{row[key]:.1f}" for key in ("seconds_per_rank", "megabytes_per_second")),
        )
    print_table(table)
    for row in rows:
        for rank, message in row["failures"].items():
            click.echo(f"{row['plan']} rank {rank} failed: {safe(message)}")
    if silent := sorted({one.site.executor for one, states in jobs if states is None}):
        click.echo(f"no answer here from {', '.join(silent)}; the markers above hold all the same")
    for one, states in jobs:
        if states is not None:
            click.echo(f"{one.plan}: {one.site.executor} job {one.job}: {told(states)}")


def _plan_status(folder: Folder, plan: Plan, now: float) -> dict[str, Any]:
    items = known_items(folder, plan)
    done = done_ranks(folder, plan)
    beats = folder.times(f"plans/{plan.name}/running")
    alive = {int(name) for name, beat in beats.items() if now - beat < STALE_SECONDS}
    failed = {int(name) for name in folder.names(f"plans/{plan.name}/failed")} - done - alive
    markers = [plan.marker_name(rank) for rank in sorted(done)[:RATE_RANKS]]
    ended = [Manifest.from_json(data) for data in folder.read_each(markers)]
    seconds = sum(manifest.seconds for manifest in ended)
    size = sum(manifest.input_bytes for manifest in ended)
    return {
        "plan": plan.name,
        "ranks": None if items is None else len(items),
        "done": len(done),
        "running": len(alive - done),
        "failed": len(failed),
        "missing": None if items is None else len(items) - len(done | alive | failed),
        "seconds_per_rank": seconds / len(ended) if ended else None,
        "megabytes_per_second": size / 1e6 / seconds if size and seconds else None,
        "failures": {
            rank: folder.read_bytes(f"plans/{plan.name}/failed/{rank:05d}").decode(errors="replace")
            for rank in sorted(failed)
        },
    }


@click.command()
@result_argument
@_json
def stats(folder: Folder, as_json: bool) -> None:
    """Show the funnel, and rows, bytes, characters and score quantiles of every shard."""
    statistics = load_statistics(folder)
    if as_json:
        click.echo(json.dumps(statistics, ensure_ascii=False))
        return
    print_table(funnel_table(statistics["stages"]))
    damaged = {kind: n for stage in statistics["stages"] for kind, n in stage.get("damaged", {}).items()}
    if damaged:
        click.echo(f"\ndamage found: {', '.join(f'{kind} {n:,}' for kind, n in sorted(damaged.items()))}")
    click.echo()
    table = Table(
        "shard",
        "rows",
        "MB",
        "characters",
        "scores (5, 25, 50, 75, 95 %)",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for shard in statistics["shards"]:
        scores = "; ".join(
            f"{name} {' '.join('–' if q is None else f'{q:.3f}' for q in found)}"
            for name, found in shard["quantiles"].items()
        )
        table.add_row(
            Path(shard["shard"]).name,
            f"{shard['rows']:,}",
            f"{shard['bytes'] / 1e6:.2f}",
            f"{shard.get('characters', 0):,}",
            scores,
        )
    print_table(table)
    for stage, notes in statistics["notes"].items():
        click.echo(f"\n{stage}: {safe(json.dumps(notes, ensure_ascii=False))}")


@click.command()
@result_argument
@click.option(
    "--dropped", is_flag=False, flag_value="", metavar="[REASON]", help="Show fallen documents, of one reason or any."
)
@click.option("-n", "count", type=click.IntRange(min=1), default=5, help="Documents to show.")
@click.option("--seed", type=int, default=0, help="Another seed, other documents.")
@click.option("--characters", type=click.IntRange(min=1), default=400, help="Characters of text to show of each.")
@_json
def show(folder: Folder, dropped: str | None, count: int, seed: int, characters: int, as_json: bool) -> None:
    """Show documents at random: what was kept, or what fell and why."""
    place = "shards" if dropped is None else "dropped"
    documents = inspection.pick(folder, place, count, seed, dropped or None)
    if not documents:
        what = f"document that fell for {dropped}" if dropped else f"document in {folder.where(place)}"
        raise WabunError(f"there is no {what}; `wabun stats {folder}` shows what there is")
    for document in documents:
        if as_json:
            click.echo(json.dumps(document, ensure_ascii=False, default=str))
            continue
        click.secho(safe(document.get("url", "")), bold=True)
        if "drop_reason" in document:
            click.secho(f"fell: {document['drop_reason']} ({document['dropped_by']})", fg="red")
            if "duplicate_of" in document:
                click.echo(f"repeats {_original(document)}")
        click.echo(safe(document.get("title", "")))
        click.echo(safe(shorten(document.get("text", ""), characters)))
        click.echo()


@click.command()
@result_argument
@click.argument("url")
@click.option("--scan", is_flag=True, help="Read the inputs again when the page is not among the stored documents.")
@_json
def explain(folder: Folder, url: str, scan: bool, as_json: bool) -> None:
    """Show the life of the page URL through every stage: its signals, and the rule that decided."""
    plans = load_plans(folder)
    found = inspection.lives(folder, url) or (list(inspection.rescan(folder, url)) if scan else [])
    if not found:
        hint = (
            "no input holds it"
            if scan
            else "it fell before it was stored, or no input holds it; `--scan` reads them again"
        )
        raise WabunError(f"{safe(url)}: not among the stored documents: {hint}")
    for document in found:
        steps = list(inspection.steps_of(plans, document))
        if as_json:
            told = [{"stage": name, "wrote": wrote, "dropped": rules} for name, wrote, rules in steps]
            click.echo(json.dumps({"url": url, "stages": told}, ensure_ascii=False, default=str))
            continue
        click.secho(safe(url), bold=True)
        for name, wrote, rules in steps:
            click.secho(f"  {name}: {'fell' if rules else 'kept'}", fg="red" if rules else "green")
            for key, value in wrote.items():
                click.echo(f"      {key}: {_shown(value)}")
            for rule in rules:
                click.secho(f"      {safe(rule)}", fg="red")
        _say_fate(document)


def _say_fate(document: Mapping[str, Any]) -> None:
    """The last line: where the page ended."""
    if "drop_reason" in document:
        click.echo(f"  → not in the corpus: {safe(document['drop_reason'])}, decided by {safe(document['dropped_by'])}")
        if "duplicate_of" in document:
            click.echo(f"  → {_original(document)} stands for it")
    else:
        click.echo("  → in the corpus")


def _original(document: Mapping[str, Any]) -> str:
    """The id of what a duplicate repeats, and its dump where that is an earlier one."""
    dump = f" of the dump {document['duplicate_dump']}" if "duplicate_dump" in document else ""
    return safe(f"{document['duplicate_of']}{dump}")


def _shown(value: object) -> str:
    """A value on one line."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return shorten(safe(value).replace("\n", "⏎"), 120)


@click.command()
@result_argument
@click.option("--all", "everything", is_flag=True, help="Also the stored documents of the plans before the shards.")
@_json
def verify(folder: Folder, everything: bool, as_json: bool) -> None:
    """Hold every shard against its manifest: rows, digests, schema. Exit code 1 when anything differs."""
    problems = list(inspection.verify(folder, everything=everything))
    if as_json:
        click.echo(json.dumps({"problems": problems}, indent=1))
    else:
        for problem in problems:
            click.echo(safe(problem))
        click.echo(
            f"{folder}: {len(problems)} differences" if problems else f"{folder}: every file is as its manifest says"
        )
    if problems:
        raise click.exceptions.Exit(1)
