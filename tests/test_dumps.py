"""Deduplication through the whole of `wabun run`: dump after dump, killed in every phase, and on a full disk."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.dumps import config, dumps, saboteur
from tests.factories import ROOT, result_of, wabun, wabun_command

GATHERS = ("dedup_exact:", "dedup_near:", "dedup_passages: {max_documents: 12, max_documents_per_host: 5}")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    return dumps(tmp_path_factory.mktemp("dumps"))


def command(settings: Path, inputs: list[Path], out: Path, workers: int = 2) -> list[object]:
    given = [argument for path in inputs for argument in ("-i", path)]
    return ["run", settings, *given, "-o", out, "-w", workers]


def ran(settings: Path, inputs: list[Path], out: Path, **environment: str) -> str:
    """A whole run; what it said."""
    done = wabun(*command(settings, inputs, out), **environment)
    assert done.returncode == 0, done.stderr
    return done.stderr


def fates(out: Path) -> dict[str, Any]:
    """What became of every document: reason and what stands for it, by id."""
    found = {}
    for place in ("shards", "dropped"):
        for path in (out / place).glob("*.parquet"):
            for row in pq.read_table(path).to_pylist():
                told = [row.get(name) for name in ("drop_reason", "duplicate_of", "cluster_id")]
                found[row["id"]] = (*told, row.get("duplicate_dump"))
    return found


@pytest.fixture(scope="module")
def indexed(both: list[list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, `a` and `b`, each of its dump, compared through `index`."""
    folder = tmp_path_factory.mktemp("indexed")
    for name, inputs in zip("ab", both, strict=True):
        ran(near(folder, name, both), inputs, folder / name)
    return folder


def near(folder: Path, name: str, both: list[list[Path]], index: Path | None = None) -> Path:
    options = f"dedup_near: {{index: {index or folder / 'index'}, index_as: 2024-{name}}}"
    return config(folder / f"config-{name}", both[0][0], options)


def test_dump_after_dump_falls_what_falls_in_all_together(
    both: list[list[Path]], indexed: Path, tmp_path: Path
) -> None:
    ran(config(tmp_path, both[0][0], "dedup_near:"), [*both[0], *both[1]], tmp_path / "whole")
    whole = fates(tmp_path / "whole")
    apart = fates(indexed / "a") | fates(indexed / "b")
    assert len(whole) == 160
    assert {name: fate[:3] for name, fate in apart.items()} == {name: fate[:3] for name, fate in whole.items()}
    across = 0
    for name, (_, stands, _, dump) in apart.items():
        earlier = stands is not None and stands.startswith("<0") and name.startswith("<1")
        assert dump == ("2024-a" if earlier else None)
        across += earlier
    assert across > 20
    assert sum(fate[0] is None for fate in apart.values()) > 20


def test_the_id_and_the_dump_of_what_a_page_repeats_are_shown(both: list[list[Path]], indexed: Path) -> None:
    out = indexed / "b"
    name, fate = next((name, fate) for name, fate in sorted(fates(out).items()) if fate[3])
    number = int(name.strip("<>").partition("-")[2])
    url = f"https://h{number % 3}.example.jp/{number}"
    explained = wabun("explain", out, url).stdout
    assert f"{fate[1]} of the dump 2024-a stands for it" in explained
    shown = wabun("show", out, "--dropped", "near_duplicate", "-n", "200").stdout
    assert f"repeats {fate[1]} of the dump 2024-a" in shown
    at_home = next(fate for fate in fates(indexed / "a").values() if fate[0])
    shown = wabun("show", indexed / "a", "--dropped", "near_duplicate", "-n", "200").stdout
    assert f"repeats {at_home[1]}\n" in shown


