"""The option tables of the README, made from the stages' own lines: `python -m tests.option_tables [--write]`."""

import sys
from pathlib import Path

from pipeline.commands.staging import first_line, shape_of
from pipeline.config import Settings
from pipeline.options import Option, options_of
from pipeline.stage import stage_class, stage_names

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"


def option_tables() -> str:
    """Every option there is, a table per stage."""
    parts = [
        "<details><summary><b>top level</b>: inputs, output, shards</summary>\n",
        table(options_of(Settings)),
        "</details>\n",
    ]
    for name in stage_names():
        declared = stage_class(name)
        parts.append(f"<details><summary><b>{name}</b> ({shape_of(declared)}): {first_line(declared)}</summary>\n")
        parts.append(table(options_of(declared)) if options_of(declared) else "No options.\n")
        parts.append("</details>\n")
    return "\n".join(parts)


def table(options: tuple[Option, ...]) -> str:
    """The options as Markdown."""
    rows = [f"| `{o.name}` | {escaped(o.kind)} | `{o.shown_default}` | {escaped(o.meaning)} |" for o in options]
    return "\n".join(["| option | kind | default | meaning |", "|---|---|---|---|", *rows]) + "\n"


def escaped(text: str) -> str:
    """The text within a cell."""
    return text.replace("|", "\\|")


def with_tables(readme: str) -> str:
    """The README with its tables fresh."""
    before, _, rest = readme.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{option_tables()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    fresh = with_tables(README.read_text(encoding="utf-8"))
    if "--write" in sys.argv:
        README.write_text(fresh, encoding="utf-8")
    else:
        print(option_tables())
