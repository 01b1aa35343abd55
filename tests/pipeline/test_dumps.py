"""The command that looks after an index of earlier dumps."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import cli
from pipeline.errors import WabunError
from tests.stages.dedup.test_upkeep import index_of


@pytest.fixture
def index(tmp_path: Path) -> Path:
    index_of(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["dumps", *map(str, arguments)])


def test_the_dumps_are_shown_and_given_as_json(index: Path) -> None:
    shown = run(index)
    assert shown.exit_code == 0
    assert "d0" in shown.output
    assert "2 dumps" in shown.output
    assert "bands 14, rows 8" in shown.output
    told = json.loads(run(index, "--json").output)
    assert [(dump["dump"], dump["compared_with"]) for dump in told["dumps"]] == [("d0", []), ("d1", ["d0"])]
    assert told["problems"] is None


def test_a_sound_index_verifies_and_a_damaged_one_ends_with_1(index: Path) -> None:
    assert run(index, "--verify").exit_code == 0
    assert json.loads(run(index, "--verify", "--json").output)["problems"] == []
    (index / "d1" / "band_07.parquet").write_bytes(b"")
    damaged = run(index, "--verify")
    assert damaged.exit_code == 1
    assert f"{index / 'd1' / 'band_07.parquet'}: is not as it was written" in damaged.output
    assert run(index).exit_code == 0


def test_compacting_leaves_one_dump_that_holds_the_others(index: Path) -> None:
    shown = run(index, "--compact", "to-2024")
    assert shown.exit_code == 0
    assert "1 dumps" in shown.output
    assert "d0, d1" in shown.output
    assert {path.parent.name for path in index.glob("*/*.parquet")} == {"to-2024"}
    assert isinstance(run(index, "--compact", "to-2024").exception, WabunError)


def test_a_damaged_index_is_not_merged(index: Path) -> None:
    (index / "d0" / "members.parquet").unlink()
    refused = run(index, "--compact", "all")
    assert isinstance(refused.exception, WabunError)
    assert "nothing was merged" in str(refused.exception)
    assert sorted(path.name for path in index.iterdir()) == ["d0", "d1"]


def test_a_name_that_would_leave_the_index_is_refused(index: Path) -> None:
    refused = run(index, "--compact", "../all")
    assert refused.exit_code == 2
    assert "a dump's name is" in refused.output
    assert not (index.parent / "all").exists()


def test_an_empty_folder_is_an_index_without_dumps(tmp_path: Path) -> None:
    assert "0 dumps" in run(tmp_path, "--verify").output
