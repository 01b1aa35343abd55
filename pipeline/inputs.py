"""Inputs as a user names them → what sources open: local files, remote files, ranges of either."""

import glob
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from xxhash import xxh3_128_hexdigest

from pipeline.errors import InputError, PreflightError
from pipeline.network.fetch import Fetching, head
from pipeline.network.locations import archive_name, is_remote, join, list_s3, root_of
from pipeline.network.ranges import RangedInput
from pipeline.network.remote import RemoteInput, fetch
from pipeline.network.requests import batches_in, is_requests, spans_of
from pipeline.network.sorting import Sorter, write_requests
from pipeline.storage import Folder

_LISTS: Final = (".paths", ".paths.gz", ".txt", ".txt.gz", ".list")
_MAX_LIST_BYTES: Final = 100_000_000


@dataclass(frozen=True)
class LocalInput:
    """A file on this machine (see pipeline.stage.Input)."""

    name: str
    path: Path
    size: int
    modified: int  # nanoseconds since the epoch: a changed file is another input

    def open(self) -> BinaryIO:
        """The bytes from their beginning. Raises InputError when the file cannot be read."""
        try:
            return self.path.open("rb")
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {error.strerror}") from None

    def locate(self, offset: int) -> tuple[str, int]:
        """The archive and the place in it of a byte of the stream."""
        return self.name, offset

    def as_plain(self) -> dict[str, Any]:
        """The input as a plan's JSON holds it."""
        return {"name": self.name, "path": str(self.path), "size": self.size, "modified": self.modified}


AnyInput = LocalInput | RemoteInput | RangedInput


def input_of(plain: dict[str, Any], fetching: Fetching = Fetching()) -> AnyInput:  # noqa: B008 - frozen
    """The input that a plan's JSON describes."""
    if "requests" in plain:
        return RangedInput.from_plain(plain, fetching)
    if "url" in plain:
        return RemoteInput(plain["name"], plain["url"], plain["size"], plain["validator"], fetching)
    return LocalInput(plain["name"], Path(plain["path"]), plain["size"], plain["modified"])


def resolve_inputs(
    written: Sequence[str],
    *,
    base: str = "",
    fetching: Fetching = Fetching(),  # noqa: B008 - frozen
    folder: Folder | None = None,
) -> list[AnyInput]:
    """The files that these paths, globs, URLs and lists name, sorted, each once.

    `base`: what the names in lists and tables are relative to: a folder or a URL; empty for a list's own folder or
    host. A URL that is named itself is asked for its size; the URLs of a list are not, for there may be a hundred
    thousand. `folder`: where Parquet files that name records of archives stand for those records, and the place for a
    table of them in order; None where Parquet files are documents.
    Raises PreflightError that names every one that is missing or cannot be read.
    """
    found = _Found(base, fetching)
    for entry in written:
        found.expand(entry)
    local = list(found.local_inputs())
    tables = {item.path: item for item in local if folder and is_requests(item.path)}
    inputs: list[AnyInput] = [item for item in local if item.path not in tables]
    inputs.extend(found.remote_inputs())
    if folder and tables:
        found.guarded(lambda: inputs.extend(_ranged_inputs(list(tables.values()), base, fetching, folder)))
    if found.problems:
        raise PreflightError(found.problems)
    return inputs


def _ranged_inputs(
    tables: Sequence[LocalInput], base: str, fetching: Fetching, folder: Folder
) -> Iterator[RangedInput]:
    """The records that these tables name, cut into inputs; several tables, or one without order, are sorted first."""
    path = str(tables[0].path)
    spans = spans_of(path) if len(tables) == 1 else None
    if spans is None:
        name = f"inputs/requests-{xxh3_128_hexdigest(repr([t.as_plain() for t in tables]).encode())[:12]}.parquet"
        path = folder.where(name)
        if not folder.exists(name):
            with folder.writing(name) as aside, Sorter() as sorter:
                for batch in (batch for table in tables for batch in batches_in(table.path)):
                    sorter.add(batch)
                write_requests(aside, sorter.sorted())
        spans = spans_of(path)
        assert spans is not None, "what the sorter gives is in order"
    for span in spans:
        missing = [
            name for name in span.files if not is_remote(place := join(base, name)) and not Path(place).is_file()
        ]
        if missing:
            where = f"under {base}" if base else "here"
            raise InputError(f"{path}: names the archive {missing[0]}, which is not {where}; set base_url")
        yield RangedInput.of(path, span, base, fetching)


