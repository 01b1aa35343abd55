"""The commands that look into a result, and those about single stages, on one small run."""

import json
import shutil
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from pipeline.cli import cli
from pipeline.errors import WabunError
from pipeline.stage import stage_names
from tests.factories import ROOT, sample_warc, wabun


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_warc(tmp_path_factory.mktemp("in") / "a.warc.gz", pages=120)


@pytest.fixture(scope="module")
def out(warc: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "out"
    done = wabun("run", ROOT / "configs/quickstart.yaml", "-i", warc, "-o", folder, "-w", "2")
    assert done.returncode == 0, done.stderr
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def commands(
    group: click.Command, context: click.Context, path: tuple[str, ...] = ()
) -> list[tuple[str, click.Command]]:
    found = [(" ".join(path), group)]
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found += commands(command, context, (*path, name))
    return found


EVERY = commands(cli, click.Context(cli))


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[path or "wabun" for path, _ in EVERY])
def test_every_command_and_every_option_says_what_it_does(path: str, command: click.Command) -> None:
    assert command.help, f"wabun {path} has no help"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"wabun {path} {parameter.opts[0]} has no help"
    for flag in ("-h", "--help"):
        told = run(*path.split(), flag)
        assert told.exit_code == 0
        assert "Usage:" in told.output


def test_the_funnel_is_shown_and_given_as_json(out: Path) -> None:
    assert "quality" in run("stats", out).output
    assert json.loads(run("stats", out, "--json").output) == json.loads((out / "stats.json").read_text())


def test_status_counts_every_rank_as_done(out: Path) -> None:
    rows = json.loads(run("status", out, "--json").output)
    assert rows[0]["plan"] == "00-read"
    assert all(row["done"] == row["ranks"] > 0 and not row["missing"] for row in rows)
    assert "00-read" in run("status", out).output


def test_show_is_the_same_for_a_seed_and_another_for_another(out: Path) -> None:
    shown = [run("show", out, "-n", "2", "--seed", seed, "--json").output for seed in (1, 1, 2)]
    assert shown[0] == shown[1] != shown[2]
    assert {"url", "title", "text", "charset"} <= set(json.loads(shown[0].splitlines()[0]))


def test_show_says_why_a_document_fell(out: Path) -> None:
    told = run("show", out, "--dropped", "near_duplicate", "-n", "1")
    assert "fell: near_duplicate (dedup_near)" in told.output
    assert run("show", out, "--dropped").exit_code == 0


def test_show_names_a_reason_that_nobody_fell_for(out: Path) -> None:
    done = run("show", out, "--dropped", "too_shrot")
    assert isinstance(done.exception, WabunError)
    assert "no document that fell for too_shrot" in str(done.exception)


def url_of(out: Path, place: str, reason: str | None = None) -> str:
    for path in sorted((out / place).glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            if reason is None or row["drop_reason"] == reason:
                return str(row["url"])
    raise AssertionError(f"no document in {place} for {reason}")


def test_explain_tells_the_life_of_a_kept_page(out: Path) -> None:
    told = run("explain", out, url_of(out, "shards")).output
    assert "→ in the corpus" in told
    assert "hiragana_fraction: " in told


def test_explain_names_the_rule_its_value_and_its_threshold(out: Path) -> None:
    told = run("explain", out, url_of(out, "dropped", "too_short")).output
    assert "quality: fell" in told
    assert "not in the corpus: too_short, decided by quality" in told
    assert "min_characters" in told


def test_explain_names_the_document_that_stands_for_a_duplicate(out: Path) -> None:
    told = run("explain", out, url_of(out, "dropped", "near_duplicate")).output
    assert "stands for it" in told


def test_explain_reads_the_inputs_again_for_a_page_that_fell_before_it_was_stored(out: Path, warc: Path) -> None:
    from pipeline.inputs import resolve_inputs
    from pipeline.stage import Source, Tally
    from stages.read import Read

    every: Source = Read(select="all")
    urls = [u for b in every.read(resolve_inputs([str(warc)])[0], Tally()) for u in b.column("url").to_pylist()]
    known = {row["url"] for path in out.glob("data/00-*/*") for row in pq.read_table(path).to_pylist()}
    url = next(url for url in urls if url not in known)
    for kept in out.glob("dropped/read-*"):
        known |= set(pq.read_table(kept)["url"].to_pylist())
    told = run("explain", out, url, "--scan")
    assert told.exit_code == 0
    assert "read: fell" in told.output


def test_explain_says_what_to_do_for_a_page_that_is_nowhere(out: Path) -> None:
    done = run("explain", out, "https://nowhere.example/")
    assert "`--scan` reads them again" in str(done.exception)
    assert "no input holds it" in str(run("explain", out, "https://nowhere.example/", "--scan").exception)


def test_what_could_steer_a_terminal_is_not_printed(out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    shutil.copytree(out, copy)
    [path, *_] = sorted((copy / "shards").glob("*"))
    table = pq.read_table(path)
    place = table.schema.get_field_index("text")
    hostile = table.set_column(place, table.schema.field(place), [["\x1b[2J危険\u202e"] * len(table)])
    for other in (copy / "shards").glob("*"):
        pq.write_table(hostile, other)
    told = run("show", copy).output
    assert "危険" in told
    assert "\x1b[2J" not in told
    assert "\u202e" not in told


def test_verify_finds_nothing_in_a_whole_result(out: Path) -> None:
    assert run("verify", out).exit_code == 0
    assert run("verify", out, "--all").exit_code == 0


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes, the file holds"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9] + b"X" + path.read_bytes()[-8:]), "its SHA-256 is"),
        (lambda path: path.unlink(), "is missing; run again"),
        (lambda path: pq.write_table(pq.read_table(path).slice(1), path), "documents, the file holds"),
        (lambda path: pq.write_table(pq.read_table(path).drop_columns(["url"]), path), "its columns differ"),
        (lambda path: shutil.copy(path, path.with_name("part-9.parquet")), "no manifest names this file"),
    ],
)
def test_verify_tells_every_difference_and_exits_non_zero(out: Path, tmp_path: Path, harm: object, told: str) -> None:
    copy = tmp_path / "out"
    shutil.copytree(out, copy)
    assert callable(harm)
    harm(min((copy / "shards").glob("*")))
    done = run("verify", copy)
    assert done.exit_code == 1
    assert told in done.output


