"""Операторы, Неделя, Обращение: with data, in an empty period, on an empty lake, in English."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.lake.connect import Lake
from pipelines.metrics import Query
from pipelines.reports.card import gather_cards
from pipelines.reports.card_words import card_page
from pipelines.reports.words import Words
from pipelines.settings import Settings
from tests.dashboard.conftest import Fill
from tests.lakes import Fresh

NOW = datetime.now(ZoneInfo("Europe/Moscow"))  # weeks are those of the zone of the service
MONDAY = NOW.date() - timedelta(days=NOW.weekday() + 7)  # of the last whole week
CALLED = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 9, tzinfo=UTC)
SCORED = Query(CALLED - timedelta(days=1), CALLED + timedelta(days=28))
WARNING = (
    "Показатель — повод для разговора. Не является основанием для взыскания, премии или увольнения."
)


def put(lake: Lake, table: str, *rows: dict[str, Any]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame([{n: row.get(n) for n in names} for row in rows], infer_schema_length=None)
    lake.con.register("given", frame)
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def part(value: float, expected: float, contribution: float) -> dict[str, float]:
    return {"value": value, "expected": expected, "n": 80, "weight": 0.5, "reliability": 0.6} | {
        "contribution": contribution
    }


def three_operators(lake: Lake) -> None:
    """One below the minimum, one above the average, one with four contacts; each with a name."""
    put(
        lake,
        "operators",
        {
            "operator_id": "op1",
            "team": "first",
            "skills": "general;en",
            "hired_on": date(2020, 1, 1),
        },
        {"operator_id": "op2", "team": "chat", "hired_on": date(2020, 1, 1)},
        {"operator_id": "op3", "team": "chat", "hired_on": date(2020, 1, 1)},
    )
    put(
        lake,
        "operator_names",
        {"operator_id": "op1", "name": "Анна Первая"},
        {"operator_id": "op2", "name": "Борис Второй"},
        {"operator_id": "op3", "name": "Вера Третья"},
    )
    parts = {"sla": part(0.7, 0.9, -10.0), "fcr": part(0.8, 0.85, -2.0)}
    score = {
        "period_start": MONDAY,
        "period_end": MONDAY + timedelta(days=28),
        "n": 80,
        "reliability": 0.6,
        "components": json.dumps(parts),
    }
    nothing = {"score": None, "score_low": None, "score_high": None, "flag": None}
    put(
        lake,
        "operator_scores",
        score
        | {"operator_id": "op1", "flag": "attention"}
        | {"score": 38.0, "score_low": 31.0, "score_high": 45.0},
        score
        | {"operator_id": "op2", "flag": None}
        | {"score": 63.0, "score_low": 55.0, "score_high": 71.0},
        score | nothing | {"operator_id": "op3", "n": 4},
    )


def chat_then_call(lake: Lake) -> None:
    """One citizen: a chat of two messages, two hours later a call under the same case."""
    head = {"line": "chat", "case_number": "2026-7", "citizen_key": "x", "category": "form_error"}
    later = CALLED + timedelta(hours=2)
    put(
        lake,
        "contacts",
        head
        | {"contact_id": "chats:1", "source": "chats", "channel": "chat", "operator_id": "op1"}
        | {"received_at": CALLED, "received_date": MONDAY, "outcome": "served", "rating": 5.0},
        head
        | {"contact_id": "calls:2", "source": "calls", "channel": "phone", "operator_id": "op1"}
        | {"received_at": later, "received_date": MONDAY, "outcome": "served", "rating": None},
    )
    put(
        lake,
        "legs",
        {
            "contact_id": "chats:1",
            "leg": 1,
            "source": "chats",
            "channel": "chat",
            "line": "chat",
            "queued_at": CALLED,
            "answered_at": CALLED + timedelta(seconds=17),
            "left_at": CALLED + timedelta(minutes=4),
            "left_as": "answered",
            "operator_id": "op1",
            "talk_s": 223.0,
            "received_at": CALLED,
            "received_date": MONDAY,
        },
    )
    event = {"contact_id": "chats:1", "source": "chats", "line": "chat"}
    event |= {"received_at": CALLED, "received_date": MONDAY}
    put(
        lake,
        "events",
        event | {"seq": 1, "event_at": CALLED, "kind": "received", "value": None},
        event
        | {"seq": 2, "event_at": CALLED, "kind": "message_in"}
        | {"value": "Снилс [СНИЛС] <b>не подходит</b>"},
        event
        | {"seq": 3, "event_at": CALLED + timedelta(seconds=17), "kind": "message_out"}
        | {"value": "Проверяю", "operator_id": "op1"},
    )
    clock = {"contact_id": "chats:1", "promise": "chat.first_response", "promise_version": 1}
    put(
        lake,
        "clocks",
        clock
        | {"kind": "clock", "number": 1, "received_date": MONDAY, "started_at": CALLED}
        | {"due_at": CALLED + timedelta(seconds=30), "stop_kind": "stopped"}
        | {"stopped_at": CALLED + timedelta(seconds=17)},
    )


def fill(lake: Lake) -> None:
    three_operators(lake)
    chat_then_call(lake)


@pytest.fixture(scope="module")
def few(filled: Callable[[Fill], Fresh]) -> Fresh:
    return filled(fill)


@pytest.fixture
def given(few: Fresh, shown: Callable[[Fresh], Lake]) -> Lake:
    """Three operators with scores; a citizen's chat and call."""
    return shown(few)


