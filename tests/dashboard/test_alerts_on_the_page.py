"""Alerts on Сейчас: their words on the board, their history, who may take them in hand."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.live import alerts
from dashboard.live.payload import board_frame
from pipelines.alerts import store
from pipelines.metrics import Scope
from pipelines.settings import wall_now
from tests.dashboard.test_board_words import NOTHING, NOW

LEVEL = store.Episode(
    alert_id="a1", rule="level", kind="service_level", label_ru="Уровень ниже цели",
    label_en="Level under its goal", severity="critical", scope_kind="line", scope="main",
    state="running", threshold=0.7, value=0.612, worst=0.55, since_at=NOW, bad_at=NOW,
    seen_at=NOW, raised_at=NOW,
)  # fmt: skip
SILENT = replace(
    LEVEL, alert_id="b2", rule="silent", kind="silent_source", label_ru="Источник молчит",
    label_en="A source is silent", severity="warning", scope_kind="source", scope="chats",
    threshold=3.0, value=12.34, worst=12.34,
)  # fmt: skip


def keep(settings, *episodes: store.Episode) -> None:
    with store.desk(settings) as con:
        store.save(con, episodes)


def frame(settings, lang: str = "ru", **more) -> dict:
    return board_frame(NOTHING | alerts.figures(settings, Scope(), **more), lang)


def test_the_board_words_severity_figure_begin_and_who_has_it(settings):
    keep(settings, LEVEL, SILENT)
    store.acknowledge(settings, "b2", "Смена 2", "звоним")
    assert frame(settings)["alerts"] == [
        {"id": "a1", "severity": "critical", "name": "Уровень ниже цели: Единый номер поддержки",
         "value": "61\xa0% при пороге 70\xa0%", "since": NOW.timestamp(), "held": "",
         "trouble": ""},
        {"id": "b2", "severity": "warning", "name": "Источник молчит: чаты",
         "value": "×12 при пороге ×3", "since": NOW.timestamp(),
         "held": "в работе: Смена 2. звоним", "trouble": ""},
    ]  # fmt: skip
    english = frame(settings, "en")["alerts"]
    assert english[0]["name"] == "Level under its goal: Single support number"
    assert english[1]["value"] == "×12, the limit is ×3"


def test_an_empty_desk_and_an_earlier_moment_show_none(settings):
    assert frame(settings)["alerts"] == []
    keep(settings, LEVEL)
    assert frame(settings, at=NOW - timedelta(minutes=1))["alerts"] == []
    assert len(frame(settings, at=NOW)["alerts"]) == 1


def test_rules_nobody_looks_at_are_told(settings, monkeypatch):
    with store.desk(settings) as con:
        store.watched(con, NOW, None)
    assert frame(settings)["alerts_note"] == ""
    later = wall_now() + timedelta(minutes=6)
    monkeypatch.setattr(alerts, "wall_now", lambda: later)
    assert frame(settings)["alerts_note"].startswith("правила не проверяются с ")
    with store.desk(settings) as con:
        store.watched(con, NOW, "CatalogException")
    assert "ошибка расчёта" in frame(settings)["alerts_note"]


@pytest.mark.parametrize(
    ("state", "tries", "told"),
    [
        ("queued", 0, ""),
        ("queued", 2, "не доставлено, повторяется · HTTP 500 · повтор в 14:32:35"),
        ("failed", 12, "не доставлено · HTTP 500"),
        ("sent", 1, ""),
        ("no_address", 0, ""),
    ],
)
def test_a_message_that_does_not_arrive_is_told_on_its_alert(settings, state, tries, told):
    keep(settings, LEVEL)
    error = "http 500" if tries > 1 else None
    with store.desk(settings) as con:
        con.execute(
            "insert into alert_outbox (alert_id, kind, channel, address, severity, title, body, "
            "state, tries, queued_at, due_at, error) "
            "values ('a1', 'begin', 'shift', 0, 'critical', '', '', ?, ?, '', ?, ?)",
            (state, tries, "2026-11-22T11:32:35+00:00", error),
        )
    assert [row["trouble"] for row in frame(settings)["alerts"]] == [told]


def test_the_page_has_their_history_and_the_supervisor_takes_them(home_lake, open_page):
    keep(home_lake.settings, LEVEL, replace(SILENT, state="ended", ended_at=NOW, end_reason="x"))
    at = open_page("now")
    assert not at.exception
    (board,) = at.get("bidi_component")
    assert json.loads(board.proto.json)["may_act"] is True
    shown = at.dataframe[0].value
    assert shown["what"].tolist() == [
        "Уровень ниже цели: Единый номер поддержки", "Источник молчит: чаты",
    ]  # fmt: skip
    assert shown["severity_word"].tolist() == ["‼ критично", "△ внимание"]
    assert [b.label for b in at.get("download_button")] == [
        "Скачать CSV", "Скачать XLSX", "Скачать Parquet",
    ]  # fmt: skip


@pytest.mark.parametrize(("person", "may"), [("supervisor", True), ("analyst", False)])
def test_only_the_supervisor_takes_alerts_in_hand(home_lake, open_page, person, may):
    (board,) = open_page("now", person=person).get("bidi_component")
    assert json.loads(board.proto.json)["may_act"] is may


def test_without_alerts_the_history_says_so(home_lake, open_page):
    at = open_page("now", lang="en")
    assert "No alerts yet." in at.info[0].value


def test_an_alert_is_taken_under_a_name_that_the_session_remembers(home_lake, open_page):
    keep(home_lake.settings, LEVEL, SILENT)
    at = open_page("now")

    def press(name: str | None = None) -> None:
        at.session_state["now_board"] = {"acknowledge": "a1"}  # the browser keeps the dialog open
        if name is None:
            at.run()
            return
        at.text_input(key="now_alert_by").set_value(name)
        at.button(key="now_alert_take").click().run()

    press()
    assert not at.exception
    assert at.text_input(key="now_alert_by").value == "Старший смены"
    press("+7 916 123-45-67")
    assert "Назовите имя" in at.warning[-1].value
    press("Ветрова, смена 2")
    assert frame(home_lake.settings)["alerts"][0]["held"] == "в работе: Ветрова, смена 2"
    assert at.session_state["alert_taken_by"] == "Ветрова, смена 2"
