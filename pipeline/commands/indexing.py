"""The command that chooses records from an index, before anything of a dump is fetched."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import click

from pipeline.errors import InputError
from pipeline.index import HTML, Conditions, chosen_records
from pipeline.inputs import resolve_inputs
from pipeline.network.fetch import Fetching
from pipeline.network.locations import is_remote
from pipeline.network.ranges import RangedInput, blocks_of
from pipeline.network.requests import Records
from pipeline.network.sorting import Sorter, write_requests
from pipeline.stage import parse_bytes
from pipeline.storage import LocalFolder


@dataclass
class Cost:
    """What it takes to fetch the chosen records."""

    num_records: int = 0
    num_archives: int = 0
    num_requests: int = 0
    record_bytes: int = 0
    fetched_bytes: int = 0  # with what lies between near records


@click.command()
@click.argument("indexes", nargs=-1, required=True, metavar="INDEX...")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Table to write (.parquet).")
@click.option(
    "--languages",
    type=click.Choice(["first", "any", "none"]),
    default="first",
    help="Where the language must stand among those found on the page; none: do not look at it.",
)
@click.option("--language", default="jpn", help="The language, as ISO 639-3.")
@click.option("--host", "hosts", multiple=True, help="Only this host and its subdomains. Repeatable.")
@click.option("--tld", "tlds", multiple=True, help="Only this top-level domain, as jp. Repeatable.")
@click.option(
    "--mime", "mimes", multiple=True, default=HTML, help="Only this detected media type; any: all. Repeatable."
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="First day, as 2024-02-20.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last day.")
@click.option("--gap", default="64KB", help="Records nearer than this come with one request.")
@click.option("--base-url", default="", help="What the names in a list of indexes are relative to.")
@click.option("--user-agent", default=Fetching().user_agent, help="User-Agent of http requests: name a contact.")
@click.option("--dry-run", is_flag=True, help="Only say how much it would be.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def index(
    indexes: Sequence[str],
    output: str | None,
    languages: Literal["first", "any", "none"],
    language: str,
    hosts: Sequence[str],
    tlds: Sequence[str],
    mimes: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    gap: str,
    base_url: str,
    user_agent: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Choose records from INDEX, and say how many bytes and requests they are before any is fetched.

    INDEX is Common Crawl's columnar index (Parquet) or CDXJ, or the shards of a corpus: a path, folder, glob, URL or
    list of these. `wabun run -i` takes the table that this writes.
    """
    if output is None and not dry_run:
        raise click.UsageError("name the table to write with --output, or give --dry-run")
    if output is not None and is_remote(output):
        raise click.UsageError(f"--output {output}: name a file; runs read the table from a disk that all workers see")
    gap_bytes = parse_bytes(gap)
    if not isinstance(gap_bytes, int):
        raise click.UsageError(f"--gap {gap}: expected a size, as 64KB")
    conditions = Conditions(
        languages=languages,
        language=language,
        hosts=tuple(host.lower() for host in hosts),
        tlds=tuple(tld.lower().removeprefix(".") for tld in tlds),
        mimes=() if "any" in mimes else tuple(mimes),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    sources = resolve_inputs(indexes, base=base_url, fetching=Fetching(user_agent=user_agent))
    passed: Counter[str] = Counter()
    cost = Cost()
    with Sorter() as sorter:
        for source in sources:
            if isinstance(source, RangedInput):
                raise InputError(f"{source.name}: is no index")
            for batch in chosen_records(source, conditions, passed):
                sorter.add(batch)
        records = _counted(sorter.sorted(), gap_bytes, cost)
        if dry_run or output is None:
            for _ in records:
                pass
        else:
            with LocalFolder(Path(output).parent).writing(Path(output).name) as aside:
                write_requests(aside, records)
        passed["named_twice"] = sorter.num_doubles
    _print(None if dry_run else output, cost, passed, gap_bytes, as_json=as_json)


def _counted(every: Iterable[Records], gap: int, cost: Cost) -> Iterator[Records]:
    """The records as they come, while their cost is added up."""
    for records in every:
        cost.num_archives += 1
        cost.num_records += len(records.offsets)
        cost.record_bytes += int(records.lengths.sum())
        for block in blocks_of(records, "", gap):
            cost.num_requests += 1
            cost.fetched_bytes += block.stop - block.start
        yield records


def _print(output: str | None, cost: Cost, passed: Counter[str], gap: int, *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = asdict(cost) | {"gap_bytes": gap, "passed_over": dict(passed)}
        click.echo(json.dumps(told | {"output": output}, indent=1))
        return
    click.echo(f"{cost.num_records:,} records of {cost.num_archives:,} archives, {_size(cost.record_bytes)}")
    click.echo(f"{cost.num_requests:,} requests, {_size(cost.fetched_bytes)} (gap at most {_size(gap)})")
    if over := [f"{count:,} {reason.replace('_', ' ')}" for reason, count in sorted(passed.items()) if count]:
        click.echo(f"passed over: {', '.join(over)}")
    if output:
        click.echo(f"written: {output}; next: wabun run CONFIG -i {output} --set base_url=…")


def _size(count: int) -> str:
    """Bytes in a unit that suits.

    >>> _size(64_000), _size(999), _size(12_345_678_901)
    ('64.0 kB', '999 bytes', '12.3 GB')
    """
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} bytes"