class _Found:
    """Paths and URLs as they turn up, and what was wrong with any."""

    def __init__(self, base: str, fetching: Fetching) -> None:
        self.base = base
        self.fetching = fetching
        self.paths: set[Path] = set()
        self.listed: set[str] = set()  # URLs that are not asked for before they are read
        self.named: dict[str, tuple[int | None, str] | None] = {}  # URLs with size and validator
        self.problems: list[str] = []

    def expand(self, entry: str) -> None:
        """Take in what one written input stands for."""
        if is_remote(entry):
            self.guarded(lambda: self._expand_url(entry))
            return
        try:
            self._expand_path(entry, Path(entry).expanduser())
        except OSError as error:
            self.problems.append(f"{entry}: cannot be read: {error.strerror}")

    def _expand_path(self, entry: str, path: Path) -> None:
        """The files that a path, folder, glob or list names."""
        if path.is_dir():
            self._take(entry, (p for p in path.iterdir() if not p.name.startswith(".")), "the folder holds no file")
        elif path.is_file() and entry.endswith(_LISTS):
            self.guarded(lambda: self._expand_list(path.read_bytes(), str(path), self.base or str(path.parent)))
        elif path.is_file():
            self.paths.add(path.resolve())
        elif any(c in entry for c in "*?["):
            matches = glob.glob(str(path), recursive=True)  # noqa: PTH207
            self._take(entry, (Path(p) for p in matches), "no file matches")
        else:
            self.problems.append(f"{entry}: there is no such file")

    def local_inputs(self) -> Iterable[LocalInput]:
        """The local files, in order."""
        for path in sorted(self.paths):
            try:
                status = path.stat()
                with path.open("rb"):
                    pass
            except OSError as error:
                self.problems.append(f"{path}: cannot be read: {error.strerror}")
                continue
            yield LocalInput(archive_name(str(path)), path, status.st_size, status.st_mtime_ns)

    def remote_inputs(self) -> Iterable[RemoteInput]:
        """The remote files, in order; those named one by one have been asked for their size."""
        unknown = sorted(url for url, known in self.named.items() if known is None)
        with ThreadPoolExecutor(self.fetching.concurrency) as pool:
            for url, known in zip(unknown, pool.map(self._head, unknown), strict=True):
                self.named[url] = known
        for url in sorted(self.listed | self.named.keys()):
            size, validator = self.named.get(url) or (None, "")
            yield RemoteInput(archive_name(url), url, size, validator, self.fetching)

    def _head(self, url: str) -> tuple[int | None, str]:
        try:
            return head(url, self.fetching)
        except InputError as error:
            self.problems.append(str(error))
            return None, ""

    def _take(self, entry: str, candidates: Iterable[Path], otherwise: str) -> None:
        files = [path.resolve() for path in candidates if path.is_file()]
        if not files:
            self.problems.append(f"{entry}: {otherwise}")
        self.paths.update(files)

    def _expand_url(self, url: str) -> None:
        if url.startswith("s3://") and (url.endswith("/") or any(c in url for c in "*?[")):
            objects = list_s3(url)
            self.named |= {location: (size, etag) for location, size, etag in objects}
            if not objects:
                self.problems.append(f"{url}: no object matches")
        elif url.partition("?")[0].endswith(_LISTS):
            raw = fetch(url, self.fetching, at_most=_MAX_LIST_BYTES)
            self._expand_list(raw, url, self.base or root_of(url))
        else:
            self.named.setdefault(url, None)

    def _expand_list(self, raw: bytes, origin: str, base: str) -> None:
        """Take in the lines of a list of paths or URLs."""
        try:
            text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
        except (OSError, EOFError, ValueError) as error:
            self.problems.append(f"{origin}: is not a readable list of files: {error}")
            return
        lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
        named = [(number, line) for number, line in lines if line and not line.startswith("#")]
        if not named:
            self.problems.append(f"{origin}: the list names no file")
        for number, line in named:
            place = line if line.startswith("/") and not is_remote(base) else join(base, line)
            if is_remote(place):
                self.listed.add(place)
            elif Path(place).is_file():
                self.paths.add(Path(place).resolve())
            else:
                self.problems.append(f"{origin}:{number}: {line}: there is no such file")

    def guarded(self, work: Callable[[], None]) -> None:
        """Do the work; an error becomes a problem among others."""
        try:
            work()
        except (InputError, OSError) as error:
            self.problems.append(str(error))
