"""YAML → frozen stage objects; every problem at once, as `file:line: stage.option: what is wrong`."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import yaml

from pipeline.errors import ConfigError
from pipeline.network.fetch import Fetching
from pipeline.options import Option, options_of, validate
from pipeline.stage import Bytes, Count, Positive, Seconds, Source, Stage, stage_class, stage_names

CONFIGS = Path(__file__).resolve().parent.parent / "configs"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The top-level options of a config: what is read, where it goes, how it is cut."""

    name: Annotated[str, "name of the corpus, as the dataset card shows it"] = "corpus"
    inputs: Annotated[tuple[str, ...], "WARC or Parquet files: paths, globs, URLs, or files that list them"] = ()
    output: Annotated[str, "folder of the result: a path, or s3://BUCKET/PREFIX"] = "out"
    keep_dropped: Annotated[
        Literal["all", "sample", "none"], "fallen documents kept: all, at most 1,000 per reason and plan, or none"
    ] = "sample"
    inputs_per_rank: Annotated[Positive, "input files that one rank reads, one after another"] = 1
    shard_characters: Annotated[Positive, "text in one shard, in characters"] = 80_000_000
    seed: Annotated[Count, "seed of the shuffle"] = 0
    sample_pages: Annotated[Count, "pages of the synthetic WARC files made when there is no input"] = 0
    base_url: Annotated[str, "what names in lists and tables are relative to: https://…/, s3://…/ or a folder"] = ""
    user_agent: Annotated[str, "User-Agent of http requests: name a contact, as `wabun (me@example.jp)`"] = "wabun"
    fetch_concurrency: Annotated[Positive, "ranges that one rank fetches at a time"] = 8
    fetch_tries: Annotated[Positive, "tries of a request before its rank fails"] = 8
    fetch_gap_bytes: Annotated[Bytes, "records nearer than this in an archive are fetched with one request"] = 64_000
    read_timeout_seconds: Annotated[Seconds, "silence after which a connection is given up"] = 60.0

    def fetching(self) -> Fetching:
        """How remote inputs are fetched."""
        return Fetching(
            self.user_agent, self.fetch_concurrency, self.fetch_tries, self.read_timeout_seconds, self.fetch_gap_bytes
        )


class Config(NamedTuple):
    """A config that can be run."""

    settings: Settings
    stages: tuple[Stage, ...]
    origin: str  # the file it was read from
    written: dict[str, dict[str, Any]]  # each stage's options as they were written, presets not put in


class _Value(NamedTuple):
    """A value and where it stands (`configs/x.yaml:12`, `--set`)."""

    value: Any
    origin: str


def find_config(name: str) -> Path:
    """The config's file: a path, or the name of one that comes with Wabun. Raises ConfigError when there is none."""
    path = Path(name)
    for candidate in (path, CONFIGS / path.name, CONFIGS / f"{path.name}.yaml"):
        if candidate.is_file():
            return candidate
    shipped = ", ".join(sorted(p.stem for p in CONFIGS.glob("*.yaml")))
    raise ConfigError([f"{name}: there is no such config; those that come with Wabun: {shipped}"])


def load_config(path: Path, overrides: Sequence[str] = (), **settings: Any) -> Config:
    """The config of a file, with `KEY=VALUE` overrides and settings from the command line (None: not given).

    Raises ConfigError with every problem found.
    """
    problems: list[str] = []
    top, stages = _read(path, problems)
    for override in overrides:
        _override(override, top, stages, problems)
    top |= {key: _Value(value, "command line") for key, value in settings.items() if value is not None}
    return _build(top, stages, str(path), problems)


