import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = [  # from the roof down: a module may import from its own floor's folder and from floors below
    {"pipeline.cli"},
    {"pipeline.commands"},
    {"pipeline.submission", "pipeline.watch"},
    {"pipeline.executors", "pipeline.inspection", "pipeline.decisions", "pipeline.preflight", "pipeline.display"},
    {"pipeline.worker", "pipeline.rank_process", "pipeline.warm", "pipeline.warmed"},
    {"pipeline.ranks"},
    {"pipeline.flow", "pipeline.layers", "pipeline.lineage", "pipeline.sketches", "pipeline.card", "pipeline.manifest"},
    {"pipeline.plan", "pipeline.plan_tables", "pipeline.site"},
    {"pipeline.config", "pipeline.index"},
    {"pipeline.inputs", "pipeline.options", "pipeline.statistics", "pipeline.terminal"},
    {"pipeline.network"},
    {"pipeline.stage", "pipeline.storage"},
    {"pipeline.schema", "pipeline.errors", "pipeline.tally"},
]
"""The house from the roof down; an arrow never goes up."""


def modules() -> dict[str, Path]:
    found = {}
    for top in ("pipeline", "stages"):
        for path in (ROOT / top).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {
                f"{node.module}.{a.name}" if f"{node.module}.{a.name}" in known else node.module for a in node.names
            }
    return {name for name in names if name.split(".")[0] in ("pipeline", "stages")}


MODULES = modules()
ARROWS = {name: imports(path, MODULES) - {name} for name, path in MODULES.items()}


def floor(module: str) -> int:
    for number, rooms in enumerate(FLOORS):
        if any(module == room or module.startswith(room + ".") for room in rooms):
            return number
    raise AssertionError(f"{module} stands on no floor: give it one in FLOORS")


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("pipeline.")))
def test_arrows_in_the_machine_run_down_only(module: str) -> None:
    up = [to for to in ARROWS[module] if to.startswith("pipeline.") and floor(to) < floor(module)]
    assert not up, f"{module} imports from a floor above it: {up}"


def is_stage(module: str) -> bool:
    return module.startswith("stages.") and module.count(".") == 1 and MODULES[module].name != "__init__.py"


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("stages.")))
def test_a_stage_knows_the_machine_only_by_its_shapes_and_schema(module: str) -> None:
    allowed = {"pipeline.stage", "pipeline.schema", "pipeline.errors"} if is_stage(module) else set()
    if module.startswith("stages.dedup."):  # what the deduplicating stages share; its index is a folder of whole files
        allowed = {"pipeline.stage", "pipeline.errors", "pipeline.storage"}
    up = [to for to in ARROWS[module] if to.startswith("pipeline") and to not in allowed]
    assert not up, f"{module} reaches up into the machine: {up}"


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("stages.")))
def test_no_stage_and_no_kernel_imports_a_stage(module: str) -> None:
    assert not {to for to in ARROWS[module] if to in MODULES and is_stage(to)}


def test_there_is_no_circle() -> None:
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, f"circle: {' → '.join((*way[way.index(module) :], module))}"
        if module not in done:
            for to in ARROWS.get(module, set()):
                visit(to, (*way, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


def test_the_machine_knows_no_stage_by_name() -> None:
    stages = {name for name in MODULES if name.startswith("stages.")}
    named = {m: ARROWS[m] & stages for m in MODULES if m.startswith("pipeline.") and ARROWS[m] & stages}
    doors = {
        "pipeline.commands.sampling": {"stages.sample"},
        "pipeline.commands.dumps": {"stages.dedup.index", "stages.dedup.upkeep"},
    }
    strange = {module: names - doors.get(module, set()) for module, names in named.items()}
    assert not any(strange.values()), f"only these commands may name a package of stages, each its own: {strange}"
