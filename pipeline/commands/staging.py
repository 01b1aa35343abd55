"""Commands about single stages: list them, describe one, run one alone."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import yaml
from rich.markup import escape
from rich.table import Table

from pipeline.commands.funnel import print_table
from pipeline.commands.running import run_config
from pipeline.config import config_of, writers_of
from pipeline.errors import ConfigError
from pipeline.inputs import resolve_inputs
from pipeline.options import Option, options_of
from pipeline.stage import Gather, Source, Stage, stage_class, stage_names


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def stages(name: str | None, as_json: bool) -> None:
    """List the stages, or show the options and columns of stage NAME."""
    if name is None:
        described = [
            {"stage": n, "shape": shape_of(stage_class(n)), "does": first_line(stage_class(n))} for n in stage_names()
        ]
        if as_json:
            click.echo(json.dumps(described, indent=1))
            return
        table = Table("stage", "shape", "does", box=None, pad_edge=False, header_style="bold")
        for row in described:
            table.add_row(row["stage"], row["shape"], escape(row["does"]))
        print_table(table)
        return
    described_one = describe(name)
    if as_json:
        click.echo(json.dumps(described_one, indent=1, ensure_ascii=False))
        return
    click.echo(f"{name} ({described_one['shape']}): {described_one['does']}")
    for heading, columns, rows in (
        ("options", ("option", "kind", "default", "meaning"), described_one["options"]),
        ("writes", ("column", "type", "unit", "meaning"), described_one["writes"]),
    ):
        if rows:
            click.echo(f"\n{heading}")
            table = Table(*columns, box=None, pad_edge=False, header_style="bold")
            for row in rows:
                table.add_row(*(escape(row[column]) for column in columns))
            print_table(table)
    if described_one["reads"]:
        click.echo(f"\nreads: {', '.join(described_one['reads'])}")


def describe(name: str) -> dict[str, Any]:
    """All that a stage declares, as plain values. Raises ConfigError for a name that is no stage."""
    declared = stage_class(name)
    instance = declared()
    return {
        "stage": name,
        "shape": shape_of(declared),
        "does": first_line(declared),
        "options": [
            {"option": o.name, "kind": o.kind, "default": o.shown_default, "meaning": o.meaning}
            for o in options_of(declared)
        ],
        "reads": list(instance.columns_read()),
        "writes": [
            {"column": c.name, "type": str(c.type), "unit": c.unit, "meaning": c.meaning}
            for c in instance.columns_written()
        ],
    }


def shape_of(declared: type[Stage]) -> str:
    """The stage's shape in a word."""
    return "source" if issubclass(declared, Source) else "gather" if issubclass(declared, Gather) else "transform"


def first_line(declared: type[Stage]) -> str:
    """The promise of the stage's docstring."""
    return (declared.__doc__ or "").strip().splitlines()[0]


class _StageGroup(click.Group):
    """`wabun stage NAME`: one command per stage, made from its declaration when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all stages."""
        return list(stage_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of one stage."""
        return _stage_command(cmd_name) if cmd_name in stage_names() else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, with a hint at the name that was meant."""
        if args and args[0] not in stage_names():
            raise ConfigError([f"{args[0]}: there is no such stage; `wabun stages` lists them"])
        return super().resolve_command(ctx, args)


@click.command(cls=_StageGroup)
def stage() -> None:
    """Run one stage alone over WARC or Parquet files.

    Over WARC files, the stages that write what it reads run before it, with their defaults.
    """


def _stage_command(name: str) -> click.Command:
    declared = stage_class(name)
    parameters: list[click.Parameter] = [
        click.Argument(["inputs"], nargs=-1, required=True, metavar="IN..."),
        click.Option(["-o", "--output"], required=True, help="Folder of the result, or s3://BUCKET/PREFIX."),
        click.Option(
            ["-w", "--workers"], type=click.IntRange(min=1), help="Processes at a time.  [default: one per core]"
        ),
        click.Option(["--dry-run"], is_flag=True, help="Check everything and show the plans; run nothing."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print the funnel as JSON."),
        *(_option(option) for option in options_of(declared)),
    ]

    def run_stage(
        inputs: Sequence[str], output: str, workers: int | None, dry_run: bool, as_json: bool, **given: Any
    ) -> None:
        options = {o.name: _value(o, given[o.name]) for o in options_of(declared) if given[o.name] is not None}
        chain = chain_for(name, options, inputs)
        config = config_of(
            chain,
            f"wabun stage {name}",
            inputs=list(inputs),
            output=output,
            keep_dropped="all",
            name=f"{name} of {inputs[0]}",
        )
        run_config(config, workers=workers, dry_run=dry_run, as_json=as_json)

    return click.Command(name, callback=run_stage, params=parameters, help=declared.__doc__)


def _option(option: Option) -> click.Option:
    """A command-line option as the stage's line declares it."""
    told = f"{option.meaning} ({option.kind})  [default: {option.shown_default}]"
    return click.Option([f"--{option.name.replace('_', '-')}", option.name], metavar="VALUE", help=told)


def _value(option: Option, written: str) -> Any:
    """What was written, as YAML would read it; a list may be written with commas."""
    if option.kind.startswith("list of") and not written.startswith("["):
        return [part.strip() for part in written.split(",") if part.strip()]
    if option.kind == "text":
        return written
    return yaml.safe_load(written)


def chain_for(name: str, options: dict[str, Any], inputs: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """The stages to run so that stage `name` finds the columns it reads, for these inputs.

    Raises ConfigError when no stage writes a column that is needed.
    """
    if issubclass(stage_class(name), Source):
        return [(name, options)]
    first = resolve_inputs(inputs)[0].path
    if first is not None and is_parquet(first):
        return [("read_parquet", {"like": str(first)}), (name, options)]
    before: list[str] = []
    _add_writers(stage_class(name)(), before, [name])
    return [*((other, {}) for other in before), (name, options)]


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _add_writers(stage: Stage, before: list[str], asked: list[str]) -> None:
    """Put in front the stages that first write the columns which this one reads, and what those need."""
    for column in stage.columns_read():
        makers = [
            w for w in writers_of(column) if w != "read_parquet" and column not in stage_class(w)().columns_read()
        ]
        makers = [w for w in makers if w not in asked]
        if any(w in before for w in makers):
            continue
        if not makers:
            raise ConfigError([f"{asked[-1]}: reads the column {column}, which no stage writes"])
        maker = makers[0]
        if not issubclass(stage_class(maker), Source):
            _add_writers(stage_class(maker)(), before, [*asked, maker])
        before.append(maker)
