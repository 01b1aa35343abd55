"""Site files: how one cluster wants its jobs. TOML, every key declared here with its meaning."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pipeline.config import CONFIGS, did_you_mean
from pipeline.errors import ConfigError
from pipeline.options import options_of, validate
from pipeline.stage import Count, Positive

ExecutorName = Literal["local", "slurm", "pbs", "sge", "dask", "ray"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """What one cluster asks of a job, and how many processes a job gets."""

    executor: Annotated[ExecutorName, "engine that runs the jobs"] = "local"
    account: Annotated[str, "account, project or group that pays; empty: the scheduler's default"] = ""
    account_option: Annotated[str, "option that names the account; empty: Slurm and Grid Engine -A, PBS -P"] = ""
    queue: Annotated[str, "queue or partition; empty: the scheduler's default"] = ""
    resources: Annotated[tuple[str, ...], "resources of one job: Slurm options, or what follows `-l` elsewhere"] = ()
    options: Annotated[tuple[str, ...], "further options of the submitting command, as typed"] = ()
    wall_time: Annotated[str, "time limit of one job, HH:MM:SS; empty: the queue's, and no time budget"] = ""
    margin_seconds: Annotated[Count, "a worker stops this long before the wall time, in seconds"] = 600
    slices: Annotated[Positive, "jobs (array tasks) per plan, at most; each takes every K-th rank"] = 8
    procs: Annotated[Positive, "processes in each job, a rank each; about 1 GB of memory a process"] = 4
    max_array_tasks: Annotated[Positive, "largest array that the scheduler takes"] = 1000
    max_running_tasks: Annotated[Count, "tasks of one array that run at a time; 0: no limit"] = 0
    max_requeues: Annotated[Count, "times that a job out of time is taken up again"] = 20
    dependency: Annotated[Literal["afterok", "afterany"], "when the next plan's jobs are let go (Slurm, PBS)"] = (
        "afterok"
    )
    patience_seconds: Annotated[Count, "how long a worker waits for markers that a network shows late, in seconds"] = 60
    preamble: Annotated[str, "shell lines before the worker: modules, a virtual environment"] = ""
    command: Annotated[str, "the command `wabun` on a node; empty: the interpreter that submits"] = ""
    container: Annotated[str, "command that runs the worker in an image, as `apptainer exec wabun.sif`"] = ""
    scratch: Annotated[str, "folder on the node for temporary files, may name shell variables; empty: the node's"] = ""
    address: Annotated[str, "Dask (tcp://…) or Ray (ray://…, auto) to connect to; empty: this machine"] = ""

    @property
    def time_budget(self) -> int | None:
        """Seconds that a worker may take, or None without a wall time."""
        return wall_seconds(self.wall_time) - self.margin_seconds if self.wall_time else None

    @property
    def clock_time(self) -> str:
        """The wall time without days, which PBS and Grid Engine do not take.

        >>> Site(wall_time="1-02:00:30").clock_time
        '26:00:30'
        """
        minutes, seconds = divmod(wall_seconds(self.wall_time), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def wall_seconds(written: str) -> int:
    """Seconds of a wall time as schedulers write it. Raises ValueError for anything else.

    >>> wall_seconds("24:00:00"), wall_seconds("1-00:00:30"), wall_seconds("00:10:00")
    (86400, 86430, 600)
    """
    found = re.fullmatch(r"(?:(\d+)-)?(\d+):([0-5]\d):([0-5]\d)", written)
    if not found:
        raise ValueError(f"{written!r}: expected HH:MM:SS, as 24:00:00")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def find_site(name: str) -> Path:
    """The site's file: a path, or the name of one that comes with Wabun. Raises ConfigError when there is none."""
    folder = CONFIGS / "sites"
    for candidate in (Path(name), folder / Path(name).name, folder / f"{Path(name).name}.toml"):
        if candidate.is_file():
            return candidate
    shipped = ", ".join(sorted(p.stem for p in folder.glob("*.toml")))
    raise ConfigError([f"{name}: there is no such site file; those that come with Wabun: {shipped}"])


def load_site(path: Path | None, **over: Any) -> Site:
    """The site of a file, or the defaults; `over` stands above it (None: not given).

    Raises ConfigError with every problem as `file:line: key: what is wrong`.
    """
    text = _text(path) if path else ""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ConfigError([f"{path}:{line[1] if line else 1}: is not TOML: {error}"]) from None
    known = {option.name: option for option in options_of(Site)}
    origins = {key: f"{path}:{_line_of(key, text)}" for key in values}
    given = {key: value for key, value in over.items() if value is not None}
    values |= given
    origins |= {key: f"--{key.replace('_', '-')}" for key in given}
    problems: list[str] = []
    for key, value in values.items():
        if key not in known:
            problems.append(f"{origins[key]}: {key}: unknown key{did_you_mean(key, known)}")
            continue
        try:
            values[key] = validate(known[key], value)
            if key == "wall_time" and value:
                wall_seconds(value)
        except ValueError as error:
            problems.append(f"{origins[key]}: {key}: {error}")
    if problems:
        raise ConfigError(problems)
    site = Site(**values)
    if site.time_budget is not None and site.time_budget <= 0:
        where = origins.get("wall_time", str(path))
        raise ConfigError([f"{where}: wall_time: no time is left after margin_seconds ({site.margin_seconds})"])
    return site


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from None


def _line_of(key: str, text: str) -> int:
    """The line on which a top-level key stands."""
    pattern = re.compile(rf"""\s*(\[+\s*)?["']?{re.escape(key)}["']?\s*[=.\]]""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)
