"""Every word a person can see is in the catalogue, in both languages."""

import ast
import re
from pathlib import Path

import pytest

from dashboard.i18n import LANGUAGES, _, _n, using
from dashboard.i18n.update import extracted, missing, stored

DASHBOARD = Path(__file__).parents[2] / "dashboard"
MODULES = sorted(DASHBOARD.rglob("*.py"))
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
MARKS = {"_", "_n", "N_"}
# a language is named in its own words, whatever the language of the page
OWN_WORDS = {"Рус", "Язык / Language"}


def is_docstring(node: ast.AST, parent: ast.AST | None) -> bool:
    return isinstance(parent, ast.Expr)


def texts(path: Path) -> list[tuple[str, bool, bool]]:
    """(text, inside a call of MARKS, inside an f-string) of every Cyrillic string constant."""
    found: list[tuple[str, bool, bool]] = []

    def walk(node: ast.AST, *, marked: bool, in_f: bool) -> None:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if CYRILLIC.search(node.value):
                found.append((node.value, marked, in_f))
            return
        is_mark = (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS
        )
        for child in ast.iter_child_nodes(node):
            walk(
                child,
                marked=marked or is_mark,
                in_f=in_f or isinstance(node, ast.JoinedStr),
            )

    walk(ast.parse(path.read_text("utf-8")), marked=False, in_f=False)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(DASHBOARD)))
def test_no_russian_text_stands_outside_the_catalogue(path):
    assert [t for t, marked, _f in texts(path) if not marked and t not in OWN_WORDS] == []


def test_every_marked_text_is_found_by_the_extractor():
    code = extracted()
    ids = {part for m in code for part in (m.id if isinstance(m.id, tuple) else (m.id,))}
    marked = {t for path in MODULES for t, is_marked, _f in texts(path) if is_marked}
    assert marked - ids == set(), "inside an f-string? translate first, then format"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_message_has_its_words(lang):
    assert missing(lang) == [], "run `python -m dashboard.i18n.update` and write them"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_translations_keep_the_placeholders(lang):
    def names(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    for message in stored(lang):
        if not message.id or not message.string:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for words in filter(None, strings):
            assert names(words) == names(ids[-1]), message.id


def test_english_has_no_russian_letters_left():
    for message in stored("en"):
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert not any(CYRILLIC.search(words) for words in strings if message.id)


def test_plural_forms_follow_the_language():
    with using("ru"):
        assert [_n("заявитель", "заявителей", n) for n in (1, 2, 5, 11, 21)] == [
            "заявитель",
            "заявителя",
            "заявителей",
            "заявителей",
            "заявитель",
        ]
    with using("en"):
        assert [_n("заявитель", "заявителей", n) for n in (1, 2)] == ["citizen", "citizens"]


def test_a_message_nobody_translated_stays_russian():
    with using("en"):
        assert _("такого текста в каталоге нет") == "такого текста в каталоге нет"
