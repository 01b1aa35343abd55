"""What the README, CONTRIBUTING and the docs say, done."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline.cli import cli
from tests.factories import ROOT, config_file, sample_warc, wabun
from tests.option_tables import with_tables

README = (ROOT / "README.md").read_text(encoding="utf-8")
README_JA = (ROOT / "README.ja.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """The fenced blocks of a Markdown text, without their indentation."""
    found = re.findall(r"^( *)```\w*\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]


def commands(text: str) -> list[str]:
    """The lines of a text's blocks that begin with `wabun`, without comments."""
    lines = [line for block in blocks(text) for line in block.splitlines()]
    return [re.split(r"\s{2,}|\s#", line)[0] for line in lines if line.startswith("wabun ")]


def test_the_first_command_runs_the_main_job_and_prints_the_funnel_shown(tmp_path: Path) -> None:
    assert "pip install . && wabun run quickstart" in blocks(README)
    done = wabun("run", "quickstart", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    printed = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
    shown = [line.rstrip() for line in blocks(README)[2].splitlines() if line.strip()]
    assert shown[:-1] == printed[:-1]
    again = wabun("run", "quickstart", cwd=tmp_path)
    assert "everything is done already" in again.stderr


def test_the_second_command_is_what_ci_runs() -> None:
    assert "pip install -e '.[test]' && pytest -n auto" in blocks(README)
    script = (ROOT / ".ci" / "run").read_text()
    assert "pip install --quiet -e '.[test]'" in script
    assert script.rstrip().endswith("\npytest -n auto")


def test_both_readmes_give_the_same_two_commands() -> None:
    assert blocks(README)[:2] == blocks(README_JA)[:2]


def test_the_option_tables_are_those_of_the_stages() -> None:
    assert with_tables(README) == README, "refresh them: python -m tests.option_tables --write"


@pytest.mark.parametrize("line", commands(README) + commands(README_JA))
def test_every_command_shown_exists_with_its_options(line: str) -> None:
    _, name, *rest = shlex.split(line.replace("[NAME]", "").replace("…", ""))
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, f"there is no wabun {name}"
    known = {flag for parameter in command.params for flag in parameter.opts}
    if isinstance(command, click.Group):
        known |= {"-o"}
    assert {word.partition("=")[0] for word in rest if word.startswith("-")} <= known


def test_every_link_leads_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_a_stage_is_added_in_four_steps(tmp_path: Path) -> None:
    house = tmp_path / "house"
    for top in ("pipeline", "stages", "configs", "tests"):
        shutil.copytree(ROOT / top, house / top, ignore=shutil.ignore_patterns("__pycache__"))
    (house / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())

    def there(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = wabun(*arguments, house=house, cwd=tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
        assert done.returncode == 0, done.stderr
        return done

    [code] = [block for block in blocks(CONTRIBUTING) if "class Exclamations" in block]
    (house / "stages" / "exclamations.py").write_text(code, encoding="utf-8")  # 1
    described = json.loads(there("stages", "exclamations", "--json").stdout)  # 2
    assert described["does"] == "Drop documents that shout."
    assert described["options"] == [
        {"option": "max_exclamations", "kind": "count", "default": "10", "meaning": "most exclamation marks kept"}
    ]
    warc = sample_warc(tmp_path / "a.warc.gz", pages=60)
    alone = there("stage", "exclamations", warc, "-o", tmp_path / "alone", "--max-exclamations", "0", "--json")
    assert json.loads(alone.stdout)["stages"][-1]["dropped"]["too_loud"] > 0
    config = config_file(tmp_path, ["read", "decode", "extract", "exclamations: {max_exclamations: 5}"])  # 3
    there("run", config, "-i", warc, "-o", tmp_path / "out")
    contract = subprocess.run(  # 4
        [sys.executable, "-m", "pytest", "-q", "tests/test_contract.py", "-k", "exclamations"],
        cwd=house,
        env=os.environ | {"PYTHONPATH": str(house), "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in contract.stdout, contract.stdout