def stamps(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_finished_run_stays_finished_while_later_dumps_come(both: list[list[Path]], indexed: Path) -> None:
    places = [indexed / name for name in ("a", "b", "index")]
    before = [stamps(place) for place in places]
    for name, inputs in zip("ab", both, strict=True):
        assert "everything is done already" in ran(near(indexed, name, both), inputs, indexed / name)
    assert [stamps(place) for place in places] == before


def test_a_finished_run_stays_finished_when_its_dump_is_merged_with_others(
    both: list[list[Path]], tmp_path: Path
) -> None:
    for name, inputs in zip("ab", both, strict=True):
        ran(near(tmp_path, name, both), inputs, tmp_path / name)
    before = [stamps(tmp_path / name) for name in "ab"]
    assert wabun("dumps", tmp_path / "index", "--compact", "all").returncode == 0
    for name, inputs in zip("ab", both, strict=True):
        assert "everything is done already" in ran(near(tmp_path, name, both), inputs, tmp_path / name)
    assert [stamps(tmp_path / name) for name in "ab"] == before
    again = wabun(*command(near(tmp_path, "b", both), both[1][:1], tmp_path / "b"))
    assert again.returncode != 0
    assert f"{tmp_path / 'index' / 'all'}: holds 2024-b merged with others; it cannot be indexed again" in again.stderr


def test_a_dump_that_changes_or_comes_decides_again_from_the_sketches(both: list[list[Path]], tmp_path: Path) -> None:
    index, asking = tmp_path / "index", tmp_path / "asking"
    ran(near(tmp_path, "a", both), both[0][:1], tmp_path / "a")
    settings = config(tmp_path / "config", both[0][0], f"dedup_near: {{index: {index}}}")
    ran(settings, both[1], asking)
    before = fates(asking)
    kept = stamps(asking / "data" / "00-read_parquet") | stamps(asking / "data" / "01-dedup_near.sketch")
    ran(near(tmp_path, "a", both), both[0], tmp_path / "a")
    said = ran(settings, both[1], asking)
    assert f"{index}/2024-a/scheme.json: changed" in said
    assert "to run: 02-dedup_near.link, 03-dedup_near.settle, 04-dedup_near" in said
    assert "no input is read" in said
    assert stamps(asking / "data" / "00-read_parquet") | stamps(asking / "data" / "01-dedup_near.sketch") == kept
    more = fates(asking)
    assert sum(fate[3] is not None for fate in more.values()) > sum(fate[3] is not None for fate in before.values())
    ran(near(tmp_path, "c", both), both[1][:1], tmp_path / "c")
    assert f"{index}/2024-c/scheme.json: new" in ran(settings, both[1], asking)
    assert all(fate[3] for name, fate in fates(asking).items() if int(name[3:-1]) < 120)
    assert "everything is done already" in ran(settings, both[1], asking)


def test_an_index_that_changes_on_the_way_is_told_before_anything_is_linked(
    both: list[list[Path]], indexed: Path, tmp_path: Path
) -> None:
    index, out = tmp_path / "index", tmp_path / "b"
    shutil.copytree(indexed / "index" / "2024-a", index / "2024-a")
    arguments = command(near(tmp_path, "b", both), both[1], out)
    assert wabun("plan", *arguments[1:-2]).returncode == 0
    for plan in ("00-read_parquet", "01-dedup_near.sketch"):
        assert wabun("work", out / "plans" / plan, "--slice", "0/1").returncode == 0
    shutil.copytree(index / "2024-a", index / "2023-z")
    failed = wabun("work", out / "plans" / "02-dedup_near.link", "--slice", "0/1")
    assert failed.returncode == 3
    assert f"{index}/2023-z/scheme.json: changed since the run was planned" in failed.stderr
    done = wabun(*arguments)
    assert done.returncode == 0, done.stderr
    assert f"{index}/2023-z/scheme.json: new" in done.stderr


def test_the_plan_says_what_sketches_links_and_verdict_take(both: list[list[Path]], indexed: Path) -> None:
    arguments = command(near(indexed, "a", both), both[0], indexed / "a")[1:-2]
    told = json.loads(wabun("plan", *arguments, "--json").stdout)
    assert told["documents"] == 80
    sizes = [plan["bytes_per_document"] for plan in told["plans"]]
    assert [size is not None for size in sizes[:5]] == [False, True, True, True, False]
    shown = wabun("plan", *arguments).stdout
    assert f"at most {sizes[1]:,} bytes a document, 0.00 GB" in shown
    fresh = wabun("plan", *arguments[:-1], indexed / "fresh").stdout
    assert "bytes a document\n" in fresh


@pytest.fixture(scope="module")
def golden(both: list[list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three gathers over both dumps, undisturbed."""
    folder = tmp_path_factory.mktemp("golden")
    ran(config(folder, both[0][0], *GATHERS), [*both[0], *both[1]], folder / "out")
    stages = json.loads((folder / "out" / "stats.json").read_text())["stages"]
    assert [len(stage["dropped"]) for stage in stages[1:3]] == [1, 1]
    texts = [t for path in (folder / "out/shards").glob("*") for t in pq.read_table(path)["text"].to_pylist()]
    assert not any("転載" in text for text in texts)
    return folder / "out"


PHASES = [f"{gather}.{step}" for gather in ("dedup_near", "dedup_passages") for step in ("sketch", "link", "settle")]


def some_slow(every: list[tuple[str, str]], *soon: tuple[str, str]) -> list[Any]:
    """Each takes some seconds: a few always run."""
    return [pytest.param(*one, marks=() if one in soon else pytest.mark.slow) for one in every]


@pytest.mark.parametrize(
    ("phase", "how"),
    some_slow(
        [(phase, how) for phase in PHASES for how in ("before", "after")],
        ("dedup_near.link", "before"),
        ("dedup_passages.settle", "after"),
    ),
)
def test_a_gather_killed_in_any_phase_goes_on_to_the_same_bytes(
    both: list[list[Path]], golden: Path, tmp_path: Path, phase: str, how: str
) -> None:
    settings, inputs, out = config(tmp_path, both[0][0], *GATHERS), [*both[0], *both[1]], tmp_path / "out"
    killed = subprocess.run(
        wabun_command(*command(settings, inputs, out, workers=1)),
        cwd=ROOT,
        env=os.environ | saboteur(tmp_path / "sabotage", how, f"-{phase}/000"),
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    assert killed.returncode < 0
    assert (tmp_path / "sabotage" / "struck").exists()
    assert bool(list(out.glob(f"data/*-{phase}/0*.parquet"))) == (how == "after")
    ran(settings, inputs, out)
    assert result_of(out) == result_of(golden)
    assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("phase", "how"), some_slow([(phase, "full") for phase in PHASES], ("dedup_near.settle", "full"))
)
def test_a_full_disk_in_a_gather_is_named_and_the_run_goes_on_when_there_is_room(
    both: list[list[Path]], golden: Path, tmp_path: Path, phase: str, how: str
) -> None:
    settings, inputs, out = config(tmp_path, both[0][0], *GATHERS), [*both[0], *both[1]], tmp_path / "out"
    failed = wabun(*command(settings, inputs, out), **saboteur(tmp_path / "sabotage", how, f"-{phase}/.000"))
    assert failed.returncode == 3
    assert "the disk is full; free some room and run the same command again" in failed.stderr
    assert not list(out.glob(f"data/*-{phase}/*"))
    ran(settings, inputs, out)
    assert result_of(out) == result_of(golden)


@pytest.mark.parametrize(
    ("how", "place"),
    some_slow(
        [("before", ".settle/000"), ("after", ".settle/000"), ("before", "index/2024-b"), ("full", "2024-b~")],
        ("before", "index/2024-b"),
    ),
)
def test_an_index_is_whole_after_a_kill_and_on_a_full_disk(
    both: list[list[Path]], indexed: Path, tmp_path: Path, how: str, place: str
) -> None:
    index = tmp_path / "index"
    shutil.copytree(indexed / "index" / "2024-a", index / "2024-a")
    subprocess.run(
        wabun_command(*command(near(tmp_path, "b", both), both[1], tmp_path / "b")),
        cwd=ROOT,
        env=os.environ | saboteur(tmp_path / "sabotage", how, place),
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    assert (tmp_path / "sabotage" / "struck").exists()
    assert not (tmp_path / "b" / "stats.json").exists()
    assert wabun("dumps", index, "--verify").returncode == 0
    ran(near(tmp_path, "b", both), both[1], tmp_path / "b")
    assert fates(tmp_path / "b") == fates(indexed / "b")
    written = {path.relative_to(index): path.read_bytes() for path in index.rglob("*") if path.is_file()}
    expected = indexed / "index"
    assert written == {path.relative_to(expected): path.read_bytes() for path in expected.rglob("*") if path.is_file()}
