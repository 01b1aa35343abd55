"""Common Crawl's indexes → which records are Japanese: the columnar one (Parquet), CDXJ, or a corpus's own shards."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import reduce
from operator import and_, or_
from typing import Any, BinaryIO, Final, Literal, cast

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError
from pipeline.inputs import LocalInput
from pipeline.network.remote import RemoteInput
from pipeline.network.requests import COLUMNS, SCHEMA, usable

HTML: Final = ("text/html", "application/xhtml+xml")
_CRAWL: Final = ("warc_filename", "warc_record_offset", "warc_record_length")
_BATCH_ROWS: Final = 65_536
_MAX_LINE: Final = 1 << 20  # bytes of a line of CDXJ
_LANGUAGES: Final = "content_languages"


@dataclass(frozen=True)
class Conditions:
    """Which records are chosen. Empty conditions choose all; pages that were not fetched with status 200 never are.

    `first`: the language must be the first of those that were found, that of most of the text; `any`: one of them.
    """

    languages: Literal["first", "any", "none"] = "first"
    language: str = "jpn"  # ISO 639-3
    hosts: tuple[str, ...] = ()  # with their subdomains
    tlds: tuple[str, ...] = ()
    mimes: tuple[str, ...] = HTML
    since: date | None = None  # the first day
    until: date | None = None  # the last day


def chosen_records(
    source: LocalInput | RemoteInput, conditions: Conditions, passed: Counter[str]
) -> Iterator[pa.RecordBatch]:
    """The chosen rows of one index in the schema of requests; those that name no record are counted in `passed`.

    Raises InputError for a file that is no index or lacks what a condition asks for.
    """
    with source.open() as file:
        head = _magic(source)
        try:
            found = (
                _columnar(source, file, conditions)
                if head == b"PAR1"
                else _cdxj(source, file, head, conditions, passed)
            )
            for batch in found:
                sound = usable(batch)
                passed["unusable"] += batch.num_rows - sound.num_rows
                if sound.num_rows:
                    yield sound
        except (OSError, EOFError, zlib.error, pa.ArrowInvalid) as error:
            raise InputError(f"{source.name}: is not a readable index: {str(error)[:300]}") from None


def _magic(source: LocalInput | RemoteInput) -> bytes:
    """The first bytes; those of a remote file are told by its name, which spares a request."""
    if source.path is None:
        return b"PAR1" if source.name.endswith(".parquet") else b"\x1f\x8b" if source.name.endswith(".gz") else b""
    with source.path.open("rb") as file:
        return file.read(4)


def _columnar(source: LocalInput | RemoteInput, file: BinaryIO, conditions: Conditions) -> Iterator[pa.RecordBatch]:
    """The chosen rows of a Parquet file; the conditions are pushed down, and only the columns they need are read."""
    import pyarrow.dataset as ds  # slow to import, and only this command needs it

    fragment = ds.ParquetFileFormat().make_fragment(pa.PythonFile(file, mode="r"))
    names = fragment.physical_schema.names
    coordinates = next((triple for triple in (_CRAWL, COLUMNS) if set(triple) <= set(names)), None)
    if not coordinates:
        raise InputError(f"{source.name}: lacks the columns {', '.join(_CRAWL)} (or {', '.join(COLUMNS)})")
    scanner = fragment.scanner(
        columns=list(coordinates),
        filter=_expression(conditions, names, source.name),
        batch_size=_BATCH_ROWS,
        batch_readahead=1,
        use_threads=False,
    )
    for batch in scanner.to_batches():
        arrays = [batch.column(name).cast(field.type) for name, field in zip(coordinates, SCHEMA, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, COLUMNS)


def _expression(conditions: Conditions, names: Sequence[str], origin: str) -> pc.Expression | None:
    """The conditions over these columns. Raises InputError for a condition whose column is missing."""

    def column(*candidates: str) -> Any:
        name = next((name for name in candidates if name in names), None)
        if name is None:
            raise InputError(f"{origin}: lacks the column {candidates[0]}, which a condition needs")
        return pc.field(name)

    of_crawl = _CRAWL[0] in names
    parts: list[Any] = []
    if "fetch_status" in names:
        parts.append(pc.field("fetch_status") == 200)
    if conditions.languages != "none" and of_crawl:
        test = pc.starts_with if conditions.languages == "first" else pc.match_substring
        parts.append(test(column(_LANGUAGES), conditions.language))
    if conditions.mimes and of_crawl:
        parts.append(column("content_mime_detected").isin(conditions.mimes))
    if conditions.hosts:
        parts.append(_any(_host_is(column("url_host_name", "host"), host) for host in conditions.hosts))
    tlds = conditions.tlds or tuple({host.rpartition(".")[2] for host in conditions.hosts})
    if tlds and "url_host_tld" in names:
        parts.append(pc.field("url_host_tld").isin(tlds))  # sorted by host: whole row groups are passed over
    elif conditions.tlds:
        parts.append(_any(pc.ends_with(column("url_host_name", "host"), f".{tld}") for tld in tlds))
    if conditions.since:
        parts.append(_when(column("fetch_time", "date")) >= _moment(conditions.since, time.min))
    if conditions.until:
        parts.append(_when(column("fetch_time", "date")) <= _moment(conditions.until, time.max))
    return reduce(and_, parts) if parts else None


def _when(column: Any) -> Any:
    """A time, be it written with or without its zone, in whatever unit."""
    return column.cast(pa.timestamp("us", "UTC"), safe=False)


def _moment(day: date, end: time) -> pa.Scalar:
    return pa.scalar(datetime.combine(day, end, UTC), pa.timestamp("us", "UTC"))


def _any(parts: Iterable[Any]) -> Any:
    return reduce(or_, parts)


def _host_is(column: Any, host: str) -> Any:
    return (column == host) | pc.ends_with(column, f".{host}")


def _cdxj(
    source: LocalInput | RemoteInput, file: BinaryIO, head: bytes, conditions: Conditions, passed: Counter[str]
) -> Iterator[pa.RecordBatch]:
    """The chosen rows of a CDXJ file, gz or not: a line is `key timestamp {json}`."""
    lines = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if head[:2] == b"\x1f\x8b" else file
    wanted = conditions.language.encode() if conditions.languages != "none" else b"{"
    rows: list[tuple[str, int, int]] = []
    seen = False
    while line := lines.readline(_MAX_LINE):
        brace = line.find(b"{")
        if brace < 0 or wanted not in line:
            seen = seen or brace > 0
            continue
        try:
            found = json.loads(line[brace:])
            timestamp = line[:brace].split()[-1].decode("ascii")
            row = (str(found["filename"]), int(found["offset"]), int(found["length"]))
        except (ValueError, KeyError, IndexError, TypeError):
            passed["unusable"] += 1
            continue
        seen = True
        if _is_chosen(found, timestamp, conditions):
            rows.append(row)
        if len(rows) >= _BATCH_ROWS:
            yield _batch(rows)
            rows = []
    if not seen:
        raise InputError(f"{source.name}: is neither a Parquet nor a CDXJ index")
    yield _batch(rows)


def _is_chosen(found: dict[str, Any], timestamp: str, conditions: Conditions) -> bool:
    """Whether one capture of a CDXJ file meets the conditions."""
    languages = str(found.get("languages", "")).split(",")
    if conditions.languages != "none" and conditions.language not in (
        languages[:1] if conditions.languages == "first" else languages
    ):
        return False
    if str(found.get("status", "200")) != "200":
        return False
    if conditions.mimes and found.get("mime-detected", found.get("mime")) not in conditions.mimes:
        return False
    host = str(found.get("url", "")).partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    if conditions.hosts and not any(host == h or host.endswith(f".{h}") for h in conditions.hosts):
        return False
    if conditions.tlds and host.rpartition(".")[2] not in conditions.tlds:
        return False
    day = timestamp[:8]
    return not (
        (conditions.since and day < conditions.since.strftime("%Y%m%d"))
        or (conditions.until and day > conditions.until.strftime("%Y%m%d"))
    )


def _batch(rows: list[tuple[str, int, int]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.RecordBatch.from_arrays([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], COLUMNS)
