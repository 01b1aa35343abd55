"""Decisions by thresholds: on both sides of each, with every reason, from signals alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml

from pipeline.config import config_of
from stages.quality import Quality, rules
from stages.signals import Signals

PRESETS = Path(__file__).resolve().parents[2] / "configs" / "presets" / "quality"
NAMES = sorted(path.stem for path in PRESETS.glob("*.yaml"))
OTHER_STAGES = {"link_fraction", "ng_fraction"}


def decided(quality: Quality, **signals: list[float | None]) -> pa.RecordBatch:
    return quality.apply(pa.record_batch({name: pa.array(values) for name, values in signals.items()}))


def reasons(quality: Quality, **signals: list[float | None]) -> list[str | None]:
    return decided(quality, **signals).column("drop_reason").to_pylist()


def preset(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((PRESETS / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("option", list(rules()))
def test_a_threshold_is_kept_at_its_value_and_falls_beyond_it(option: str) -> None:
    is_count = not option.endswith(("_fraction", "_ratio", "_words"))
    threshold: float = 7 if is_count else 0.2
    (bound,) = Quality(**{option: threshold}).bounds()
    beyond = np.nextafter(threshold, 0 if bound.is_least else 9)
    within = np.nextafter(threshold, 9 if bound.is_least else 0)
    found = reasons(Quality(**{option: threshold}), **{bound.signal: [within, threshold, beyond, None]})
    at_threshold = bound.reason if rules()[option].falls_at_threshold else None
    assert found == [None, at_threshold, bound.reason, None]


def test_every_reason_names_one_rule_only() -> None:
    named = [rule.reason for rule in rules().values()]
    assert len(set(named)) == len(named)


def test_every_rule_bounds_a_signal_that_some_stage_measures() -> None:
    measured = {column.name for column in Signals().columns_written()} | OTHER_STAGES
    every = Quality(**dict.fromkeys(rules(), 1))
    assert set(every.columns_read()) <= measured


def test_all_failing_rules_are_recorded_and_the_first_is_the_reason() -> None:
    quality = Quality(min_hiragana_fraction=0.2, max_katakana_fraction=0.5, min_characters=400)
    found = decided(
        quality,
        num_characters=[400, 399, 400],
        hiragana_fraction=[0.2, 0.1, 0.1],
        katakana_fraction=[0.5, 0.6, 0.6],
    )
    assert found.column("failed_rules").to_pylist() == [
        [],
        ["too_short", "too_little_hiragana", "too_much_katakana"],
        ["too_little_hiragana", "too_much_katakana"],
    ]
    assert found.column("drop_reason").to_pylist() == [None, "too_short", "too_little_hiragana"]


def test_only_the_signals_of_the_set_rules_are_read() -> None:
    assert Quality(min_characters=1, max_characters=9, max_run_characters=3).columns_read() == (
        "num_characters",
        "max_run_characters",
    )
    assert "text" not in Quality(**preset("swallow-v1")["options"]).columns_read()


def test_without_a_rule_everything_is_kept() -> None:
    assert reasons(Quality(), num_characters=[0, 5]) == [None, None]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_says_where_it_comes_from_and_what_it_leaves_out(name: str) -> None:
    content = preset(name)
    assert set(content) == {"source", "left_out", "options"}
    assert len(content["source"]) > 40
    assert content["left_out"] and all(len(line) > 20 for line in content["left_out"])
    assert set(content["options"]) <= set(rules()) | {"rules"}


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_taken_by_the_config_and_gives_way_to_what_is_set_beside_it(name: str) -> None:
    before = ("read", "decode", "extract", "ng_words", "signals")
    stages = [*((stage, {}) for stage in before), ("quality", {"preset": name, "min_characters": 7})]
    stage = config_of(stages, "test").stages[-1]
    assert isinstance(stage, Quality)
    assert stage.min_characters == 7
    expected = preset(name)["options"] | {"min_characters": 7}
    assert {option: getattr(stage, option) for option in expected} == expected


def test_swallow_v1_drops_by_its_published_thresholds() -> None:
    quality = Quality(**preset("swallow-v1")["options"])
    thresholds = {bound.option: bound.threshold for bound in quality.bounds()}
    assert len(thresholds) == 23
    assert thresholds["max_duplicate_10gram_fraction"] == 0.10
    fine = {bound.signal: [bound.threshold] for bound in quality.bounds() if bound.signal != "ng_fraction"}
    assert reasons(quality, **fine, ng_fraction=[0.0499]) == [None]
    assert reasons(quality, **fine, ng_fraction=[0.05]) == ["ng_words"]
