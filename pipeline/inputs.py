"""Inputs as a user names them → the files that sources open."""

import glob
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.errors import InputError, PreflightError

_LISTS = (".paths", ".paths.gz", ".txt", ".txt.gz", ".list")


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

    def as_plain(self) -> dict[str, Any]:
        """The input as a plan's JSON holds it."""
        return {"name": self.name, "path": str(self.path), "size": self.size, "modified": self.modified}


def input_of(plain: dict[str, Any]) -> LocalInput:
    """The input that a plan's JSON describes."""
    return LocalInput(plain["name"], Path(plain["path"]), plain["size"], plain["modified"])


def resolve_inputs(written: Sequence[str]) -> list[LocalInput]:
    """The files that these paths, globs and lists name, sorted, each once.

    Raises PreflightError that names every one that is missing or cannot be read.
    """
    problems: list[str] = []
    paths = {path.resolve() for entry in written for path in _expand(entry, problems)}
    found = []
    for path in sorted(paths):
        try:
            status = path.stat()
            with path.open("rb"):
                pass
        except OSError as error:
            problems.append(f"{path}: cannot be read: {error.strerror}")
            continue
        found.append(LocalInput(archive_name(path), path, status.st_size, status.st_mtime_ns))
    if problems:
        raise PreflightError(problems)
    return found


def archive_name(path: Path) -> str:
    """How the column `warc_file` names a file: its path in the crawl where it has one, else its own name.

    >>> archive_name(Path("/data/crawl-data/CC-MAIN-2024-10/segments/1/warc/a.warc.gz"))
    'crawl-data/CC-MAIN-2024-10/segments/1/warc/a.warc.gz'
    >>> archive_name(Path("/data/a.warc.gz"))
    'a.warc.gz'
    """
    parts = path.parts
    return "/".join(parts[parts.index("crawl-data") :]) if "crawl-data" in parts else path.name


def _expand(entry: str, problems: list[str]) -> Iterable[Path]:
    """The paths that one written input stands for."""
    path = Path(entry).expanduser()
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        if not found:
            problems.append(f"{entry}: the folder holds no file")
        return found
    if path.is_file():
        return _listed(path, problems) if entry.endswith(_LISTS) else [path]
    if any(c in entry for c in "*?["):
        found = [Path(p) for p in sorted(glob.glob(str(path), recursive=True)) if Path(p).is_file()]  # noqa: PTH207
        if not found:
            problems.append(f"{entry}: no file matches")
        return found
    problems.append(f"{entry}: there is no such file")
    return []


def _listed(path: Path, problems: list[str]) -> list[Path]:
    """The files that a list names, a line each, relative to the list's folder."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        problems.append(f"{path}: is not a readable list of files: {error}")
        return []
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (name := line.strip()) or name.startswith("#"):
            continue
        candidate = path.parent / name
        if candidate.is_file():
            found.append(candidate)
        else:
            problems.append(f"{path}:{number}: {name}: there is no such file")
    if not found and not problems:
        problems.append(f"{path}: the list names no file")
    return found
