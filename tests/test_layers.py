"""The arrows of the architecture: dashboard -> pipelines -> expectations, never back."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# folder or file -> modules it must never import, at its top or inside a function
FORBIDDEN = {
    "expectations": {"dashboard", "pipelines", "streamlit", "plotly"},
    "pipelines": {"dashboard", "streamlit"},
    "pipelines/errors.py": {"pipelines", "expectations"},
    "pipelines/sources": {
        "expectations", "pipelines.promises", "pipelines.metrics", "pipelines.marts",
        "pipelines.lake", "pipelines.conform", "pipelines.problems", "pipelines.operators",
        "pipelines.reports",
    },
    "pipelines/cleaning": {
        "expectations", "pipelines.sources", "pipelines.promises", "pipelines.metrics",
        "pipelines.marts", "pipelines.lake", "pipelines.conform", "pipelines.reports",
    },
    "pipelines/reference": {
        # of expectations the words of the logs only
        "expectations.rule", "expectations.rules", "expectations.suites",
        "expectations.validation", "expectations.lake", "pipelines.sources", "pipelines.metrics",
        "pipelines.marts", "pipelines.conform", "pipelines.promises", "pipelines.reports",
    },
    "pipelines/promises": {
        "expectations", "pipelines.sources", "pipelines.cleaning", "pipelines.metrics",
        "pipelines.marts", "pipelines.reports",
    },
    "pipelines/metrics": {
        "expectations", "pipelines.sources", "pipelines.cleaning", "pipelines.conform",
        "pipelines.ingest", "pipelines.stage", "pipelines.reports", "plotly",
    },
    "pipelines/simulator": {
        # it writes logs as any hotline would: what it knows of promises would prove itself
        "expectations", "pipelines.promises", "pipelines.metrics", "pipelines.marts",
        "pipelines.conform", "pipelines.lake",
    },
    "dashboard": {"duckdb", "sqlite3", "great_expectations", "expectations.pushdown"},
    "dashboard/figures": {"streamlit", "dashboard.access", "pipelines.lake"},
}  # fmt: skip

# the one module that needs Great Expectations as it is imported; nobody imports it at the top
NEEDS_GX = "expectations/pushdown.py"
SLOW_TO_IMPORT = {"great_expectations", "expectations.pushdown"}


def modules(place: str) -> list[Path]:
    """Python files of a folder, or the one file named."""
    found = ROOT / place
    return [found] if found.suffix == ".py" else sorted(found.rglob("*.py"))


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    """Full names of the modules imported; of `from a import b` both `a` and `a.b`."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def at_import_time(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a module that run when it is imported."""
    for child in ast.iter_child_nodes(node):
        is_later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        is_for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not is_later and not is_for_types:
            yield child
            yield from at_import_time(child)


def inside(name: str, forbidden: set[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in forbidden)


@pytest.mark.parametrize("place", FORBIDDEN)
def test_imports_point_one_way(place):
    wrong = {
        str(path.relative_to(ROOT)): bad
        for path in modules(place)
        if (
            bad := sorted(
                name
                for name in imported(ast.walk(ast.parse(path.read_text("utf-8"))))
                if inside(name, FORBIDDEN[place])
            )
        )
    }
    assert not wrong


def test_every_place_with_a_rule_is_there():
    assert [place for place in FORBIDDEN if not modules(place)] == []


def test_great_expectations_is_imported_only_when_something_is_checked():
    wrong = {
        str(path.relative_to(ROOT))
        for place in ("expectations", "pipelines", "dashboard")
        for path in modules(place)
        for name in imported(at_import_time(ast.parse(path.read_text("utf-8"))))
        if inside(name, SLOW_TO_IMPORT)
    }
    assert wrong == {NEEDS_GX}
