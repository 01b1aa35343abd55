"""Commands that make a corpus: run, plan, work."""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from pipeline.commands.funnel import print_funnel
from pipeline.commands.launching import launch, show_jobs, site_options
from pipeline.config import Config, find_config, load_config
from pipeline.display import display
from pipeline.errors import PreflightError
from pipeline.executors.local import run_chain, stages_of
from pipeline.inputs import AnyInput
from pipeline.lineage import differences, has_plans, load_plan, load_plans, store_plans, sweep
from pipeline.network.folders import open_folder
from pipeline.plan import Kind, Plan, make_plans
from pipeline.preflight import FULL_RATIO, estimated_bytes, preflight
from pipeline.ranks.survey import done_ranks, is_done, known_items, row_bases
from pipeline.site import Site
from pipeline.stage import Gather
from pipeline.storage import Folder
from pipeline.warm import start_server
from pipeline.worker import Worker


def config_options(command: Any) -> Any:
    """The options that say what is to be run."""
    for option in (
        click.option(
            "-s",
            "--set",
            "overrides",
            multiple=True,
            metavar="KEY=VALUE",
            help="Set an option: `stage.option` or a top-level key.",
        ),
        click.option(
            "-o",
            "--output",
            metavar="OUT",
            help="Folder of the result, or s3://BUCKET/PREFIX.  [default: the config's]",
        ),
        click.option(
            "-i",
            "--input",
            "inputs",
            multiple=True,
            metavar="INPUT",
            help="WARC or Parquet: a path, folder, glob, URL or list of these. Repeatable.  [default: the config's]",
        ),
        click.argument("config"),
    ):
        command = option(command)
    return command