def config_of(
    stages: Sequence[tuple[str, dict[str, Any]]], origin: str, overrides: Sequence[str] = (), **settings: Any
) -> Config:
    """A config made of stages and options that stand in no YAML file. Raises ConfigError like `load_config`."""
    raw = {
        name: _Value({k: _Value(v, f"{origin}: --{k.replace('_', '-')}") for k, v in options.items()}, origin)
        for name, options in stages
    }
    top = {key: _Value(value, origin) for key, value in settings.items() if value is not None}
    problems: list[str] = []
    for override in overrides:
        _override(override, top, raw, problems)
    return _build(top, raw, origin, problems)


def _build(top: dict[str, _Value], stages: dict[str, _Value], origin: str, problems: list[str]) -> Config:
    """Validate everything, then complain of everything."""
    settings = _instance(Settings, "", top, problems)
    built = [_stage(name, found, problems) for name, found in stages.items()]
    made = [stage for stage in built if stage is not None]
    if not stages and not problems:
        problems.append(f"{origin}: stages: a config names at least a source, such as `read`")
    if not problems:
        problems.extend(order_problems(made, [found.origin for found in stages.values()]))
    if problems or settings is None:
        raise ConfigError(problems)
    written = {name: {option: v.value for option, v in found.value.items()} for name, found in stages.items()}
    return Config(settings, tuple(made), origin, written)


def stage_with_preset(name: str, preset: str) -> Stage:
    """A stage as one of its presets sets it. Raises ConfigError for a preset that there is not."""
    problems: list[str] = []
    [option] = [option.name for option in options_of(stage_class(name)) if option.is_preset] or ["preset"]
    stage = _stage(name, _Value({option: _Value(preset, "preset")}, "preset"), problems)
    if stage is None or problems:
        raise ConfigError(problems)
    return stage


def order_problems(stages: Sequence[Stage], origins: Sequence[str]) -> list[str]:
    """What is wrong with the stages' order: a source not first, a column read before it is written."""
    problems = []
    written: set[str] = set()
    for position, (stage, origin) in enumerate(zip(stages, origins, strict=True)):
        name = stage.stage_name()
        if isinstance(stage, Source) != (position == 0):
            what = "is a source and stands first" if position else "cannot stand first: a source does"
            problems.append(f"{origin}: {name}: {what}")
        for column in () if position == 0 else stage.columns_read():
            if column not in written:
                writer = next((n for n in writers_of(column) if n != name), None)
                hint = f"; `{writer}` writes it: put it before" if writer else ""
                problems.append(f"{origin}: {name}: reads the column {column}, which no stage before it writes{hint}")
        written |= {column.name for column in stage.columns_written()}
    return problems


def writers_of(column: str) -> list[str]:
    """Names of the stages that write a column when their options are the defaults."""
    return [n for n in stage_names() if any(c.name == column for c in stage_class(n)().columns_written())]


def _stage(name: str, found: _Value, problems: list[str]) -> Stage | None:
    """The stage of a config's entry, its preset put beneath the options that are given."""
    if name not in stage_names():
        problems.append(f"{found.origin}: {name}: unknown stage{did_you_mean(name, stage_names())}")
        return None
    declared = stage_class(name)
    options: dict[str, _Value] = found.value
    for option in options_of(declared):
        if option.is_preset:
            chosen = options.get(option.name, _Value(option.default, found.origin))
            if chosen.value is not None:
                options = _preset(name, chosen, problems) | options
    stage: Stage | None = _instance(declared, f"{name}.", options, problems)
    return stage


def _preset(stage: str, chosen: _Value, problems: list[str]) -> dict[str, _Value]:
    """The options that a preset sets."""
    folder = CONFIGS / "presets" / stage
    path = folder / f"{chosen.value}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in folder.glob("*.yaml"))
        hint = did_you_mean(str(chosen.value), known) or f"; there are: {', '.join(known)}"
        problems.append(f"{chosen.origin}: {stage}.preset: no preset is called {chosen.value!r}{hint}")
        return {}
    top, _ = _read(path, problems, nested="options")
    found = top.get("options")
    return dict(found.value) if found and isinstance(found.value, dict) else {}


