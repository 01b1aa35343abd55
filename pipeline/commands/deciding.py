"""Commands that take decisions again from stored signals: compare presets, decide by another threshold."""

import json
import os
from collections.abc import Sequence

import click
from rich.table import Table

from pipeline.commands.arguments import result_argument
from pipeline.commands.funnel import print_table
from pipeline.commands.running import run_config
from pipeline.config import stage_with_preset
from pipeline.decisions import Comparison, Difference, difference
from pipeline.decisions import compare as compare_presets
from pipeline.lineage import load_plans, load_stored_config
from pipeline.storage import Folder
from pipeline.terminal import safe, shorten


@click.command()
@result_argument
@click.option("--presets", required=True, help="Presets to compare, with commas: swallow-v1,fineweb2-ja.")
@click.option("--stage", "stage_name", default="quality", help="The stage whose presets they are.")
@click.option("--sample", type=click.IntRange(min=1), help="Compare on so many documents only.  [default: all]")
@click.option("--examples", type=click.IntRange(min=0), default=2, help="Documents to show of each disagreement.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def compare(folder: Folder, presets: str, stage_name: str, sample: int | None, examples: int, as_json: bool) -> None:
    """Compare what PRESETS keep of the documents of OUT, from stored signals, and show where they disagree."""
    names = [name.strip() for name in presets.split(",") if name.strip()]
    stages = {name: stage_with_preset(stage_name, name) for name in names}
    found = compare_presets(folder, load_plans(folder), stages, sample=sample, num_examples=examples)
    if as_json:
        click.echo(json.dumps(found.as_plain(), ensure_ascii=False))
    else:
        _print_comparison(found)


def _print_comparison(found: Comparison) -> None:
    """The kept of each preset, what one keeps and another drops, and examples."""
    table = Table("preset", "kept", "share", "characters", "dropped, by first rule", box=None, pad_edge=False)
    for name in found.presets:
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in found.reasons[name].most_common(5))
        share = found.kept[name] / found.documents if found.documents else 0.0
        table.add_row(name, f"{found.kept[name]:,}", f"{share:.1%}", f"{found.characters[name]:,}", reasons)
    click.echo(f"{found.documents:,} documents")
    print_table(table)
    for name, missing in found.left_out.items():
        click.echo(f"{name}: left out: {', '.join(missing)} not measured in this run")
    click.echo("\ndocuments that the row keeps and the column drops")
    overlap = Table("", *found.presets, box=None, pad_edge=False)
    for keeps in found.presets:
        overlap.add_row(keeps, *("" if keeps == drops else f"{found.only[keeps, drops]:,}" for drops in found.presets))
    print_table(overlap)
    for (keeps, drops), documents in sorted(found.examples.items()):
        for document in documents:
            click.echo(f"\n{keeps} keeps, {drops} drops ({document['reason']}): {safe(document.get('url', ''))}")
            click.echo(f"  {safe(shorten(document.get('title') or '', 100))}")


@click.command()
@result_argument
@click.option(
    "-s",
    "--set",
    "overrides",
    multiple=True,
    required=True,
    metavar="STAGE.OPTION=VALUE",
    help="The option to change. Repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("-w", "--workers", type=click.IntRange(min=1), help="Processes at a time.  [default: one per core]")
@click.option("--json", "as_json", is_flag=True, help="Print the difference, or the new funnel, as JSON.")
def decide(folder: Folder, overrides: Sequence[str], dry_run: bool, workers: int | None, as_json: bool) -> None:
    """Decide again on the documents of OUT with changed options, from stored signals: no input is read."""
    plans = load_plans(folder)
    config = load_stored_config(folder, overrides)
    old = {stage.stage_name(): stage for stage in load_stored_config(folder).stages}
    changed = [stage for stage in config.stages if stage != old[stage.stage_name()]]
    for stage in changed:
        found = difference(folder, plans, old[stage.stage_name()], stage)
        if as_json and dry_run:
            click.echo(json.dumps({"stage": stage.stage_name(), **found.as_plain()}))
        else:
            _print_difference(stage.stage_name(), found)
    if not changed:
        click.echo("nothing changes: the options are as they were", err=True)
    if not dry_run:
        run_config(config, workers=workers or os.cpu_count() or 1, dry_run=False, as_json=as_json)


def _print_difference(stage: str, found: Difference) -> None:
    """What changes, by reason. On standard error, so that JSON on standard output stays whole."""
    more, fewer = sum(found.more_kept.values()), sum(found.fewer_kept.values())
    click.echo(f"{stage}: {found.documents:,} documents; kept {found.kept_before:,} → {found.kept_after:,}", err=True)
    for heading, total, reasons in (("more", more, found.more_kept), ("fewer", fewer, found.fewer_kept)):
        told = ", ".join(f"{reason} {number:,}" for reason, number in reasons.most_common())
        click.echo(f"  {total:,} {heading} kept{': ' + told if told else ''}", err=True)
    click.echo(f"  characters {found.characters_before:,} → {found.characters_after:,}", err=True)
