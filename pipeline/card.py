"""The dataset card: what the corpus is made from and how, written from its lineage."""

from collections.abc import Sequence
from typing import Any

import yaml

from pipeline.plan import Kind, Plan


def dataset_card(name: str, plans: Sequence[Plan], statistics: dict[str, Any]) -> str:
    """The card as Markdown: how to load, the funnel, the config, the inputs, the licences of models used."""
    documents = sum(shard["rows"] for shard in statistics["shards"])
    characters = sum(shard.get("characters", 0) for shard in statistics["shards"])
    chain = [stage for plan in plans if plan.kind in (Kind.DOCUMENTS, Kind.LAYER) for stage in plan.built_stages()]
    config = {
        stage: options for plan in plans if plan.kind in (Kind.DOCUMENTS, Kind.LAYER) for stage, options in plan.stages
    }
    licences = list(dict.fromkeys(line for stage in chain for line in stage.licences()))
    inputs = [item["name"] for plan in plans if plan.kind is Kind.DOCUMENTS for rank in plan.inputs for item in rank]
    lines = [
        "---",
        "language: [ja]",
        "configs:",
        "  - config_name: default",
        "    data_files: shards/*.parquet",
        "---",
        f"# {name}",
        "",
        f"{documents:,} documents, {characters:,} characters, in {len(statistics['shards'])} Parquet shards.",
        "",
        "## Load",
        "",
        "```python",
        "from datasets import load_dataset",
        'corpus = load_dataset("parquet", data_files="shards/*.parquet", split="train")',
        "```",
        "",
        "```sql",
        "SELECT url, text FROM 'shards/*.parquet' LIMIT 10;  -- DuckDB",
        "```",
        "",
        "## Funnel",
        "",
        *funnel_table(statistics["stages"]),
        "",
        "## Made from",
        "",
        *[f"- `{item}`" for item in inputs[:100]],
        *([f"- and {len(inputs) - 100:,} more"] if len(inputs) > 100 else []),
        "",
        "The pages belong to their authors; the column `url` names where each came from.",
        "",
        "## Models and lists",
        "",
        *([f"- {line}" for line in licences] or ["None."]),
        "",
        "## Config",
        "",
        "```yaml",
        yaml.safe_dump(config, allow_unicode=True, sort_keys=False, width=120).rstrip(),
        "```",
        "",
    ]
    return "\n".join(lines)


def funnel_table(stages: Sequence[dict[str, Any]]) -> list[str]:
    """The funnel as the lines of a Markdown table."""
    lines = ["| stage | in | kept | share | dropped, by reason |", "|---|---:|---:|---:|---|"]
    for stage in stages:
        share = stage["kept"] / stage["documents_in"] if stage["documents_in"] else 0.0
        most = sorted(stage["dropped"].items(), key=lambda entry: (-entry[1], entry[0]))
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in most)
        lines.append(f"| {stage['stage']} | {stage['documents_in']:,} | {stage['kept']:,} | {share:.1%} | {reasons} |")
    return lines
