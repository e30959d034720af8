"""What holds of every file: where the environment and SQL may be, and how long things grow."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("dashboard", "pipelines", "expectations")
MODULE_LINES, FUNCTION_LINES = 400, 80  # the aim is 200 and 30; past these, split by noun
SQL = re.compile(
    r"\bselect\b[^;]+\bfrom\b|\binsert\s+into\b|\bdelete\s+from\b|\bupdate\s+\w+\s+set\b"
    r"|\bcreate\s+(or\s+replace\s+)?(temp\s+)?(table|view)\b|\battach\s+'",
    re.IGNORECASE | re.DOTALL,
)
TEXT_FILES = (".py", ".md", ".toml", ".yml", ".yaml", ".sql", ".txt", ".js", ".css", ".html")
SKIPPED = {".venv", ".git", "node_modules", "__pycache__", "warehouse"}


def sources(*places: str) -> list[Path]:
    return [path for place in places for path in sorted((ROOT / place).rglob("*.py"))]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def texts(module: ast.Module) -> list[ast.Constant]:
    """String literals that are no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def environment_reads(module: ast.Module) -> list[ast.AST]:
    """`os.environ[...]`, `os.environ.get(...)` and `os.getenv(...)` of a LINIYA_ variable."""
    found: list[ast.AST] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            asked, key = ast.unparse(node.func), node.args[:1]
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            asked, key = ast.unparse(node.value), [node.slice]
        else:
            continue
        is_environment = asked.endswith(("environ", "environ.get", "environ.pop", "getenv"))
        if is_environment and key and "LINIYA_" in ast.unparse(key[0]):
            found.append(node)
    return found


def test_only_settings_reads_our_environment():
    wrong = [
        where(path, node)
        for path in sources(*CODE)
        if path != ROOT / "pipelines" / "settings.py" and "LINIYA_" in path.read_text("utf-8")
        for node in environment_reads(tree(path))
    ]
    assert wrong == []


def test_only_settings_asks_the_wall_clock_for_product_time():
    asks = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today)$")
    may_ask = re.compile(r"\.\s*(now|utcnow|today)\b")
    wrong = [
        where(path, node)
        for path in sources(*CODE)
        if path != ROOT / "pipelines" / "settings.py" and may_ask.search(path.read_text("utf-8"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and asks.search(ast.unparse(node.func))
    ]
    assert wrong == []


def is_names_of_operators(path: Path, sql: str) -> bool:
    """The one table with names of people is read by the one module that knows who may see them."""
    tables = set(re.findall(r"\blake\.\w+", sql))
    return path == ROOT / "dashboard" / "access.py" and tables == {"lake.operator_names"}


def test_no_sql_in_the_dashboard():
    wrong = [
        where(path, text)
        for path in sources("dashboard")
        for text in texts(tree(path))
        if SQL.search(str(text.value)) and not is_names_of_operators(path, str(text.value))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "is_sql"),
    [
        ("select contact_id from lake.contacts", True),
        ("with a as (select 1 as x\nfrom b) ...", True),
        ("delete from desk.notes where id = ?", True),
        ("Select a line to see its contacts", False),
        ("Data as of 12:00; updated from the log", False),
    ],
)
def test_what_counts_as_sql(text, is_sql):
    assert bool(SQL.search(text)) == is_sql


def test_modules_stay_short():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources(*CODE)
        if (lines := len(path.read_text("utf-8").splitlines())) > MODULE_LINES
    }
    assert long == {}


def test_functions_stay_short():
    long = {
        f"{where(path, node)} {node.name}": lines
        for path in sources(*CODE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


def test_every_module_says_what_it_owns():
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources(*CODE)
        if path.stat().st_size and not ast.get_docstring(tree(path))
    ]
    assert wrong == []


def test_nothing_is_left_for_later_and_nobody_s_machine_is_named():
    # spelled in parts so that this file does not find itself
    marks = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "/wor" + "k/", "/ho" + "me/[a-z]"]))
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(ROOT.rglob("*"))
        if path.suffix in TEXT_FILES and path.is_file() and not SKIPPED & set(path.parts)
        if marks.search(text := path.read_text("utf-8"))
        for number, line in enumerate(text.splitlines(), 1)
        if marks.search(line)
    ]
    assert wrong == []


def test_locked_requirements_name_no_index():
    for name in ("requirements.txt", "requirements-dev.txt"):
        locked = (ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in locked
        assert "://" not in locked, name
