"""Coaching of an operator: advice and its contacts, what was agreed, answers, and the effect."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import ActError
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import Query, Scope, coached, coaching, coaching_examples, shift_log
from pipelines.operators.effects import measure
from pipelines.operators.refresh import replace
from pipelines.settings import Settings
from pipelines.shift import coaching as acts
from pipelines.shift.project import project
from tests.reviews.conftest import put

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
FIRST = datetime(2026, 7, 1, 6, tzinfo=UTC)
MONTH = Query(datetime(2026, 10, 1, tzinfo=UTC), NOW)
PEOPLE, DAYS = 12, 124


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory, new_home: Path) -> Iterator[Lake]:
    """Twelve operators, two calls a day each; `weak` misses rings of passports, and no more of
    them after a talk on 1 October; `op07` misses none at all."""
    home = tmp_path_factory.mktemp("coaching") / "home"
    shutil.copytree(new_home, home)
    lake = open_lake(Settings(home=home, clock="data"))
    rng = np.random.default_rng(1)
    contacts, legs = [], []
    for who in range(PEOPLE):
        for n in range(2 * DAYS):
            at = FIRST + timedelta(hours=12 * n, minutes=5 * who)
            name, category = f"op{who:02}" if who else "weak", n % 2
            is_bad = who == 0 and category == 0 and at < datetime(2026, 10, 2, tzinfo=UTC)
            kept = who == 7 or rng.random() < (0.3 if is_bad else 0.8)
            shared = {
                "contact_id": f"calls:{name}-{n:03}",
                "source": "calls",
                "channel": "phone",
                "line": "main",
                "operator_id": name,
                "received_at": at,
                "received_date": at.date(),
            }
            contacts.append(
                shared
                | {"category": ("passport", "form_error")[category], "outcome": "served"}
                | {"case_number": "1", "rating": None}
            )
            legs.append(
                shared
                | {"leg": 1, "queued_at": at, "answered_at": at, "left_as": "answered"}
                | {"ring_s": 5.0 if kept else 40.0}
            )
    put(lake, "contacts", contacts)
    put(lake, "legs", legs)
    put(lake, "events", [{"event_at": NOW}])
    put(lake, "operators", [{"operator_id": "weak", "team": "first"}]
        + [{"operator_id": f"op{n:02}", "team": "first" if n == 7 else "other"}
           for n in range(1, PEOPLE)])  # fmt: skip
    yield lake
    lake.close()


@pytest.fixture(scope="module")
def agreed(hotline: Lake) -> str:
    """An agreement with `weak` about passports, done on 1 October; then scores of September."""
    then = datetime(2026, 9, 30, 9, tzinfo=UTC)
    coaching_id = acts.agree(
        hotline, "supervisor", then, "weak", text="Слушаем звонки Иванова Петра, 8 916 123-45-67",
        due_on=date(2026, 10, 2), component="sla", category="passport",
    )  # fmt: skip
    acts.answer(hotline, "operator", then, coaching_id, "weak", "Договорились")
    acts.finish(hotline, "supervisor", NOW, coaching_id, date(2026, 10, 1))
    project(hotline)
    with hotline.transaction():
        measure(hotline)
        replace(hotline, date(2026, 9, 1), date(2026, 10, 1))
    return coaching_id


def test_what_was_agreed_is_masked_answered_and_its_effect_told_from_chance(hotline, agreed):
    (row,) = coached(hotline, MONTH).to_dicts()
    assert (row["coaching_id"], row["operator"], row["state"]) == (agreed, "weak", "done")
    assert "916" not in row["text"]
    assert [(one["who"], one["text"]) for one in row["said"]] == [("operator", "Договорились")]
    assert (row["since"], row["days"], row["is_final"]) == (date(2026, 10, 2), 28, False)
    assert row["verdict"] == "better"
    assert row["low"] > 0.1
    assert row["value"] > 0.6 > 0.45 > row["expected"]
    assert shift_log(hotline, Query(FIRST, NOW)).is_empty()


def test_advice_names_the_matter_and_contacts_to_look_at_together(hotline, agreed):
    september = Query(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))
    rows = coaching(hotline, september)
    mine = rows.filter(operator="weak").to_dicts()
    assert [(one["place"], one["component"], one["category"]) for one in mine] == [
        (1, "sla", None),
        (1, "sla", "passport"),
    ]
    assert mine[0]["gain"] > 1
    assert "op07" not in rows["operator"].to_list()
    asked = "weak", "sla", "passport"
    shown = coaching_examples(hotline, september, *asked)
    assert shown["whose"].to_list() == ["own"] * 3 + ["colleague"] * 3
    assert set(shown["value"].head(3)) == {0.0}
    assert set(shown["value"].tail(3)) == {1.0}
    assert set(shown["category"]) == {"passport"}
    of_team = Query(september.start, september.end, scope=Scope(teams=("first",)))
    assert set(coaching_examples(hotline, of_team, *asked)["operator_id"]) == {"weak", "op07"}
    own = Query(september.start, september.end, scope=Scope(operator="weak"))
    assert set(coaching_examples(hotline, own, *asked)["operator_id"]) == {"weak"}
    other = Query(september.start, september.end, scope=Scope(operator="op07"))
    assert coaching_examples(hotline, other, *asked).is_empty()
    assert coaching(hotline, other).is_empty()
    assert coached(hotline, other).is_empty()


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda lake: acts.note(lake, "operator", NOW, "weak", "x"), "not_a_reviewer"),
        (lambda lake: acts.note(lake, "analyst", NOW, "nobody", "x"), "not_there"),
        (lambda lake: acts.note(lake, "analyst", NOW, "weak", " "), "no_text"),
        (lambda lake: acts.agree(lake, "analyst", NOW, "weak", text="x", due_on=date(2026, 11, 1)),
         "past_date"),
        (lambda lake: acts.agree(lake, "analyst", NOW, "weak", text="x", due_on=date(2026, 12, 1),
                                 component="aht"), "unknown"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(hotline, agreed, act, code):
    with pytest.raises(ActError) as refused:
        act(hotline)
    assert refused.value.code == code


def test_nobody_answers_for_another_or_ends_twice(hotline, agreed):
    with pytest.raises(ActError, match="not about this operator"):
        acts.answer(hotline, "operator", NOW, agreed, "op07", "x")
    with pytest.raises(ActError) as again:
        acts.finish(hotline, "analyst", NOW, agreed, date(2026, 10, 3))
    assert again.value.code == "done_already"


def test_help_and_effects_are_rows_of_their_tables_once(hotline, agreed):
    key = "(operator_id, component, category)"
    n = f"select count(*), count(distinct {key}) from lake.operator_help"
    before = hotline.con.sql(n).fetchall()
    with hotline.transaction():
        measure(hotline)
    assert before[0][0] == before[0][1] > 0
    assert hotline.con.sql("select count(*) from lake.coaching_effects").fetchall() == [(1,)]
    parts = hotline.con.sql("select args from lake.acts where kind = 'coaching_agreed'").fetchall()
    assert json.loads(parts[0][0])["due_on"] == "2026-10-02"
