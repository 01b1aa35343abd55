from pathlib import Path

import pytest

from pipeline.config import CONFIGS, find_config, load_config
from pipeline.errors import ConfigError


def problems_of(tmp_path: Path, text: str, *overrides: str) -> list[str]:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides)
    return [problem.replace(str(tmp_path) + "/", "") for problem in caught.value.problems]


def test_every_problem_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        "keep_droped: all\nstages:\n  read:\n    select: byte\n    max_page_bytes: much\n"
        "  decod:\n  decode:\n    max_replacement_fraction: 1.5\n",
    )
    assert found[0] == "x.yaml:1: keep_droped: unknown option; did you mean keep_dropped?"
    assert found[1].startswith("x.yaml:4: read.select: 'byte' is not bytes|cld2|all: expected")
    assert found[2].startswith("x.yaml:5: read.max_page_bytes: 'much' is not bytes")
    assert found[3] == "x.yaml:6: decod: unknown stage; did you mean decode?"
    assert found[4].startswith(
        "x.yaml:8: decode.max_replacement_fraction: '1.5' is not fraction 0-1: expected less than"
    )
    assert len(found) == 5


def test_an_option_cut_short_is_met_with_the_one_that_was_meant(tmp_path: Path) -> None:
    text = "stages:\n  read:\n  decode:\n    max_replacement: 0.1\n"
    assert problems_of(tmp_path, text) == [
        "x.yaml:4: decode.max_replacement: unknown option; did you mean max_replacement_fraction?"
    ]


def test_a_key_that_stands_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    text = "stages:\n  read:\n    select: all\n    select: bytes\n  decode:\n  decode:\nname: a\nname: b\n"
    assert sorted(problems_of(tmp_path, text)) == [
        "x.yaml:4: read.select: stands twice; first on line 3",
        "x.yaml:6: stages.decode: stands twice; first on line 5",
        "x.yaml:8: name: stands twice; first on line 7",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stages: [read\n", "x.yaml:2: is not YAML: "),
        ("- read\n", "x.yaml:1: a config: expected a mapping"),
        ("stages:\n  - read\n", "x.yaml:2: stages: expected a mapping"),
        ("stages:\n  read: 3\n", "x.yaml:2: read: expected a mapping"),
        ("name: x\n", "x.yaml: stages: a config names at least a source"),
        ("stages:\n  decode:\n", "x.yaml:2: decode: cannot stand first: a source does"),
        (
            "stages:\n  read:\n  language:\n",
            "x.yaml:3: language: reads the column text, which no stage before it writes",
        ),
        ("name: true\nstages:\n  read:\n", "x.yaml:1: name: 'true' is not text"),
        ("seed: 1.5\nstages:\n  read:\n", "x.yaml:1: seed: '1.5' is not count"),
        ("seed: true\nstages:\n  read:\n", "x.yaml:1: seed: 'true' is not count"),
    ],
)
def test_what_cannot_be_a_config_is_told_where(tmp_path: Path, text: str, told: str) -> None:
    assert problems_of(tmp_path, text)[0].startswith(told)


def test_an_override_is_checked_like_the_file_and_told_by_its_key(tmp_path: Path) -> None:
    text = "stages:\n  read:\n  decode:\n"
    assert problems_of(tmp_path, text, "decode.max_replacement_fraction=2", "reed.select=all", "sed=1", "nonsense") == [
        "--set: reed.select: the config has no stage reed; did you mean read?",
        "--set: nonsense: expected KEY=VALUE, as in quality.min_characters=300",
        "--set: sed: unknown option; did you mean seed?",
        "--set: decode.max_replacement_fraction: '2' is not fraction 0-1: expected less than or equal to 1",
    ]


def test_an_override_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("seed: 1\nstages:\n  read: {select: all}\n")
    config = load_config(path, ["seed=7", "read.select=bytes"])
    assert config.settings.seed == 7
    assert vars(config.stages[0])["select"] == "bytes"


def test_sizes_are_written_as_people_write_them(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("stages:\n  read: {max_page_bytes: 2MB}\n")
    assert vars(load_config(path).stages[0])["max_page_bytes"] == 2_000_000


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_config(path)


def test_a_config_that_is_nowhere_is_met_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"no such config; those that come with Wabun: .*quickstart"):
        find_config("quickstrat")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_config_that_comes_with_wabun_is_valid(path: Path) -> None:
    assert load_config(path).stages


def test_an_unknown_preset_is_met_with_the_one_that_was_meant(tmp_path: Path) -> None:
    text = "stages:\n  read:\n  decode:\n  extract:\n  ng_words:\n  signals:\n  quality: {preset: swallow-v3}\n"
    assert problems_of(tmp_path, text) == [
        "x.yaml:7: quality.preset: no preset is called 'swallow-v3'; did you mean swallow-v2?"
    ]


def test_an_option_given_beside_a_preset_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "stages:\n  read:\n  decode:\n  extract:\n  ng_words:\n  signals:\n"
        "  quality: {preset: swallow-v1, min_characters: 200}\n"
    )
    quality = vars(load_config(path).stages[-1])
    assert quality["min_characters"] == 200
    assert quality["min_hiragana_fraction"] == 0.2
