from pathlib import Path

import pytest

from pipeline.config import CONFIGS
from pipeline.errors import ConfigError
from pipeline.options import options_of
from pipeline.site import Site, find_site, load_site

SHIPPED = sorted((CONFIGS / "sites").glob("*.toml"))


def problems_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load_site(path)
    return caught.value.problems


def test_every_problem_is_told_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('executor = "slurm"\nquue = "x"\n\nslices = 0\nwall_time = "24h"\n')
    found = problems_of(path)
    assert found[0] == f"{path}:2: quue: unknown key; did you mean queue?"
    assert found[1].startswith(f"{path}:4: slices: ")
    assert found[2].startswith(f"{path}:5: wall_time: ")


def test_a_table_is_an_unknown_key(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("slices = 2\n[slurm]\nqueue = 'x'\n")
    assert problems_of(path)[0].startswith(f"{path}:2: slurm: unknown key")


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("slices = 2\nqueue = \n")
    assert problems_of(path)[0].startswith(f"{path}:2: is not TOML")


@pytest.mark.parametrize(("margin", "fits"), [(599, True), (600, False)])
def test_the_margin_leaves_time_to_work(tmp_path: Path, margin: int, fits: bool) -> None:
    path = tmp_path / "site.toml"
    path.write_text(f'wall_time = "00:10:00"\nmargin_seconds = {margin}\n')
    if fits:
        assert load_site(path).time_budget == 1
    else:
        assert "no time is left" in problems_of(path)[0]


def test_the_command_line_stands_above_the_file() -> None:
    assert load_site(find_site("slurm"), slices=3, procs=None).slices == 3
    assert load_site(find_site("slurm"), slices=3, procs=None).procs == 16


def test_a_site_that_is_none_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="abci, kubernetes-dask, slurm, tsubame"):
        find_site("nowhere")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_site_loads_and_says_what_each_key_means(path: Path) -> None:
    site = load_site(path)
    assert site.executor != "local"
    for line in path.read_text(encoding="utf-8").splitlines():
        key, equals, rest = line.removeprefix("# ").partition(" = ")
        if equals and key in {option.name for option in options_of(Site)} - {"preamble"} and '"""' not in rest:
            assert "#" in rest or line.startswith("# "), f"{path.name}: {key} is not explained"
