"""The page Неделя shows what was published, says what changed since, and publishes by a button."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import access
from pipelines.editions import editions, publish
from pipelines.jobs import serve_one
from pipelines.lake.lock import writer_lock
from pipelines.reports.gather import gather
from pipelines.settings import load
from pipelines.shift.project import project
from tests.editions.conftest import MONDAY, calls, pass_time, week_of_calls


@pytest.fixture(autouse=True)
def clock_of_data(monkeypatch):
    """Set before the lake of a test is opened."""
    monkeypatch.setenv("LINIYA_CLOCK", "data")


@pytest.fixture
def wednesday_after(home_lake):
    """The week W46 of twenty calls; it is Wednesday of the next."""
    week_of_calls(home_lake, MONDAY, [5.0] * 7 + [90.0] * 3)
    pass_time(home_lake, datetime(2026, 11, 18, 9, tzinfo=UTC))
    return home_lake


def captions(at) -> str:
    return " ".join(one.value for one in at.caption)


def warnings(at) -> str:
    return " ".join(one.value for one in at.warning)


def test_the_published_week_is_shown_and_what_later_data_changed_beside_it(
    wednesday_after, open_page
):
    publish(wednesday_after, "2026-W46", "executive")
    calls(wednesday_after, MONDAY + timedelta(days=3), [400.0] * 30, line="signature")
    at = open_page("week", person="executive", week="2026-W46")
    assert not at.exception
    assert "По более поздним данным" in warnings(at)
    assert "контактов 20 → 50" in warnings(at)
    said = captions(at)
    assert "редакция 1, предварительная, опубликована" in said
    assert "снимок №" in said
    assert at.title[0].value == "Сводка за неделю"
    said = " ".join(one.value for one in at.markdown)
    assert "Опубликована: **Руководитель, " in said  # no small print: what an edition rests on
    assert "Обещания: **1-я версия: " in said
    assert "Массовых сбоев не отмечено" in said
    assert "Прогноза нет: в журналах меньше четырёх таких же дней недели." in said
    assert at.button(key="week_behind_unserved").label == "Кто остался без ответа"
    at.selectbox(key="week_edition").set_value("now").run()
    assert not at.exception
    assert "По более поздним данным" not in warnings(at)
    assert "редакция" not in captions(at)
    at.selectbox(key="week_kind").set_value("month").run()
    assert not at.exception
    assert at.title[0].value == "Сводка за месяц"
    assert not at.get("download_button")
    at.button(key="week_make_xlsx").click().run()  # made when asked for, and then there to take
    (file,) = at.get("download_button")
    assert file.proto.label == "Скачать XLSX"
    assert [one.label for one in at.button if one.label.startswith("Подготовить")] == [
        "Подготовить PDF", "Подготовить HTML",
    ]  # fmt: skip


def test_the_button_asks_the_worker_and_follows_it(wednesday_after, open_page):
    with writer_lock(load(), "liniya worker"):
        at = open_page("week", person="executive", week="2026-W46")
        at.button(key="week_publish").click().run()
        assert not at.exception
        assert serve_one(wednesday_after)
        at.run()
    assert not at.exception
    assert at.success[0].value == "Опубликована редакция 1."
    (made,) = editions(wednesday_after)
    assert made.published_by == "executive"


def test_a_decision_is_written_on_the_page_and_stands_under_the_week(wednesday_after, open_page):
    at = open_page("week", person="executive", week="2026-W46", behind="channel~phone")
    assert "Контакты: телефон" in [one.value for one in at.subheader]
    assert "20 контактов" in captions(at)  # as the table of channels says
    assert "liniya report week 2026-W46 --publish" in captions(at)  # nobody is there to do it
    at.selectbox(key="week_figure").set_value("level")
    at.text_area(key="week_text").set_value("Усилить утреннюю смену")
    at.text_input(key="week_owner").set_value("начальник смены")
    at.button(key="week_decide").click().run()
    assert not at.exception
    assert "ещё не учтено" in warnings(at)  # no worker runs
    project(wednesday_after)
    at.run()
    tables = [one.value.to_csv() for one in at.dataframe]
    (table,) = [one for one in tables if "Усилить утреннюю смену" in one]
    assert "начальник смены" in table
    assert "70,0" in table
    week_after = gather(wednesday_after, "2026-W47", "now")
    assert [one["text"] for one in week_after["followed"]] == ["Усилить утреннюю смену"]


def test_who_sees_a_part_or_another_role_does_not_publish():
    whole = access.Person("boss", "executive", ())
    assert whole.may_publish
    assert not replace(whole, lines=("main",)).may_publish
    assert not replace(whole, role="engineer").may_publish
