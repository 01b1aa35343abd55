"""The plans of a result as they lie in its folder: stored, loaded, compared, and what they leave behind swept away."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.config import Config, config_of
from pipeline.errors import WabunError
from pipeline.network.folders import open_folder
from pipeline.network.locations import is_remote
from pipeline.options import as_plain, options_as_plain, show_value
from pipeline.plan import Kind, Plan
from pipeline.plan_tables import inputs_lines
from pipeline.storage import Folder

_CONFIG = "plans/config.json"
_MARKS = ("failed", "running")


def plan_file(name: str) -> str:
    """Where a plan's file lies in the result's folder."""
    return f"plans/{name}/plan.json"


def has_plans(folder: Folder) -> bool:
    """Whether plans were ever stored here. The file that names them is written last."""
    return folder.exists(_CONFIG)


def load_plans(folder: Folder) -> list[Plan]:
    """The plans of a result, in order. Raises WabunError where there are none."""
    return list(StoredPlans(folder).values())


class StoredPlans(Mapping[str, Plan]):
    """The plans of a result by name, in order, each read when it is first asked for."""

    def __init__(self, folder: Folder) -> None:
        stored = folder.find(_CONFIG)
        if stored is None:
            raise WabunError(f"{folder}: holds no plans; is it the output folder of a run?")
        self._folder = folder
        self._plans: dict[str, Plan | None] = dict.fromkeys(json.loads(stored)["plans"])

    def __getitem__(self, name: str) -> Plan:
        plan = self._plans[name]
        if plan is None:
            plan = self._plans[name] = _parse(self._folder, name, self._folder.read_bytes(plan_file(name)))
        return plan

    def __iter__(self) -> Iterator[str]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)


def load_plan(address: str) -> tuple[Folder, Plan]:
    """A plan by its folder or file (OUT/plans/NAME), and the folder OUT. Raises WabunError when it is not one."""
    place = address if is_remote(address) else str(Path(address).resolve())
    root, _, name = place.rstrip("/").removesuffix("/plan.json").rpartition("/plans/")
    if not root or (data := (folder := open_folder(root)).find(plan_file(name))) is None:
        raise WabunError(f"{address}: there is no plan here; `wabun plan` writes them under OUT/plans")
    return folder, _parse(folder, name, data)


def _parse(folder: Folder, name: str, data: bytes) -> Plan:
    try:
        return Plan.from_json(data, folder)
    except (ValueError, KeyError, TypeError) as error:
        path = folder.where(plan_file(name))
        raise WabunError(f"{path}: is not a plan of this version of Wabun ({error}); run `wabun plan` again") from None


def store_plans(folder: Folder, plans: Sequence[Plan], config: Config) -> None:
    """Write the plans and their config; first take away the markers of ranks whose outcome would now be another."""
    for plan in plans:
        old = [f"done/{name}" for name in folder.names(f"plans/{plan.name}/done") if not _is_current(plan, name)]
        old += [f"{state}/{name}" for state in _MARKS for name in folder.names(f"plans/{plan.name}/{state}")]
        folder.delete(*(f"plans/{plan.name}/{name}" for name in old))
        if len(plan.inputs) and not folder.exists(plan.inputs_name):
            folder.write_bytes(plan.inputs_name, inputs_lines(plan.inputs))
        data = plan.to_json()
        if folder.find(plan_file(plan.name)) != data:
            folder.write_bytes(plan_file(plan.name), data)
    _store_config(folder, plans, config)
    _remove_others(folder, plans)


def _remove_others(folder: Folder, plans: Sequence[Plan]) -> None:
    """Remove the plans of earlier configs: once their data is swept away, their markers must not be there."""
    for name in {*folder.folders("plans")} - {plan.name for plan in plans}:
        folder.remove(f"plans/{name}")


def _is_current(plan: Plan, marker: str) -> bool:
    """Whether a done marker of this name is what the plan asks for."""
    rank, _, digest = marker.removesuffix(".json").partition("-")
    if plan.digests is None:
        return plan.digest[:12] == digest
    return rank.isdigit() and int(rank) < len(plan.digests) and plan.rank_digest(int(rank))[:12] == digest


def _store_config(folder: Folder, plans: Sequence[Plan], config: Config) -> None:
    """The config, and what makes plans those of this result: their names, in order."""
    names = [plan.name for plan in plans]
    plain = {"stages": as_plain(config.written), "settings": options_as_plain(config.settings), "plans": names}
    data = json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"
    if folder.find(_CONFIG) != data:
        folder.write_bytes(_CONFIG, data)


def load_stored_config(folder: Folder, overrides: Sequence[str] = ()) -> Config:
    """The config that a result was made with, with `stage.option=VALUE` put over it.

    Raises WabunError where there is none, ConfigError for an override that does not fit.
    """
    stored = folder.find(_CONFIG)
    if stored is None:
        raise WabunError(f"{folder}: holds no config; is it the output folder of a run?")
    plain = json.loads(stored)
    settings = plain["settings"] | {"output": str(folder)}
    return config_of(list(plain["stages"].items()), f"{folder}/{_CONFIG}", overrides, **settings)


def differences(old: Sequence[Plan], new: Sequence[Plan]) -> list[str]:
    """What a new config asks for that the stored plans did not, a line each."""
    before, after = _options(old), _options(new)
    lines = [f"stage {name}: new" for name in after if name not in before]
    lines += [f"stage {name}: gone" for name in before if name not in after]
    for name in after:
        for option, value in after[name].items():
            had = before.get(name, {}).get(option)
            if name in before and had != value:
                lines.append(f"{name}.{option}: {show_value(had)} → {show_value(value)}")
    had_files = {path: digest for plan in old for path, digest in plan.files}
    has_files = {path: digest for plan in new for path, digest in plan.files}
    lines += [f"{path}: changed" for path in has_files if had_files.get(path, has_files[path]) != has_files[path]]
    lines += [f"{path}: new" for path in has_files if path not in had_files]
    lines += [f"{path}: no longer read" for path in had_files if path not in has_files]
    if [name for name in before if name in after] != [name for name in after if name in before]:
        lines.append("the stages stand in another order")
    if [plan.digest for plan in old] == [plan.digest for plan in new]:
        return lines
    had_inputs, has_inputs = _inputs(old), _inputs(new)
    if added := len(has_inputs - had_inputs):
        lines.append(f"inputs: {added:,} new or changed")
    if gone := len(had_inputs - has_inputs):
        lines.append(f"inputs: {gone:,} gone or changed")
    return lines


def _options(plans: Sequence[Plan]) -> dict[str, dict[str, object]]:
    """Options of each stage, and the settings under the empty name's place `settings`."""
    found: dict[str, dict[str, object]] = {}
    for plan in plans:
        found |= dict(plan.stages)
    found["settings"] = {key: value for plan in plans for key, value in plan.settings.items()}
    return found


