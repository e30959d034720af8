"""The committed reference data says what the source text and the design say."""

import re
from pathlib import Path

import duckdb
import pytest

from pipelines.conform.lines import zone_of
from pipelines.reference import attach, load
from pipelines.reference.model import Reference

FOLDER = Path(__file__).parents[2] / "data" / "reference"
SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load(FOLDER)


def test_every_line_and_number_of_the_source_is_there(reference: Reference) -> None:
    assert list(reference.lines) == [
        "main", "faults", "signature", "privacy", "business", "chat", "portal", "reserve",
    ]  # fmt: skip
    assert {k: v.numbers for k, v in reference.lines.items() if v.numbers} == {
        "main": ("88005553535", "88001000000"),
        "faults": ("112",),
        "signature": ("88005550101",),
        "privacy": ("88005550202",),
        "business": ("88005550303",),
    }
    assert [k for k, v in reference.lines.items() if not v.is_always] == ["main"]


def test_categories_are_those_of_the_design(reference: Reference) -> None:
    by_class: dict[str, list[str]] = {}
    for item in reference.categories.values():
        by_class.setdefault(item.class_id, []).append(item.id)
    assert {name: len(items) for name, items in by_class.items()} == {
        "technical": 7, "authorization": 6, "services": 9, "documents": 5, "signature": 3,
        "privacy": 1, "business": 2, "emergency": 2,
    }  # fmt: skip


def test_labels_fall_back_to_the_id(reference: Reference) -> None:
    assert reference.label("line", "main") == "Единый номер поддержки"
    assert reference.label("category", "form_error", "en") == "Form error"
    assert reference.label("line", "a queue nobody told us of") == "a queue nobody told us of"
    assert reference.label("region", None) == ""


def test_weights_of_the_operator_score_add_up_to_one(reference: Reference) -> None:
    for version in reference.scores:
        assert sum(c.weight for c in version.components) == pytest.approx(1)


def test_no_sentence_is_unmapped_and_every_promise_is_somebodys_words(
    reference: Reference,
) -> None:
    assert all(s.promises or s.because[0] for s in reference.sentences)
    mapped = {p for s in reference.sentences for p in s.promises}
    assert mapped == {
        p.id for p in reference.promises if not p.passport_of and p.basis != "statute"
    }


def test_the_map_holds_the_source_text_word_for_word(reference: Reference) -> None:
    seeds = sorted((SHARED / "seeds").glob("*.txt")) if SHARED.is_dir() else []
    if not seeds:
        pytest.skip("the source text is not beside the project; the map was checked where it is")
    wanted = [s for seed in seeds for s in sentences(seed.read_text("utf-8"))]
    assert [s.text for s in reference.sentences] == wanted


def sentences(text: str) -> list[str]:
    """Headings, bullets and sentences, without bullet marks."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        body = re.sub(r"^[-•]\s*", "", line)
        is_heading = re.match(r"^\d\. ", body)
        found += [body] if is_heading else re.split(r"(?<=[.!?])\s+(?=[А-ЯA-Z«])", body)
    return [s.strip() for s in found]


def test_every_promise_of_the_design_has_its_row(reference: Reference) -> None:
    design = SHARED / "promises.md"
    if not design.is_file():
        pytest.skip("the design is not beside the project")
    rows = re.findall(r"^\| ([a-z]+\.[a-z_]+) \|", design.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(p.id for p in reference.promises if not p.passport_of)


def test_attached_tables_are_seen_by_every_cursor_with_the_official_days_off(
    reference: Reference,
) -> None:
    con = duckdb.connect()
    attach(con, reference)
    days = "('2025-11-01', '2025-12-31', '2026-01-11', '2026-01-12', '2026-03-09', '2026-05-11')"
    rows = con.cursor().sql(f"""
        select day::varchar, is_working from ref_calendar
        where day::varchar in {days} order by day
    """)
    assert rows.fetchall() == [
        ("2025-11-01", True), ("2025-12-31", False), ("2026-01-11", False),
        ("2026-01-12", True), ("2026-03-09", False), ("2026-05-11", False),
    ]  # fmt: skip
    assert con.sql("select line from ref_numbers where digits = '8005553535'").fetchall() == [
        ("main",)
    ]
    assert con.sql("select * from ref_line_hours where weekday = 7").fetchall() == [
        ("main", 7, 28800, 72000)
    ]
    con.close()


def test_days_are_those_of_the_zone_of_the_settings(reference: Reference) -> None:
    con = duckdb.connect()
    attach(con, reference, "Asia/Omsk")
    assert zone_of(con) == "Asia/Omsk"
