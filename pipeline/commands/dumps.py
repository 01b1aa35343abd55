"""The command that looks after an index of earlier dumps: what it holds, whether it is sound, and merging its dumps."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from pipeline.commands.funnel import print_table
from pipeline.errors import WabunError
from pipeline.terminal import safe


@click.command()
@click.argument("index", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--verify", is_flag=True, help="Read all of it: digests, order of the keys, members. Exit code 1 if not.")
@click.option("--compact", "into", metavar="NAME", help="Merge all dumps into one of this new name, once they verify.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def dumps(index: Path, verify: bool, into: str | None, as_json: bool) -> None:
    """Show the dumps of INDEX, the folder that `dedup_near.index` names.

    A merged index finds the same in fewer files; the runs that made its dumps stay finished, but cannot join it again.
    """
    from stages.dedup.index import name_problem
    from stages.dedup.upkeep import compact, described, problems

    if into is not None and (problem := name_problem(into)):
        raise click.UsageError(f"--compact {problem}")
    found = problems(index) if verify or into is not None else None
    if into is not None and not found:
        compact(index, into)
    held = described(index)
    if as_json:
        click.echo(json.dumps({"dumps": held, "problems": found}, ensure_ascii=False, indent=1))
    else:
        _print(index, held, found)
    if found and into is not None:
        raise WabunError(f"{index}: is not sound, so that nothing was merged; make the dumps named above anew")
    if found:
        raise click.exceptions.Exit(1)


def _print(index: Path, held: Sequence[Mapping[str, Any]], found: Sequence[str] | None) -> None:
    table = Table(
        "dump", "members", "MB", "compared with", "merged from", box=None, pad_edge=False, header_style="bold"
    )
    for dump in held:
        names = (", ".join(dump[key]) for key in ("compared_with", "holds"))
        table.add_row(
            safe(dump["dump"]), f"{dump['num_members']:,}", f"{dump['num_bytes'] / 1e6:.1f}", *(map(safe, names))
        )
    print_table(table)
    members, size = (sum(dump[key] for dump in held) for key in ("num_members", "num_bytes"))
    click.echo(f"{len(held)} dumps, {members:,} members, {size / 1e9:.2f} GB: {index}")
    if held:
        told = (f"{key} {value}" for key, value in held[0]["scheme"].items() if value != "")
        click.echo(f"keys: {safe(', '.join(told))}")
    for problem in found or ():
        click.echo(safe(problem))
    if found is not None:
        click.echo(f"{len(found)} problems" if found else "every file is as it was written, and sound")
