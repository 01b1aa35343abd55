"""Commands for jobs on a cluster: submit, retry, cancel, logs."""

import time
from collections.abc import Sequence
from pathlib import Path

import click

from pipeline.commands.arguments import result_argument
from pipeline.commands.launching import cancel_jobs, chosen_site, lasting, queue, show_jobs, site_options
from pipeline.commands.running import config_options, load, prepare
from pipeline.errors import WabunError
from pipeline.lineage import load_plan, load_plans, sweep
from pipeline.network.locations import is_remote
from pipeline.plan import Plan
from pipeline.ranks.survey import is_done, known_items
from pipeline.site import Site, find_site
from pipeline.storage import Folder
from pipeline.submission import job_states, submissions
from pipeline.terminal import safe
from pipeline.worker import is_at_work

_after = click.option("--after", multiple=True, metavar="JOB", help="Queue behind this job. Repeatable.")
_dry_run = click.option("--dry-run", is_flag=True, help="Print the exact scripts and commands; queue nothing.")


@click.command()
@config_options
@site_options
@_after
@_dry_run
def submit(
    config: str,
    inputs: Sequence[str],
    output: str | None,
    overrides: Sequence[str],
    site: Site,
    after: Sequence[str],
    dry_run: bool,
) -> None:
    """Queue CONFIG, or one PLAN (OUT/plans/NAME), as arrays of jobs, and come back at once.

    For every plan that is not done: an array of at most --slices jobs with --procs processes each, behind the arrays
    of the plans that it needs.
    """
    if is_remote(config) or (Path(config) / "plan.json").is_file():
        folder, one = load_plan(config)
        plans = [one]
    else:
        folder, plans = prepare(load(config, inputs, output, overrides), click.echo)
    if site.executor == "local":
        raise click.UsageError("choose an engine with --executor or --site; `wabun run` works on this machine")
    if dry_run:
        show_jobs(folder, plans, site, after)
        return
    queue(folder, plans, site, click.echo, after, engine=lasting(site))
    click.echo(f"watch: wabun status {folder}; end: wabun cancel {folder}")


@click.command()
@result_argument
@click.option("--site", "site_file", metavar="FILE", help="Another site file than last time.")
@click.option("--slices", type=click.IntRange(min=1), help="Jobs per plan, at most.  [default: as last time]")
@click.option("--procs", type=click.IntRange(min=1), help="Processes in each job.  [default: as last time]")
@click.option("--opt", "extra", multiple=True, metavar="OPTION", help="A scheduler's option, as '-P grp'. Repeatable.")
@click.option("--force", is_flag=True, help="Even while earlier jobs wait or run.")
@click.option("--attempt", type=click.IntRange(min=0), default=0, help="How often time ran out before; set by jobs.")
@_after
@_dry_run
def retry(
    folder: Folder,
    site_file: str | None,
    slices: int | None,
    procs: int | None,
    extra: Sequence[str],
    force: bool,
    attempt: int,
    after: Sequence[str],
    dry_run: bool,
) -> None:
    """Queue again what is missing of OUT: only the ranks that are not done, where the first jobs went."""
    plans = load_plans(folder)
    by_name = {plan.name: plan for plan in plans}
    before = submissions(folder)
    if all(is_done(folder, plan, by_name) for plan in plans):
        sweep(folder, plans, {plan.name: len(known_items(folder, plan) or []) for plan in plans})
        click.echo(f"{folder}: everything is done; nothing to queue")
        return
    if not before and not site_file:
        raise WabunError(f"{folder}: nothing was queued from here yet; say where with --site, or use `wabun submit`")
    path = find_site(site_file) if site_file else None
    site = chosen_site(path, {"slices": slices, "procs": procs}, extra, before[-1].site if before else None)
    alive = {} if force else {job: found for job, found in job_states(folder).items() if found[1] is not None}
    if alive:
        raise WabunError(
            f"{folder}: {len(alive)} jobs still wait or run; `wabun cancel {folder}` ends them, or use --force"
        )
    if dry_run:
        show_jobs(folder, plans, site, after)
        return
    engine = lasting(site)
    for plan in plans:
        for name in folder.names(f"plans/{plan.name}/failed"):
            folder.delete(f"plans/{plan.name}/failed/{name}")
    queue(folder, plans, site, click.echo, after, attempt, engine)


@click.command()
@result_argument
def cancel(folder: Folder) -> None:
    """End every job of OUT that waits or runs, and every worker, wherever it runs; what is done stays done."""
    working = is_at_work(folder)
    ended = cancel_jobs(folder)
    click.echo(f"{folder}: {ended} jobs were cancelled" if ended else f"{folder}: no job waits or runs")
    if working:
        click.echo("workers that are at work stop in some seconds")


@click.command()
@result_argument
@click.argument("rank", type=click.IntRange(min=0))
@click.option("--plan", "plan_name", help="Of this plan only (its name, or its number).")
@click.option("-n", "--lines", type=click.IntRange(min=1), default=40, help="Last lines of each log to show.")
@click.option("-f", "--follow", is_flag=True, help="Go on showing what is added, until Ctrl-C.")
def logs(folder: Folder, rank: int, plan_name: str | None, lines: int, follow: bool) -> None:
    """Show the logs of a RANK of OUT: its own, and that of the job it ran in."""
    plans = [p for p in load_plans(folder) if plan_name in (None, p.name, p.title, p.name.partition("-")[0])]
    if not plans:
        raise WabunError(f"{folder}: has no plan {plan_name}; `wabun status {folder}` names them")
    found = [log for plan in plans for log in _logs_of(folder, plan, rank)]
    if not found:
        raise WabunError(f"{folder}: rank {rank} left no log; `wabun status {folder}` shows what has run")
    for log in found:
        click.secho(f"== {log}", bold=True)
        for line in log.read_text(errors="replace").splitlines()[-lines:]:
            click.echo(safe(line))
    if follow:
        _follow(found)


def _logs_of(folder: Folder, plan: Plan, rank: int) -> list[Path]:
    """The logs that tell of one rank: the jobs' that took it, and its own; empty ones are left out."""
    place = folder.local(f"plans/{plan.name}/log")
    slices = {rank % one.num_slices for one in submissions(folder) if one.plan == plan.name and not one.ranks}
    listed = [one for one in submissions(folder) if one.plan == plan.name and one.ranks]
    for one in listed:
        ranks = _expanded(one.ranks)
        if rank in ranks:
            slices.add(ranks.index(rank) % one.num_slices)
    candidates = [*(place / f"slice-{number}.log" for number in sorted(slices)), place / f"{rank:05d}.log"]
    return [log for log in candidates if log.is_file() and log.stat().st_size]


def _expanded(ranks: str) -> list[int]:
    found: list[int] = []
    for span in ranks.split(","):
        first, _, last = span.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return found


def _follow(logs: Sequence[Path]) -> None:
    """Show what is added to these logs."""
    sizes = {log: log.stat().st_size for log in logs}
    while True:
        for log in logs:
            with log.open("rb") as file:
                file.seek(sizes[log])
                added = file.read()
            sizes[log] += len(added)
            if added:
                click.echo(safe(added.decode(errors="replace")), nl=False)
        time.sleep(1.0)