def test_a_harmed_shard_is_made_again_by_the_same_command(out: Path, warc: Path, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    shutil.copytree(out, copy)
    harmed = min((copy / "shards").glob("*"))
    harmed.unlink()
    next(copy.glob("plans/*-shards/done/*")).unlink()
    assert wabun("run", ROOT / "configs/quickstart.yaml", "-i", warc, "-o", copy).returncode == 0
    assert harmed.read_bytes() == (out / "shards" / harmed.name).read_bytes()


def test_every_stage_is_listed_and_described() -> None:
    listed = json.loads(run("stages", "--json").output)
    assert [row["stage"] for row in listed] == list(stage_names())
    assert run("stages").exit_code == 0
    for name in stage_names():
        assert json.loads(run("stages", name, "--json").output)["stage"] == name
        assert run("stages", name).exit_code == 0


def test_a_stage_that_is_none_is_told() -> None:
    assert "there is no such stage" in str(run("stages", "qualitty").exception)
    assert "there is no such stage" in str(run("stage", "qualitty", "x").exception)


def test_a_stage_alone_runs_over_parquet(out: Path, tmp_path: Path) -> None:
    shard = min((out / "shards").glob("*"))
    done = wabun("stage", "quality", shard, "-o", tmp_path / "out", "--min-characters", "600", "--json")
    assert done.returncode == 0, done.stderr
    stages = json.loads(done.stdout)["stages"]
    lengths = pq.read_table(shard)["num_characters"].to_pylist()
    assert stages[1]["stage"] == "quality"
    assert stages[1]["kept"] == sum(length >= 600 for length in lengths)
    assert 0 < stages[1]["kept"] < len(lengths)


def test_a_gather_alone_runs_over_parquet(out: Path, tmp_path: Path) -> None:
    shard = min((out / "shards").glob("*"))
    twin = shutil.copy(shard, tmp_path / "twin.parquet")
    done = wabun("stage", "dedup_exact", shard, twin, "-o", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["stages"][1]
    assert counts["kept"] * 2 == counts["documents_in"]


def test_a_stage_alone_runs_over_warc_behind_the_stages_it_needs(warc: Path, tmp_path: Path) -> None:
    done = wabun("stage", "language", warc, "-o", tmp_path / "out", "--json", "--min-score", "0.5")
    assert done.returncode == 0, done.stderr
    assert [s["stage"] for s in json.loads(done.stdout)["stages"]] == ["read", "decode", "extract", "language"]


def test_a_stages_option_is_checked_like_a_configs(out: Path, tmp_path: Path) -> None:
    shard = min((out / "shards").glob("*"))
    done = wabun("stage", "quality", shard, "-o", tmp_path / "out", "--min-hiragana-fraction", "2")
    assert done.returncode == 2
    assert "quality.min_hiragana_fraction: '2' is not fraction 0-1" in done.stderr


def test_the_sample_is_the_same_for_a_seed(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run("sample", tmp_path / f"{name}.warc.gz", "--pages", "20", "--seed", seed).exit_code == 0
    a, b, c = ((tmp_path / f"{name}.warc.gz").read_bytes() for name in "abc")
    assert a == b != c


def test_a_folder_that_is_no_result_is_told(tmp_path: Path) -> None:
    for command in ("status", "stats", "show", "verify"):
        assert isinstance(run(command, tmp_path).exception, WabunError)