def _inputs(plans: Sequence[Plan]) -> set[tuple[object, ...]]:
    return {
        tuple(item.values()) for plan in plans if plan.kind is Kind.DOCUMENTS for rank in plan.inputs for item in rank
    }


def sweep(folder: Folder, plans: Sequence[Plan], num_ranks: dict[str, int]) -> None:
    """Once all is done: remove files of earlier configs, and what killed writers left aside."""
    _remove_others(folder, plans)
    wanted = {"shards": set[str](), "dropped": set[str](), "data": set[str]()}
    for plan in plans:
        wanted["data"] |= {plan.data_name(rank) for rank in range(num_ranks[plan.name])}
        parts = {f"part-{rank:05d}-of-{num_ranks[plan.name]:05d}.parquet" for rank in range(num_ranks[plan.name])}
        if plan.kind is Kind.SHARDS:
            wanted["shards"] |= {f"shards/{part}" for part in parts}
            wanted["dropped"] |= {f"dropped/{part}" for part in parts}
        if plan.kind is Kind.DOCUMENTS:
            wanted["dropped"] |= {f"dropped/{plan.title}-{rank:05d}.parquet" for rank in range(num_ranks[plan.name])}
    for top, names in wanted.items():
        for place in [top, *(f"{top}/{inner}" for inner in folder.folders(top))]:
            found = [f"{place}/{name}" for name in folder.names(place) if name.endswith(".parquet")]
            folder.delete(*(name for name in found if name not in names))
    for place in ["", "shards", "dropped", *(f"data/{plan.name}" for plan in plans)]:
        folder.sweep(place)
    for plan in plans:
        place = f"plans/{plan.name}"
        folder.sweep(place)
        folder.sweep(f"{place}/done")
        counted = [name for name in folder.names(place) if "-" in name]
        folder.delete(*(f"{place}/{name}" for name in counted if f"-{plan.digest[:12]}." not in name))
