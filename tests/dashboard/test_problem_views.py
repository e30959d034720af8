"""The views of Проблемы on a real lake: topics in depth, repeats, failure demand, actions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import streamlit as st

from dashboard.figures.topics import colour, tree
from dashboard.theme import palette
from pipelines.lake.connect import Lake
from pipelines.shift import actions
from pipelines.shift.project import project
from tests.dashboard.conftest import Fill
from tests.lakes import Fresh

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
# noon in Moscow, twelve days ago: mature, and of the last 28 days
THEN = (NOW - 12 * DAY).replace(hour=9, minute=0, second=0)


def put(lake: Lake, table: str, *rows: dict[str, Any]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lake.con.register("given", pl.DataFrame([{n: row.get(n) for n in names} for row in rows]))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def contact(contact_id: str, days: int = 0, **more: Any) -> dict[str, Any]:
    at = THEN + days * DAY
    return {
        "contact_id": contact_id,
        "source": "calls",
        "channel": "phone",
        "line": "main",
        "region": "77",
        "category": "form_error",
        "received_at": at,
        "received_date": at.date(),
    } | more


def fill(lake: Lake) -> None:
    """Two people: one comes back next day on the chat line, one is young; ten minutes of talk."""
    rows = [
        contact("calls:1", citizen_key="x", rating=5.0),
        contact("calls:2", 1, citizen_key="x", line="chat", channel="chat", region="78"),
        contact("calls:3", 11, citizen_key="y", category="passport"),
    ]
    put(lake, "contacts", *rows)
    leg = {"leg": 1, "left_as": "answered", "talk_s": 600.0, "operator_id": "op"}
    put(
        lake,
        "legs",
        *(
            leg
            | {name: row[name] for name in ("contact_id", "source", "channel", "line")}
            | {"queued_at": row["received_at"], "answered_at": row["received_at"]}
            | {"left_at": row["received_at"] + timedelta(minutes=10)}
            | {name: row[name] for name in ("received_at", "received_date")}
            for row in rows
        ),
    )


@pytest.fixture(scope="module")
def three_calls(filled: Callable[[Fill], Fresh]) -> Fresh:
    return filled(fill)


@pytest.fixture
def hotline(three_calls: Fresh, shown: Callable[[Fresh], Lake]) -> Lake:
    return shown(three_calls)


def words(at: Any) -> str:
    parts = [
        m.value
        for kind in (at.markdown, at.caption, at.info, at.header, at.subheader)
        for m in kind
    ]
    parts += [str(table.value.to_dict("list")) for table in at.dataframe]
    parts += [h.proto.body for h in at.get("html")]
    return "\n".join(map(str, parts))


def rows_of(at: Any, n: int) -> list[dict[str, Any]]:
    return at.dataframe[n].value.to_dict("records")  # type: ignore[no-any-return]


def test_a_topic_is_looked_into_by_region_down_to_the_contacts(hotline, open_page):
    at = open_page("problems", topic="form_error", side="region", part="form_error~region~78")
    assert not at.exception
    assert [row["contacts"] for row in rows_of(at, 0)] == [2, 1]
    assert rows_of(at, 0)[0]["handle_mean_s"] == 600
    regions, listed = rows_of(at, -2), rows_of(at, -1)
    assert [row["contacts"] for row in regions] == [1, 1]
    assert [row["contact_id"] for row in listed] == ["calls:2"]


def test_a_day_or_a_week_of_a_topic_leads_to_its_contacts_alone(hotline, open_page):
    day = f"{THEN + DAY:%Y-%m-%d}"
    at = open_page("problems", topic="form_error", part=f"form_error~day~{day}")
    assert not at.exception
    assert [row["contact_id"] for row in rows_of(at, -1)] == ["calls:2"]
    at.query_params["part"] = f"form_error~week~{THEN:%G-W%V}"
    both = f"{THEN:%V}" == f"{THEN + DAY:%V}"
    assert len(rows_of(at.run(), -1)) == 1 + both


def test_a_burst_is_looked_into_and_made_an_outage_by_who_may(hotline, open_page):
    row = {"started_at": THEN, "ended_at": THEN + timedelta(hours=1), "contacts": 1}
    row |= {"excess": 0.8, "peak_z": 4.0, "window_h": 1}
    lost = row | {"kind": "abandoned", "line": "main", "burst_id": "lost", "part_of": "topic"}
    row |= {"kind": "category"}
    put(hotline, "bursts", row | {"category": "form_error", "burst_id": "topic"},
        row | {"category": "*", "burst_id": "all"}, lost)  # fmt: skip
    st.cache_data.clear()  # what a page asked this minute, before there were any
    at = open_page("problems", person="engineer", lang="en", topic="form_error", burst="topic")
    assert not at.exception
    assert not [w for w in words(at).splitlines() if any("а" <= c <= "я" for c in w.lower())]
    assert "citizens: 1 · about 1 of them above usual" in words(at)
    assert "With it: lost in the queue: Single support number +1." in words(at)
    assert "problems_burst_make" not in [button.key for button in at.button]
    at = open_page("problems", burst="all")
    assert [one.label[:41] for one in at.expander] == ["Всплески общего объёма, линий и потерь: 1"]
    at.button(key="problems_burst_all_make").click().run()
    assert not at.exception
    project(hotline)
    (made,) = hotline.frame(
        "select category, line, detected_at, restored_at from lake.incidents"
    ).rows()
    assert made == (None, None, THEN, THEN + timedelta(hours=1))


def test_classes_stand_in_a_tree_and_lead_to_their_topics(hotline, open_page):
    at = open_page("problems", shape="tree", **{"class": "technical"})
    assert not at.exception
    classes, topics = rows_of(at, 0), rows_of(at, 1)
    assert [(row["name"], row["contacts"]) for row in classes] == [("Технические неполадки", 2)]
    assert [row["name"] for row in topics] == ["Ошибка при заполнении формы"]
    assert "Нажмите на класс" in words(at)  # the map itself tells of no click


def test_repeats_judge_mature_contacts_and_name_the_provisional(hotline, open_page):
    at = open_page("problems", view="repeats", topic="form_error")
    assert not at.exception
    form, passport = rows_of(at, 0)
    assert (form["mature"], form["followed"], passport["provisional"]) == (2, 1, 1)
    assert [row["contact_id"] for row in rows_of(at, 2)] == ["calls:1"]
    assert "ещё не входят" in words(at)


def test_failure_demand_is_told_in_hours_with_the_contacts_behind(hotline, open_page):
    at = open_page("problems", view="failures", topic="form_error")
    assert not at.exception
    assert [row["failures"] for row in rows_of(at, 0)] == [2]
    assert len(rows_of(at, 1)) == 2


@pytest.mark.parametrize("view", ["repeats", "failures", "growing", "actions"])
def test_views_speak_english_throughout(view, hotline, open_page):
    opened = actions.open_action(
        hotline, "analyst", NOW, category="form_error", text="mend", owner="portal",
        due_on=(NOW + DAY).date(),
    )  # fmt: skip
    project(hotline)
    at = open_page("problems", person="analyst", lang="en", view=view, topic="form_error",
                   action=opened)  # fmt: skip
    assert not at.exception
    assert not [w for w in words(at).splitlines() if any("а" <= c <= "я" for c in w.lower())]


def test_an_analyst_opens_an_action_and_an_engineer_only_reads(hotline, open_page):
    at = open_page("problems", person="analyst", view="actions")
    at.selectbox(key="problems_action_category").select("form_error")
    at.text_area(key="problems_action_text").input("починить форму")
    at.text_input(key="problems_action_owner").input("отдел портала")
    at.button(key="problems_open_action").click().run()
    assert not at.exception
    project(hotline)
    at = open_page("problems", person="engineer", view="actions")
    (row,) = rows_of(at, 0)
    assert (row["text"], row["owner"]) == ("починить форму", "отдел портала")
    assert "problems_open_action" not in [button.key for button in at.button]


def test_the_tree_holds_classes_and_topics_and_greys_what_is_not_known():
    rows = pl.DataFrame(
        {
            "class_name": ["Неполадки", "Неполадки"],
            "name": ["Форма", "Вход"],
            "category": ["form_error", None],
            "contacts": [6, 2],
            "baseline": [4.0, None],
            "excess": [2.0, None],
            "told": ["+2", "нет данных"],
        }
    )
    words = {"contacts": "контакты", "excess": "сверх", "all": "Все", "usual": "неизвестно"}
    (drawn,) = tree(rows, palette("light"), words).data
    assert list(drawn.values) == [8, 8, 6, 2]
    assert list(drawn.parents) == ["", "Все", "Неполадки", "Неполадки"]
    assert drawn.marker.colors[3] == colour(None, palette("light"))
    assert list(drawn.customdata) == ["", "", "сверх: +2", "неизвестно"]