def texts(at: Any) -> str:
    """Everything the page says outside tables."""
    shown = [*at.markdown, *at.caption, *at.info, *at.header, *at.subheader]
    said = [one.value for one in shown] + [h.proto.body for h in at.get("html")]
    return "\n".join(said).replace("\u00a0", " ")


def cells(at: Any) -> str:
    """Everything its tables say."""
    return "\n".join(str(frame.value.to_dict()) for frame in at.dataframe)


def openings(settings: Settings) -> list[tuple[str, str]]:
    with sqlite3.connect(settings.desk) as con:
        return con.execute("select profile, contact_id from access_log").fetchall()


# Операторы


def test_scores_are_shown_by_name_with_intervals_and_the_sentence(given, open_page):
    at = open_page("operators")
    assert not at.exception
    assert at.info[0].value == WARNING
    assert list(at.dataframe[0].value["name"]) == ["Анна Первая", "Борис Второй", "Вера Третья"]
    assert list(at.dataframe[0].value["interval"]) == ["38 (31–45)", "63 (55–71)", "—"]
    bands = list(at.dataframe[0].value["band"])
    assert bands == ["! нужна поддержка", "▲ выше нормы", "○ недостаточно данных"]


def test_one_operator_is_explained_in_plain_words(given, open_page):
    at = open_page("operators", operator="op1")
    assert not at.exception
    said = texts(at)
    assert "Снижает оценку: срок своей части — 70,0 % при ожидаемых 90,0 % (−10,0)" in said
    assert "согласованного минимума (40)" in said


def test_a_component_is_a_funnel_and_a_person_has_a_course_and_a_mix(given, open_page):
    at = open_page("operators", view="funnel", part="fcr", operator="op2", lang="en")
    said = texts(at)
    assert "No limits are shown: too few operators" in said
    assert "Nothing to compare with yet" in said
    assert "No contacts answered in this period." in said


def test_without_a_score_the_page_says_why(given, open_page):
    at = open_page("operators", operator="op3")
    assert not at.exception
    assert "4 контакта за период, для оценки нужно не меньше 20" in texts(at)


@pytest.mark.parametrize(
    ("lang", "why"),
    [
        ("ru", "ответ на следующее сообщение через 5 мин 00 с при норме до 2 мин"),
        ("en", "the next message answered after 5 min 00 s, the norm is up to 2 min"),
    ],
)
def test_a_contact_behind_a_score_says_what_of_the_own_part_was_late(given, open_page, lang, why):
    said = {"contact_id": "chats:1", "source": "chats", "received_at": CALLED}
    put(
        given,
        "events",
        *(
            said
            | {"seq": seq, "kind": kind, "event_at": CALLED + timedelta(seconds=at)}
            | {"received_date": MONDAY, "operator_id": who}
            for seq, at, kind, who in ((4, 60, "message_in", None), (5, 360, "message_out", "op1"))
        ),
    )
    at = open_page("operators", person="operator", lang=lang)
    assert not at.exception
    assert f"✕ {why}" in cells(at).replace("\u00a0", " ").replace("\\xa0", " ")
    card, words = gather_cards(given, SCORED, ["op1"])[0], Words(lang, given.settings.tz)
    told = card_page(card, words, given)["contacts"][0]["failed"].replace("\u00a0", " ")
    own = {"ru": "срок своей части", "en": "own part in time"}[lang]
    for page, card in ((" 00 с", ""), (" 00 s", ""), ("до 2", "2"), ("up to 2", "2")):
        why = why.replace(page, card)
    assert told.startswith(f"{own} ({why}), ")


def test_filters_by_team_line_and_skill_come_from_the_address(given, open_page):
    shown = [
        list(open_page("operators", **asked).dataframe[0].value["name"])
        for asked in ({"team": "chat"}, {"line": "chat"}, {"skill": "en"})
    ]
    assert shown == [["Борис Второй", "Вера Третья"], ["Анна Первая"], ["Анна Первая"]]
    nobody = open_page("operators", team="chat", line="chat")
    assert "Таких операторов за этот период нет." in texts(nobody)


def test_an_operator_sees_nobody_else(given, open_page):
    at = open_page("operators", person="operator", operator="op2")
    assert not at.exception
    assert at.header[0].value == "Анна Первая"
    assert "Борис" not in texts(at) + cells(at)
    assert not at.multiselect


