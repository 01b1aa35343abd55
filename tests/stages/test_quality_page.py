"""The page of signals and presets says what the code does."""

import re
from pathlib import Path

import pytest
import yaml

from stages.signals import Signals
from stages.words import Words

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "quality.md"
PRESETS = sorted((ROOT / "configs" / "presets" / "quality").glob("*.yaml"))


def signal_table() -> str:
    """Every signal with its meaning and unit."""
    rows = ["| signal | meaning | unit |", "|---|---|---|"]
    for stage in (Signals(), Words()):
        rows += [f"| `{c.name}` | {c.meaning.rstrip(',')} | {c.unit} |" for c in stage.columns_written()]
    return "\n".join(rows)


def preset_table() -> str:
    """Every preset with its number of rules and what it leaves out."""
    rows = ["| preset | rules | left out |", "|---|---|---|"]
    for path in PRESETS:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        number = len(content["options"]) - ("drop_where" in content["options"])
        number += len(content["options"].get("drop_where", ()))
        rows.append(f"| `{path.stem}` | {number} | {' '.join(content['left_out'])} |")
    return "\n".join(rows)


@pytest.mark.parametrize(("mark", "table"), [("signals", signal_table()), ("presets", preset_table())])
def test_the_tables_of_the_page_are_those_of_the_code(mark: str, table: str) -> None:
    found = re.search(f"<!-- {mark} -->\n(.*?)\n<!-- /{mark} -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"docs/quality.md has no table marked {mark}"
    assert found[1] == table, f"paste this between the marks {mark} of docs/quality.md:\n{table}"
