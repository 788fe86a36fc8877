"""Imports go one way: down through the layers of ARCHITECTURE.md, and never in a ring."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "eprom_verify"

LAYERS = {
    "ground": "errors locations clock interrupting serving line contract exchange persons environments masking "
    "toml_lines tls network network_kinds",
    "journal": "journal",
    "ends": "simulator bestillersystem",
    "drivers": "drivers",
    "rig": "config config_sections config_problems keys rig taps wiring",
    "checks": "checks",
    "verdict": "verdict",
    "report": "report",
    "runner": "runner",
    "handover": "handover",
    "top": "plugin standalone listening faults matrix usage_words attesting setup preflight cli start",
}
"""From the bottom up."""

HEIGHT = {part: height for height, parts in enumerate(LAYERS.values()) for part in parts.split()}
ONLY = {"verdict": "ground verdict", "report": "ground journal verdict report"}


def imports() -> dict[str, set[str]]:
    """Every module and what it imports of ours when it is run; what stands under TYPE_CHECKING is not."""
    files = [path for path in PACKAGE.rglob("*.py") if "_suite" not in path.parts]
    found = {name_of(path): set(imported(ast.parse(path.read_text("utf-8")))) - {name_of(path)} for path in files}
    # A module of another package brings that package's __init__ with it.
    return {module: names | {part(n) for n in names if part(n) != part(module)} for module, names in found.items()}


def offending(wrong: Callable[[str, str], bool]) -> list[str]:
    """The imports that are wrong, told the importing part and the imported one."""
    return [f"{m} imports {i}" for m, found in imports().items() for i in found if wrong(part(m), part(i))]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        base, _, module = (node.module or "").partition(".")
        names = [f"{module}.{alias.name}".lstrip(".") for alias in node.names] if base == "eprom_verify" else []
        yield from (name if exists(name) else module for name in names)
    elif isinstance(node, ast.Import):
        yield from (a.name.removeprefix("eprom_verify.") for a in node.names if a.name.startswith("eprom_verify."))
    for child in ast.iter_child_nodes(node):
        yield from imported(child)


def exists(module: str) -> bool:
    path = PACKAGE.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def part(module: str) -> str:
    return module.partition(".")[0]


def test_every_module_has_a_layer() -> None:
    assert {part(module) for module in imports()} - {"__init__"} == set(HEIGHT)


def test_imports_go_down() -> None:
    assert offending(lambda importing, imported: HEIGHT[imported] > HEIGHT[importing]) == []


def test_ends_stay_apart() -> None:
    ends = {"simulator", "bestillersystem"}
    assert offending(lambda importing, imported: {importing, imported} == ends) == []


def test_reports_read_results_alone() -> None:
    allowed = {name: {p for layer in layers.split() for p in LAYERS[layer].split()} for name, layers in ONLY.items()}
    assert offending(lambda importing, imported: imported not in allowed.get(importing, HEIGHT)) == []


def test_no_ring() -> None:
    TopologicalSorter(imports()).prepare()


def test_modules_are_short() -> None:
    lines = {name_of(path): path.read_text("utf-8").count("\n") for path in PACKAGE.rglob("*.py")}
    assert [name for name, count in lines.items() if count > 400] == []
