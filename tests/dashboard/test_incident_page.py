"""The page Сбои: open, announce, restore, notify to none; the log; who may act, and no worker."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.lake.lock import writer_lock
from pipelines.settings import load, wall_now
from pipelines.shift.acts import acts
from pipelines.shift.project import project


@pytest.fixture
def people(home_lake):
    """Three contacts of two people about an outage, a quarter of an hour ago, and one other."""
    at = wall_now() - timedelta(minutes=15)
    day = at.astimezone(home_lake.settings.tz).date()
    for contact, citizen, category in (
        ("a", "x", "service_outage"),
        ("b", "x", "service_outage"),
        ("c", "y", "service_outage"),
        ("d", "z", "form_error"),
    ):
        home_lake.con.execute(
            "insert into lake.contacts by name select $id as contact_id, 'calls' as source, "
            "'phone' as channel, 'main' as line, $category as category, $citizen as citizen_key, "
            "$at as received_at, $day as received_date",
            {"id": contact, "category": category, "citizen": citizen, "at": at, "day": day},
        )
    return home_lake


def keys(at) -> set[str]:
    return {button.key for button in at.button if button.key}


def texts(at) -> str:
    shown = [*at.caption, *at.success, *at.warning, *at.info, *at.error, *at.header, *at.subheader]
    return " | ".join(str(one.value) for one in shown)


def tiles(at) -> str:
    return " ".join(str(html.proto.body) for html in at.get("html"))


def carried(lake, at):
    """What the worker does each second, then the page looks again."""
    project(lake)
    return at.run()


def opened(lake, open_page, since_minutes: int = 20):
    at = open_page("incident")
    since = (wall_now() - timedelta(minutes=since_minutes)).astimezone(lake.settings.tz)
    at.selectbox(key="incident_new_category").set_value("service_outage")
    at.date_input(key="incident_since_day").set_value(since.date())
    at.time_input(key="incident_since_time").set_value(since.time())
    at.button(key="incident_open").click().run()
    project(lake)
    return open_page("incident", id=acts(lake.settings)[0].subject)


def test_the_whole_way_open_announce_restore_notify_to_none(people, open_page):
    at = opened(people, open_page)
    assert not at.exception
    assert "<b>2</b>" in tiles(at)  # people; three contacts
    assert "Контакты сбоя: 3" in [one.label for one in at.expander]

    at.text_area(key="incident_announcement").set_value("Портал недоступен")
    at.button(key="incident_announce").click().run()
    at = carried(people, at)
    assert "включено" in tiles(at)
    assert "Текст объявления: Портал недоступен" in texts(at)
    at.button(key="incident_silence").click().run()
    at = carried(people, at)
    assert "выключено" in tiles(at)

    at.button(key="incident_restore").click().run()
    at = carried(people, at)
    assert {"incident_told_all", "incident_resume"} <= keys(at)
    assert at.button(key="incident_told").disabled
    assert at.button(key="incident_told_all").label == "Уведомлены все: 2"
    at.button(key="incident_told_all").click().run()
    at = carried(people, at)
    assert "Все уведомлены." in texts(at)

    log = at.dataframe[-1].value
    assert log["act"].to_list() == [
        "Заявители уведомлены", "Сервис восстановлен", "Объявление выключено",
        "Объявление включено", "Сбой открыт",
    ]  # fmt: skip
    assert set(log["who"]) == {"Старший смены"}
    assert {act.who for act in acts(people.settings)} == {"supervisor"}


def test_the_figures_of_page_and_command_line_are_the_same(people, open_page):
    opened(people, open_page)
    at = open_page("incident")
    row = at.dataframe[0].value.iloc[0]
    told = CliRunner().invoke(app, ["metrics", "incidents", "--format", "json"])
    assert told.exit_code == 0, told.output
    (found,) = json.loads(told.stdout)
    assert (row["citizens"], row["contacts"]) == (found["citizens"], found["contacts"]) == (2, 3)


def test_without_a_worker_the_act_is_kept_and_the_page_says_what_to_do(people, open_page):
    at = opened(people, open_page)
    assert "Рабочий процесс не запущен: запустите `liniya run`" in texts(at)
    at.button(key="incident_restore").click().run()
    assert "1 действие записано, но ещё не учтено в цифрах. Рабочий процесс не" in texts(at)
    assert acts(people.settings)[-1].kind == "restored"
    people.close()
    with writer_lock(load(), "liniya worker"):
        at.run()
        assert "Рабочий процесс не запущен" not in texts(at)


@pytest.mark.parametrize("person", ["analyst", "executive", "engineer"])
def test_others_see_and_do_not_act(people, open_page, person):
    opened(people, open_page)
    incident_id = acts(people.settings)[0].subject
    for at in (open_page("incident", person=person),
               open_page("incident", person=person, id=incident_id)):  # fmt: skip
        assert not at.exception
        assert {k for k in keys(at) if k.startswith("incident_") and "file" not in k} <= {
            "incident_back"
        }
    assert "<b>2</b>" in tiles(at)


def test_the_way_back_to_all_outages_leaves_the_address_of_one(people, open_page):
    at = opened(people, open_page)
    at.button(key="incident_back").click().run()
    assert "id" not in at.query_params
    assert "incident_span" in {one.key for one in at.get("button_group")}


def test_an_operator_has_no_such_page(people, open_page):
    at = open_page("incident", person="operator")
    assert keys(at) == set()


def test_what_another_did_meanwhile_is_told_and_not_done_twice(people, open_page):
    at = opened(people, open_page)
    other = open_page("incident", id=acts(people.settings)[0].subject)
    at.button(key="incident_restore").click().run()
    other.button(key="incident_restore").click().run()
    assert "Сервис уже отмечен восстановленным." in texts(other)
    assert [act.kind for act in acts(people.settings)] == ["opened", "restored"]


def test_since_when_can_be_changed_and_the_log_says_from_what_to_what(people, open_page):
    at = opened(people, open_page, since_minutes=5)
    assert "<b>0</b>" in tiles(at)
    since = (wall_now() - timedelta(minutes=30)).astimezone(people.settings.tz)
    at.date_input(key="incident_edit_since_day").set_value(since.date())
    at.time_input(key="incident_edit_since_time").set_value(since.time())
    at.button(key="incident_change").click().run()
    at = carried(people, at)
    assert "<b>2</b>" in tiles(at)
    assert at.dataframe[-1].value["text"].iloc[0].startswith("начало: ")


def test_a_note_and_a_hand_over_stand_in_the_log_of_the_shift(people, open_page):
    opened(people, open_page)
    at = open_page("incident")
    at.text_input(key="incident_note").set_value("Подрядчик едет")
    at.button(key="incident_note_send").click().run()
    draft = at.text_area(key="incident_handover").value
    assert draft.startswith("Идут сбои:\n")
    at.button(key="incident_handover_send").click().run()
    at = carried(people, at)
    log = at.dataframe[-1].value
    assert log["act"].to_list() == ["Передача смены", "Заметка", "Сбой открыт"]
    assert log["text"].iloc[1] == "Подрядчик едет"


def test_a_withdrawn_outage_is_gone_from_the_list_and_stays_in_the_log(people, open_page):
    at = opened(people, open_page)
    at.text_input(key="incident_reason").set_value("ошибка")
    at.button(key="incident_withdraw").click().run()
    at = carried(people, at)
    assert "Массовых сбоев за это время не отмечено." in texts(at)
    assert at.dataframe[-1].value["act"].to_list() == ["Сбой отозван: его не было", "Сбой открыт"]


def test_the_page_is_in_english_too(people, open_page):
    opened(people, open_page)
    at = open_page("incident", lang="en")
    assert not at.exception
    assert at.dataframe[-1].value["act"].to_list() == ["Incident opened"]
