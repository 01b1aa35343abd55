"""The plans of a result as they lie in its folder, on a disk and in a bucket."""

from pathlib import Path

import pytest

from pipeline.config import load_config
from pipeline.errors import WabunError
from pipeline.inputs import LocalInput
from pipeline.lineage import load_plan, load_plans, load_stored_config, store_plans, sweep
from pipeline.plan import Plan, make_plans
from pipeline.storage import Folder
from tests.factories import config_file


def store(folder: Folder, at: Path, *stages: str) -> list[Plan]:
    """Store the plans of a config of these stages."""
    config = load_config(config_file(at, stages))
    plans = make_plans(config, [LocalInput("a.warc.gz", at / "a.warc.gz", 1, 1)])
    store_plans(folder, plans, config)
    return plans


def test_what_was_stored_is_loaded(folder: Folder, tmp_path: Path) -> None:
    plans = store(folder, tmp_path, "read", "decode", "extract", "dedup_exact")
    assert [plan.to_json() for plan in load_plans(folder)] == [plan.to_json() for plan in plans]
    assert list(load_plans(folder)[0].inputs) == list(plans[0].inputs)
    assert load_stored_config(folder).settings.output == str(folder)
    for written in (folder.where(f"plans/{plans[0].name}"), folder.where(f"plans/{plans[0].name}/plan.json")):
        found, plan = load_plan(written)
        assert found.absolute() == folder.absolute()
        assert plan.digest == plans[0].digest


def test_where_nothing_was_stored_is_told(folder: Folder) -> None:
    with pytest.raises(WabunError, match="holds no plans; is it the output folder of a run"):
        load_plans(folder)
    with pytest.raises(WabunError, match="holds no config"):
        load_stored_config(folder)
    with pytest.raises(WabunError, match="there is no plan here"):
        load_plan(folder.where("plans/00-read"))
    with pytest.raises(WabunError, match="there is no plan here"):
        load_plan("plan.json")


def test_plans_of_an_earlier_config_are_removed_with_their_markers(folder: Folder, tmp_path: Path) -> None:
    old = store(folder, tmp_path, "read", "decode", "extract", "dedup_exact")
    for plan in old:
        folder.write_bytes(plan.marker_name(0), b"{}")
    now = store(folder, tmp_path, "read", "decode", "extract")
    assert folder.folders("plans") == [plan.name for plan in now]
    assert [plan.name for plan in load_plans(folder)] == [plan.name for plan in now]
    assert [folder.exists(plan.marker_name(0)) for plan in now] == [True, False, False]
    assert [folder.names(f"plans/{plan.name}/done") for plan in now[1:]] == [[], []]


def test_stored_again_nothing_is_written(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(folder, tmp_path, "read", "decode")
    written: list[str] = []
    monkeypatch.setattr(type(folder), "write_bytes", lambda self, name, data: written.append(name))
    store(folder, tmp_path, "read", "decode")
    assert written == []


def test_a_sweep_takes_what_no_plan_names_and_nothing_else(folder: Folder, tmp_path: Path) -> None:
    plans = store(folder, tmp_path, "read", "decode")
    kept = [
        plans[0].data_name(0),
        "shards/part-00000-of-00001.parquet",
        "dropped/part-00000-of-00001.parquet",
        "dropped/read-00000.parquet",
        "shards/notes.txt",
        "stats.json",
        f"plans/{plans[1].name}/ranks-{plans[1].digest[:12]}.json",
        plans[0].marker_name(0),
    ]
    gone = [
        "data/00-read/00000-0123456789ab.parquet",
        "data/07-gone/00000-0123456789ab.parquet",
        "shards/part-00000-of-00002.parquet",
        "dropped/old-00000.parquet",
        f"plans/{plans[1].name}/ranks-0123456789ab.json",
        "plans/07-gone/done/00000-0123456789ab.json",
    ]
    for name in (*kept, *gone):
        folder.write_bytes(name, b"x")
    sweep(folder, plans, {plan.name: 1 for plan in plans})
    assert [name for name in kept if not folder.exists(name)] == []
    assert [name for name in gone if folder.exists(name)] == []
    assert folder.exists("plans/config.json")
    assert folder.exists(plans[0].inputs_name)
