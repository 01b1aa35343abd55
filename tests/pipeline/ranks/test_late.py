"""A worker that comes back after OUT was given another config."""

from pathlib import Path

import pytest

from pipeline.config import load_config
from pipeline.errors import WabunError
from pipeline.inputs import LocalInput
from pipeline.lineage import store_plans
from pipeline.plan import Plan, make_plans
from pipeline.ranks import Rank
from pipeline.ranks.execute import execute
from pipeline.storage import LocalFolder
from tests.factories import config_file, sample_input


def stored(folder: LocalFolder, at: Path, sample: LocalInput, **settings: object) -> list[Plan]:
    """The plans of a small config, as OUT now asks for them."""
    config = load_config(config_file(at, ("read", "decode"), **settings))
    plans = make_plans(config, [sample])
    store_plans(folder, plans, config)
    return plans


def test_a_late_worker_of_an_earlier_config_writes_no_file_that_the_new_one_counts_on(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path / "out")
    sample = sample_input(tmp_path, pages=4)
    early = stored(folder, tmp_path, sample, shard_characters=100_000)
    for plan in early:
        execute(Rank(folder, plan, 0))
    shard = next((tmp_path / "out/shards").iterdir())
    shard.write_bytes(b"of the new config")
    statistics = (tmp_path / "out/stats.json").read_bytes()
    now = stored(folder, tmp_path, sample, shard_characters=200_000)
    assert now[0].digest == early[0].digest
    assert now[1].digest != early[1].digest
    for plan in early[1:]:
        with pytest.raises(WabunError, match=r"asks for another .* than when this worker began"):
            execute(Rank(folder, plan, 0))
    assert shard.read_bytes() == b"of the new config"
    assert (tmp_path / "out/stats.json").read_bytes() == statistics
    assert not list(tmp_path.glob("out/*/.*.tmp"))