def test_operators_in_english(given, open_page):
    at = open_page("operators", operator="op1", lang="en")
    assert not at.exception
    assert "Lowers the score: own part in time: 70.0%, expected 90.0%" in texts(at)


def test_fairness_of_two_scores_is_not_judged(given, open_page):
    at = open_page("operators", view="fairness", lang="en")
    assert not at.exception
    assert "2 operators" in texts(at)
    shown = at.dataframe[0].value
    assert list(shown["label"])[-2:] == ["Tenure", "Number of contacts"]
    assert set(shown["verdict"]) == {"○ cannot tell"}
    assert list(shown["said"])[-2:] == ["the same for all operators"] * 2


def test_no_scores_yet_are_explained(home_lake, open_page):
    at = open_page("operators")
    assert at.info[0].value == WARNING
    assert "Оценок операторов пока нет." in at.info[1].value


# Неделя


def test_the_week_says_its_verdict_and_names_nobody(given, open_page):
    at = open_page("week", person="executive")
    assert not at.exception
    assert at.header[0].value.startswith("Без ответа")
    said = texts(at)
    assert "Поступило контактов" in said
    assert "1 оператор работал" in said
    assert "Анна" not in said + cells(at)


def test_the_week_stands_in_the_address(given, open_page):
    year, number, _ = (NOW.date() - timedelta(days=NOW.weekday())).isocalendar()
    running = f"{year}-W{number:02}"
    at = open_page("week", week=running)
    assert not at.exception
    assert at.selectbox(key="week_week").value == running
    assert "За эту неделю контактов нет." in at.info[0].value


def test_a_week_that_makes_no_sense_is_the_last_whole_one(given, open_page):
    at = open_page("week", week="2026-W99")
    year, number, _ = MONDAY.isocalendar()
    assert at.selectbox(key="week_week").value == f"{year}-W{number:02}"


def test_the_week_of_an_empty_lake_is_explained(home_lake, open_page):
    at = open_page("week")
    assert "Контактов в хранилище пока нет" in at.info[0].value


def test_the_week_in_english(given, open_page):
    at = open_page("week", lang="en")
    assert not at.exception
    assert "Contacts received" in texts(at)


# Обращение


@pytest.mark.parametrize("address", [{"contact": "chats:1"}, {"id": "chats:1"}])
def test_a_contact_is_found_by_its_link(address, given, open_page):
    at = open_page("contact", **address)
    assert not at.exception
    assert "обращение 2026-7 · контакт chats:1" in at.header[0].value
    said = texts(at)
    assert "**чат** → телефон через 2 ч 00 мин" in said
    assert "&lt;b&gt;не подходит&lt;/b&gt;" in said
    assert "Анна Первая" in said
    assert "✓ в срок" in cells(at)


def test_a_contact_opens_on_the_clock_of_the_data(given, open_page, monkeypatch):
    monkeypatch.setenv("LINIYA_CLOCK", "data")
    at = open_page("contact", contact="chats:1")
    assert not at.exception
    assert "контакт chats:1" in at.header[0].value


def test_a_case_number_opens_its_first_contact(given, open_page):
    at = open_page("contact")
    assert "Введите номер" in at.info[0].value
    at.text_input(key="contact_search").set_value("2026-7").run()
    assert "контакт chats:1" in at.header[0].value
    assert at.query_params["contact"] == "2026-7"


def test_a_contact_is_found_from_any_page(given, open_page):
    at = open_page("promises", person="analyst")
    at.text_input(key="frame_search").set_value(" 2026-7 ").run()
    assert "контакт chats:1" in at.header[0].value
    assert at.query_params["contact"] == "2026-7"
    assert at.text_input(key="frame_search").value == ""


def test_each_opening_is_recorded_once(given, open_page):
    at = open_page("contact", person="analyst", contact="chats:1")
    at.run()
    assert openings(given.settings) == [("analyst", "chats:1")]
    at.text_input(key="contact_search").set_value("calls:2").run()
    assert openings(given.settings) == [("analyst", "chats:1"), ("analyst", "calls:2")]


def test_an_unknown_number_is_explained_and_not_recorded(given, open_page):
    at = open_page("contact", contact="calls:none")
    assert not at.exception
    assert "с таким номером нет" in at.info[0].value
    assert not given.settings.desk.exists() or openings(given.settings) == []


def test_an_operator_opens_only_own_contacts(given, open_page):
    own = open_page("contact", person="operator", contact="chats:1")
    assert own.header[0].value.endswith("контакт chats:1")
    given.con.execute("update lake.contacts set operator_id = 'op2'")
    given.con.execute("update lake.legs set operator_id = 'op2'")
    other = open_page("contact", person="operator", contact="calls:2")
    assert "оно вам не доступно" in other.info[0].value


def test_a_contact_in_english(given, open_page):
    at = open_page("contact", contact="chats:1", lang="en")
    assert not at.exception
    assert "**chat** → phone after 2" in texts(at)