@click.command()
@config_options
@click.option("-w", "--workers", type=click.IntRange(min=1), help="Processes at a time.  [default: one per core]")
@site_options
@click.option("--cancel-on-interrupt", is_flag=True, help="Ctrl-C ends the jobs on the cluster, too.")
@click.option("--dry-run", is_flag=True, help="Check everything and show the plans and jobs; run nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the funnel as JSON.")
def run(
    config: str,
    inputs: Sequence[str],
    output: str | None,
    overrides: Sequence[str],
    workers: int | None,
    site: Site,
    cancel_on_interrupt: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Run the whole pipeline of CONFIG, or what is missing of it: here, or on a cluster with --executor or --site.

    CONFIG is a YAML file, or the name of one that comes with Wabun (quickstart, swallow-v2, …).
    """
    run_config(
        load(config, inputs, output, overrides),
        workers=workers,
        dry_run=dry_run,
        as_json=as_json,
        site=site,
        cancel_on_interrupt=cancel_on_interrupt,
    )


def run_config(
    config: Config,
    *,
    workers: int | None,
    dry_run: bool,
    as_json: bool,
    site: Site | None = None,
    cancel_on_interrupt: bool = False,
) -> None:
    """Check, plan, run what is missing (here, or where the site says), and show the funnel."""
    elsewhere = site if site and site.executor != "local" else None
    if dry_run:
        folder, plans = show_plans(config, as_json=as_json, store=False)
        if elsewhere:
            show_jobs(folder, plans, elsewhere)
        return
    shown = display()
    folder, plans = prepare(config, shown.say)
    if not any(num_missing(folder, plan) for plan in plans):
        shown.say(f"{folder}: everything is done already; nothing to run")
    else:
        try:
            if elsewhere:
                launch(folder, plans, elsewhere, shown, cancel_on_interrupt=cancel_on_interrupt)
            else:
                run_chain(folder, plans, workers or os.cpu_count() or 1, shown)
        finally:
            shown.close()
        sweep(folder, plans, {plan.name: len(known_items(folder, plan) or []) for plan in plans})
    print_funnel(folder, as_json=as_json)


@click.command()
@config_options
@click.option("--json", "as_json", is_flag=True, help="Print the plans as JSON.")
def plan(config: str, inputs: Sequence[str], output: str | None, overrides: Sequence[str], as_json: bool) -> None:
    """Write the plans of CONFIG and show their ranks, inputs and estimated disk; run nothing."""
    show_plans(load(config, inputs, output, overrides), as_json=as_json, store=True)


def prepare(config: Config, say: Callable[[str], None]) -> tuple[Folder, list[Plan]]:
    """Check a config and store its plans, saying what differs from those that were there and what is to run."""
    folder, config, inputs = _checked(config)
    plans = make_plans(config, inputs)
    changes = _changes(folder, plans)
    store_plans(folder, plans, config)
    missing = [plan for plan in plans if num_missing(folder, plan)]
    for change in changes:
        say(change)
    if changes and missing:
        reads = any(plan.kind is Kind.DOCUMENTS for plan in missing)
        how = "reads inputs again" if reads else "from stored documents; no input is read"
        say(f"  to run: {', '.join(plan.name for plan in missing)} ({how})")
    return folder, plans


def show_plans(config: Config, *, as_json: bool, store: bool) -> tuple[Folder, list[Plan]]:
    """Check a config and print its plans, stored or not."""
    folder, config, inputs = _checked(config)
    plans = make_plans(config, inputs)
    changes = _changes(folder, plans)
    if store:
        store_plans(folder, plans, config)
    _print_plans(folder, plans, inputs, changes, as_json=as_json)
    return folder, plans


def _checked(config: Config) -> tuple[Folder, Config, list[AnyInput]]:
    """The folder, the config with its sample where it asks for one, and the inputs; everything checked."""
    folder = open_folder(config.settings.output)
    config = with_sample(config, folder)
    return folder, config, preflight(config)


@click.command()
@click.argument("plan")
@click.option("--ranks", help="Ranks to run, as 0,3-7.")
@click.option("--slice", "part", metavar="k/K", help="Every K-th (of these) ranks from k on (k from 0).")
@click.option("-w", "--workers", type=click.IntRange(min=1), default=1, help="Processes at a time.")
@click.option(
    "--time-budget",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop before this many seconds are over (exit code 75).",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=0.0,
    help="Wait this many seconds for plans that this one needs, before exit code 4.",
)
def work(
    plan: str, ranks: str | None, part: str | None, workers: int, time_budget: float | None, patience: float
) -> None:
    """Run ranks of one PLAN (OUT/plans/NAME): what every executor launches.

    Exit code 0: done; 3: ranks failed; 4: a plan that this one needs is not done; 5: cancelled; 75: out of time.
    """
    if ranks is None and part is None:
        raise click.UsageError("give --ranks, --slice, or both")
    folder, found = load_plan(plan)
    chosen = _ranks(ranks) if ranks is not None else None
    index, count = _slice(part) if part is not None else (0, 1)

    def choose(num_ranks: int) -> Sequence[int]:
        if chosen is None:
            return range(index, num_ranks, count)
        if beyond := [rank for rank in chosen if rank >= num_ranks]:
            raise click.UsageError(f"{found.name} has ranks 0 to {num_ranks - 1}; there is no rank {beyond[0]}")
        return chosen[index::count]

    shown = display()
    worker = Worker(folder, found, workers, shown, time_budget)
    worker.wait_until_ready(patience)
    start_server(stages_of([found]), shown.say)
    try:
        worker.run(choose)
    finally:
        shown.close()


def load(config: str, inputs: Sequence[str], output: str | None, overrides: Sequence[str]) -> Config:
    """The config as the command line asks for it."""
    return load_config(find_config(config), overrides, inputs=list(inputs) or None, output=output)


def with_sample(config: Config, folder: Folder) -> Config:
    """A config that has no input but asks for a sample gets one, written into the output folder."""
    pages = config.settings.sample_pages
    if config.settings.inputs or not pages:
        return config
    from pipeline.commands.sampling import sample_files

    if problems := folder.problems(0):
        raise PreflightError(problems)
    return config._replace(settings=sample_files(config.settings, folder))


def _changes(folder: Folder, plans: Sequence[Plan]) -> list[str]:
    """What differs from what the folder was made with."""
    if not has_plans(folder):
        return []
    lines = differences(load_plans(folder), plans)
    return [f"{folder}: was made with another config:", *(f"  {line}" for line in lines)] if lines else []


def num_missing(folder: Folder, plan: Plan) -> int | None:
    """Ranks still to run; 1 where their number is not known yet."""
    items = known_items(folder, plan)
    return 1 if items is None else len(items) - len(done_ranks(folder, plan))


def _print_plans(
    folder: Folder, plans: Sequence[Plan], inputs: Sequence[AnyInput], changes: Sequence[str], *, as_json: bool
) -> None:
    size = sum(item.size or 0 for item in inputs)
    unknown = sum(item.size is None for item in inputs)
    documents = _num_documents(folder, plans)
    rows: list[dict[str, Any]] = []
    for one in plans:
        items = known_items(folder, one)
        rows.append(
            {
                "plan": one.name,
                "kind": str(one.kind),
                "ranks": None if items is None else len(items),
                "done": len(done_ranks(folder, one)),
                "stages": [name for name, _ in one.stages],
                "bytes_per_document": _bytes_per_document(one),
            }
        )
    needed, most = estimated_bytes(inputs), estimated_bytes(inputs, FULL_RATIO)
    if as_json:
        told = {
            "plans": rows,
            "documents": documents,
            "inputs": len(inputs),
            "input_bytes": size,
            "estimated_bytes": needed,
            "most_bytes": most,
        }
        click.echo(json.dumps(told, indent=1))
        return
    for change in changes:
        click.echo(change)
    unasked = f" and {unknown:,} of unknown size" if unknown else ""
    click.echo(
        f"{len(inputs):,} inputs, {size / 1e9:.3f} GB{unasked}; {folder} will take about {needed / 1e9:.2f} GB "
        f"where 5 % is Japanese, {most / 1e9:.2f} GB where all is"
    )
    for row in rows:
        ranks = "?" if row["ranks"] is None else f"{row['ranks']:,}"
        names = ", ".join(row["stages"]) or str(row["kind"])
        disk = f"; at most {row['bytes_per_document']:,} bytes a document" if row["bytes_per_document"] else ""
        if disk and documents is not None:
            disk += f", {row['bytes_per_document'] * documents / 1e9:.2f} GB"
        click.echo(f"  {row['plan']:<26} {ranks:>7} ranks, {row['done']:,} done: {names}{disk}")
    if any(row["ranks"] is None for row in rows):
        click.echo("  (?: known when the plans before it are done)")


def _num_documents(folder: Folder, plans: Sequence[Plan]) -> int | None:
    """Documents that the gathers have to do with at most; None before all inputs are read."""
    first = plans[0]
    return row_bases(folder, first)[-1] if is_done(folder, first, {first.name: first}) else None


def _bytes_per_document(plan: Plan) -> int | None:
    """What a step of a gather leaves on the disk for each document; None where the stage cannot say."""
    if plan.kind not in (Kind.SKETCH, Kind.LINK, Kind.SETTLE):
        return None
    [stage] = plan.built_stages()
    assert isinstance(stage, Gather)
    return stage.bytes_per_document().get(plan.kind)


def _ranks(written: str) -> list[int]:
    """Ranks as a person writes them.

    >>> _ranks("0,3-5")
    [0, 3, 4, 5]
    """
    found: list[int] = []
    for part in written.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise click.UsageError(f"--ranks {written}: expected numbers and spans, as 0,3-7")
        found.extend(range(int(first), int(last or first) + 1))
    return sorted(set(found))


def _slice(written: str) -> tuple[int, int]:
    """A slice as a person writes it.

    >>> _slice("1/4")
    (1, 4)
    """
    index, _, count = written.partition("/")
    if not (index.isdigit() and count.isdigit() and int(index) < int(count)):
        raise click.UsageError(f"--slice {written}: expected k/K with 0 <= k < K, as 0/4")
    return int(index), int(count)
