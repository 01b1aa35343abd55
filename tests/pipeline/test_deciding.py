"""Decisions taken again from stored signals."""

import json
import shutil
from pathlib import Path

import pytest

from tests.factories import ROOT, result_of, sample_warc, wabun

PRESETS = "swallow-v1,swallow-v2"


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_warc(tmp_path_factory.mktemp("in") / "a.warc.gz", pages=120)


@pytest.fixture(scope="module")
def out(warc: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "out"
    done = wabun("run", "quickstart", "-i", warc, "-o", folder, "-w", "2")
    assert done.returncode == 0, done.stderr
    return folder


def quality(folder: Path) -> dict[str, int]:
    stages = json.loads((folder / "stats.json").read_text())["stages"]
    [found] = [stage for stage in stages if stage["stage"] == "quality"]
    return {"documents": found["documents_in"], "kept": found["kept"], "characters": found["kept_characters"]}


def test_a_dry_decision_tells_what_would_change_and_changes_nothing(out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    done = wabun("decide", out, "--set", "quality.min_characters=700", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kept_before"] == quality(out)["kept"]
    assert told["kept_before"] - told["kept_after"] == sum(told["fewer_kept"].values()) > 0
    assert set(told["fewer_kept"]) == {"too_short"}
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_decision_gives_what_it_foretold_and_reads_no_warc(out: Path, warc: Path, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    shutil.copytree(out, copy)
    moved = warc.rename(warc.with_suffix(".moved"))
    moved.rename(warc)
    documents = {path: path.stat().st_mtime_ns for path in copy.glob("data/00-*/*")}
    foretold = json.loads(wabun("decide", copy, "--set", "quality.min_characters=700", "--dry-run", "--json").stdout)
    done = wabun("decide", copy, "--set", "quality.min_characters=700")
    assert done.returncode == 0, done.stderr
    assert f"kept {foretold['kept_before']:,} → {foretold['kept_after']:,}" in done.stderr
    assert quality(copy)["kept"] == foretold["kept_after"]
    assert quality(copy)["characters"] == foretold["characters_after"]
    assert {path: path.stat().st_mtime_ns for path in copy.glob("data/00-*/*")} == documents
    fresh = tmp_path / "fresh"
    wabun("run", "quickstart", "-i", warc, "-o", fresh, "--set", "quality.min_characters=700")
    assert result_of(copy) == result_of(fresh)


def test_a_preset_can_be_decided_by_too(out: Path) -> None:
    done = wabun("decide", out, "--set", "quality.preset=swallow-v1", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kept_after"] <= quality(out)["documents"]


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("quality.min_charcters=1", "did you mean min_characters?"),
        ("qualty.min_characters=1", "did you mean quality?"),
        ("extract.keep_ruby=true", "stage extract does not decide from stored signals"),
    ],
)
def test_what_cannot_be_decided_again_is_told(out: Path, override: str, told: str) -> None:
    done = wabun("decide", out, "--set", override, "--dry-run")
    assert done.returncode != 0
    assert told in done.stderr


def test_presets_are_compared_on_the_same_documents(out: Path) -> None:
    done = wabun("compare", out, "--presets", PRESETS, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    one, other = (told["presets"][name] for name in PRESETS.split(","))
    assert told["documents"] == quality(out)["documents"] == one["kept"] + sum(one["dropped"].values())
    only = {(o["keeps"], o["drops"]): o["documents"] for o in told["only"]}
    assert one["kept"] - only.get(("swallow-v1", "swallow-v2"), 0) == other["kept"] - only.get(
        ("swallow-v2", "swallow-v1"), 0
    )
    printed = wabun("compare", out, "--presets", PRESETS)
    assert "documents that the row keeps and the column drops" in printed.stdout


def test_a_comparison_on_a_sample_sees_as_many_documents(out: Path) -> None:
    done = wabun("compare", out, "--presets", PRESETS, "--sample", "10", "--json")
    assert json.loads(done.stdout)["documents"] == 10


def test_a_preset_that_is_none_is_told(out: Path) -> None:
    done = wabun("compare", out, "--presets", "swallow-v9")
    assert done.returncode == 2
    assert "no preset is called 'swallow-v9'" in done.stderr


def test_the_shipped_presets_of_quality_all_compare_or_say_what_they_lack(out: Path) -> None:
    names = sorted(path.stem for path in (ROOT / "configs/presets/quality").glob("*.yaml"))
    told = json.loads(wabun("compare", out, "--presets", ",".join(names), "--json").stdout)
    assert set(told["presets"]) | set(told["left_out"]) == set(names)