def _instance(declared: type[Any], prefix: str, options: dict[str, _Value], problems: list[str]) -> Any:
    """The dataclass with these options, or None after telling every problem."""
    known: dict[str, Option] = {option.name: option for option in options_of(declared)}
    values = {}
    before = len(problems)
    for name, (value, origin) in options.items():
        if name not in known:
            hint = did_you_mean(name, known)
            problems.append(f"{origin}: {prefix}{name}: unknown option{hint}")
            continue
        try:
            values[name] = validate(known[name], value)
        except ValueError as error:
            problems.append(f"{origin}: {prefix}{name}: {error}")
    if len(problems) > before:
        return None
    try:
        return declared(**values)
    except ValueError as error:
        where = next(iter(options.values())).origin if options else prefix.rstrip(".")
        problems.append(f"{where}: {prefix.rstrip('.')}: {error}")
        return None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the name that was meant, or nothing."""
    candidates = list(known)
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6)
    close = close or [c for c in candidates if name and (c.startswith(name) or name.startswith(c))]
    return f"; did you mean {close[0]}?" if close else ""


def _override(text: str, top: dict[str, _Value], stages: dict[str, _Value], problems: list[str]) -> None:
    """Put one `KEY=VALUE` of the command line over what the file says."""
    key, equals, written = text.partition("=")
    origin = "--set"
    if not equals:
        problems.append(f"{origin}: {text}: expected KEY=VALUE, as in quality.min_characters=300")
        return
    try:
        value = yaml.safe_load(written)
    except yaml.YAMLError:
        problems.append(f"{origin}: {key}: {written!r} is not a YAML value")
        return
    stage, dot, option = key.partition(".")
    if not dot:
        top[key] = _Value(value, origin)
    elif stage in stages:
        stages[stage].value[option] = _Value(value, origin)
    else:
        problems.append(f"{origin}: {key}: the config has no stage {stage}{did_you_mean(stage, stages)}")


def _read(path: Path, problems: list[str], *, nested: str = "stages") -> tuple[dict[str, _Value], dict[str, _Value]]:
    """The top-level values and the mapping under `nested`, each with its line."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError([f"{path}:{line}: is not YAML: {error.problem}"]) from None
    top: dict[str, _Value] = {}
    stages: dict[str, _Value] = {}
    for key, node, origin in _entries(root, path, "", problems):
        if key != nested:
            top[key] = _Value(_plain(node, path, problems), origin)
            continue
        for name, options, where in _entries(node, path, f"{nested}.", problems):
            if nested == "stages":
                inner = {
                    k: _Value(_plain(v, path, problems), at)
                    for k, v, at in _entries(options, path, f"{name}.", problems)
                }
                stages[name] = _Value(inner, where)
            else:
                stages[name] = _Value(_plain(options, path, problems), where)
        if nested != "stages":
            top[nested] = _Value(stages, origin)
    return top, stages


def _entries(node: yaml.Node | None, path: Path, prefix: str, problems: list[str]) -> list[tuple[str, yaml.Node, str]]:
    """Key, value and place of each entry of a mapping; an empty node is an empty mapping."""
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
        return []
    if not isinstance(node, yaml.MappingNode):
        what = prefix.rstrip(".") or "a config"
        problems.append(f"{path}:{node.start_mark.line + 1}: {what}: expected a mapping `name: value`")
        return []
    seen: dict[str, int] = {}
    entries = []
    for key_node, value in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in seen:
            problems.append(f"{path}:{line}: {prefix}{key}: stands twice; first on line {seen[key]}")
            continue
        seen[key] = line
        entries.append((key, value, f"{path}:{line}"))
    return entries


def _plain(node: yaml.Node, path: Path, problems: list[str]) -> Any:
    """The plain Python value of a node."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except yaml.YAMLError as error:
        problems.append(f"{path}:{node.start_mark.line + 1}: {getattr(error, 'problem', error)}")
        return None
    finally:
        loader.dispose()
