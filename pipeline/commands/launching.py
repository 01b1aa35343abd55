"""What `run`, `submit` and `retry` share: options that choose an engine, and how work is launched and watched."""

import functools
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import click

from pipeline.display import BarDisplay, PlainDisplay
from pipeline.errors import WabunError
from pipeline.executors.engine import Engine, Scheduler, engine_of
from pipeline.plan import Plan
from pipeline.site import Site, find_site, load_site
from pipeline.storage import Folder
from pipeline.submission import Submission, job_states, make_jobs, submissions, submit
from pipeline.watch import watch
from pipeline.worker import cancel_workers, is_at_work

EXECUTORS = ("local", "slurm", "pbs", "sge", "dask", "ray")


def site_options(command: Any) -> Any:
    """The options that say where the work runs; the command is given them as one Site, `site`."""

    @functools.wraps(command)
    def with_site(
        *args: Any,
        executor: str | None,
        site_file: str | None,
        slices: int | None,
        procs: int | None,
        extra: Sequence[str],
        address: str | None,
        **kwargs: Any,
    ) -> Any:
        path = find_site(site_file) if site_file else None
        given = {"executor": executor, "slices": slices, "procs": procs, "address": address}
        kwargs["site"] = chosen_site(path, given, extra)
        return command(*args, **kwargs)

    for option in (
        click.option("--address", help="Dask (tcp://…) or Ray (ray://…, auto) to connect to."),
        click.option(
            "--opt", "extra", multiple=True, metavar="OPTION", help="A scheduler's option, as '-P grp'. Repeatable."
        ),
        click.option("--procs", type=click.IntRange(min=1), help="Processes in each job.  [default: the site's]"),
        click.option("--slices", type=click.IntRange(min=1), help="Jobs per plan, at most.  [default: the site's]"),
        click.option(
            "--site", "site_file", metavar="FILE", help="Site file (TOML), or one that comes with Wabun: abci, …"
        ),
        click.option("--executor", type=click.Choice(EXECUTORS), help="Engine.  [default: the site's, or local]"),
    ):
        with_site = option(with_site)
    return with_site


def chosen_site(path: Any, given: dict[str, Any], extra: Sequence[str], base: Site | None = None) -> Site:
    """The site of a file, or else `base`, with what the command line says above it."""
    if path is None and base is not None:
        given = vars(base) | {key: value for key, value in given.items() if value is not None}
        given = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}
    site = load_site(path, **given)
    added = tuple(word for option in extra for word in shlex.split(option))
    return Site(**vars(site) | {"options": (*site.options, *added)})


def show_jobs(folder: Folder, plans: Sequence[Plan], site: Site, after: Sequence[str] = ()) -> None:
    """Print the exact scripts and commands; queue nothing."""
    jobs = make_jobs(folder, plans, site)
    engine = engine_of(site)
    if isinstance(engine, Scheduler):
        for text in engine.shown(jobs, after):
            click.echo(text)
    else:
        for job in jobs:
            click.echo(f"{job.plan}: {job.num_slices} slices of {site.procs} processes on {site.executor}")


def queue(
    folder: Folder,
    plans: Sequence[Plan],
    site: Site,
    say: Callable[[str], None],
    after: Sequence[str] = (),
    attempt: int = 0,
    engine: Engine | None = None,
) -> None:
    """Queue every plan that is not done. Raises EngineError, after saying what was queued before."""
    engine = engine or engine_of(site)
    before = len(submissions(folder))
    try:
        submit(folder, make_jobs(folder, plans, site, attempt), engine, site, after, say)
    except WabunError as error:
        if queued := len(submissions(folder)) - before:
            error.args = (f"{error}\n{queued} jobs were queued before that; `wabun cancel {folder}` ends them",)
        raise


def launch(
    folder: Folder,
    plans: Sequence[Plan],
    site: Site,
    shown: PlainDisplay | BarDisplay,
    *,
    cancel_on_interrupt: bool = False,
) -> None:
    """Queue what is missing and watch it to its end; Ctrl-C leaves the jobs where they are, or ends them on request.

    Where jobs of an earlier submission still wait or run, those are watched and nothing is queued.
    """
    engine = engine_of(site)
    if alive := engine.states(_ids(folder, site)):
        shown.say(f"{folder}: {len(alive)} jobs wait or run already; watching them")
    else:
        queue(folder, plans, site, shown.say, engine=engine)
    if engine.outlives:
        shown.say(f"{folder}: Ctrl-C leaves the jobs running; `wabun status {folder}` shows them from anywhere")
    else:
        shown.say(f"{folder}: Ctrl-C ends the jobs: their {site.executor} lives in this terminal, without --address")
    try:
        watch(folder, plans, shown, lambda: _anybody_works(folder, site, engine))
    except KeyboardInterrupt:
        shown.close()
        if not engine.outlives or cancel_on_interrupt or _asked_to_cancel():
            ended = cancel_jobs(folder, engine)
            shown.say(f"{folder}: {ended} jobs were cancelled; `wabun retry {folder}` goes on")
        else:
            shown.say(f"{folder}: the jobs go on; watch: wabun status {folder}; end: wabun cancel {folder}")
        raise click.exceptions.Exit(130) from None


def _anybody_works(folder: Folder, site: Site, engine: Engine) -> bool:
    """Whether a job of ours waits or runs; an engine that does not answer is held to be at work."""
    states = engine.states(_ids(folder, site))
    return states is None or bool(states)


def _ids(folder: Folder, site: Site) -> list[str]:
    """Every job that this engine was ever given for this result."""
    return [one.job for one in submissions(folder) if one.site.executor == site.executor]


def _asked_to_cancel() -> bool:
    """Ask the person at the terminal; a second Ctrl-C, and no terminal, mean no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    try:
        return click.confirm("\nCancel the jobs, too?", default=False, err=True)
    except (click.Abort, KeyboardInterrupt):
        return False


def cancel_jobs(folder: Folder, engine: Engine | None = None) -> int:
    """End every job that waits or runs, and every worker that goes on without it. Returns how many jobs there were."""
    alive = job_states(folder, engine=engine)
    if alive or is_at_work(folder):
        cancel_workers(folder)
    by_site: dict[tuple[str, str], list[Submission]] = {}
    for submission, _ in alive.values():
        by_site.setdefault((submission.site.executor, submission.site.address), []).append(submission)
    for queued in by_site.values():
        (engine or engine_of(queued[-1].site)).cancel([one.job for one in reversed(queued)])
    return len(alive)


def lasting(site: Site) -> Engine:
    """The engine of a site whose jobs go on when this process ends. Raises UsageError for another."""
    engine = engine_of(site)
    if not engine.outlives:
        raise click.UsageError(f"{site.executor} without --address ends with this command; use `wabun run`")
    return engine


def told(states: Counter[str] | None) -> str:
    """The states of a job's tasks on one line.

    >>> told(Counter(running=2, pending=6)), told(None)
    ('6 pending, 2 running', 'no answer')
    """
    if states is None:
        return "no answer"
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
