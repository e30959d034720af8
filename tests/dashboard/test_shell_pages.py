"""The frame of every page: it opens, names itself, follows role, language and address."""

from collections.abc import Callable

import pytest

from dashboard.pages import PAGES
from pipelines.lake.connect import Lake
from tests.dashboard.conftest import Fill
from tests.lakes import Fresh

HEADINGS = {
    "now": ("Оперативная обстановка", "Live situation"),
    "incident": ("Массовые сбои и журнал смены", "Incidents and shift log"),
    "promises": (
        "Обязательства перед гражданами: норматив и факт",
        "Promises to citizens: target and fact",
    ),
    "problems": ("Тематики и повторяющиеся проблемы", "Topics and recurring problems"),
    "operators": ("Качество работы операторов", "Operators' quality"),
    "reviews": ("Проверка контактов по оценочному листу", "Reviews of contacts by the scorecard"),
    "week": ("Сводка за неделю", "Weekly summary"),
    "quality": ("Качество данных", "Data quality"),
    "contact": ("Карточка обращения", "Contact card"),
}


@pytest.fixture(scope="module")
def empty(filled: Callable[[Fill], Fresh]) -> Fresh:
    return filled(lambda _: None)


@pytest.fixture
def empty_lake(empty: Fresh, shown: Callable[[Fresh], Lake]) -> Lake:
    return shown(empty)


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_on_an_empty_lake(page, empty_lake, open_page):
    at = open_page(page)
    assert not at.exception
    assert at.title[0].value == HEADINGS[page][0]


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_in_english(page, empty_lake, open_page):
    at = open_page(page, lang="en")
    assert not at.exception
    assert at.title[0].value == HEADINGS[page][1]


@pytest.mark.parametrize("page", [p for p in PAGES if p != "contact"])
def test_page_explains_that_there_is_no_lake_yet(page, no_lake, open_page):
    at = open_page(page)
    assert not at.exception
    assert at.info[0].value == "Данных пока нет: ни один журнал ещё не загружен."
    assert any("liniya ingest" in m.value for m in at.markdown)


def test_a_lake_of_a_newer_version_is_not_called_empty(home_lake, open_page):
    home_lake.con.execute("update lake.meta set value = '99' where name = 'schema_version'")
    at = open_page("promises")
    assert not at.exception
    assert "Хранилище есть" in at.error[0].value
    assert "99" in at.code[0].value


def test_nobody_picked_means_the_entrance_at_any_address(no_lake, open_page):
    at = open_page("promises", person=None)
    assert not at.exception
    assert at.title[0].value == "Линия"
    cards = "".join(h.proto.body for h in at.get("html"))
    assert cards.count('class="person"') == 5
    assert "/api/enter?person=supervisor" in cards


def test_a_page_of_another_role_says_so_and_shows_nothing_of_it(empty_lake, open_page):
    at = open_page("now", person="operator")
    assert not at.exception
    assert [title.value for title in at.title] == ["Эта страница не для вашего профиля"]
    at = open_page("now", person="operator", lang="en")
    assert [title.value for title in at.title] == ["This page is not for your profile"]


def test_the_address_fills_the_filters_and_they_go_along_to_the_next_page(empty_lake, open_page):
    at = open_page("promises", period="yesterday", line=["main", "chat"])
    assert at.multiselect[0].value == ["main", "chat"]
    assert at.selectbox[0].value == "yesterday"
    at.switch_page("app_pages/problems.py").run()
    assert at.multiselect[0].value == ["main", "chat"]
    assert at.query_params["line"] == ["main", "chat"]


def test_a_line_reference_data_do_not_know_can_be_asked_for(empty_lake, open_page):
    at = open_page("promises", line="Q-17")
    assert at.multiselect[0].value == ["Q-17"]


def test_clearing_a_filter_clears_the_address(empty_lake, open_page):
    at = open_page("promises", line="main")
    at.multiselect[0].set_value([]).run()
    assert "line" not in at.query_params


def test_a_period_that_makes_no_sense_is_the_default(empty_lake, open_page):
    at = open_page("promises", period="yesteryear")
    assert not at.exception
    assert at.selectbox[0].value == "28d"


def test_own_dates_come_from_the_address(empty_lake, open_page):
    at = open_page("promises", period="range", days=["2026-11-02", "2026-11-05"])
    assert not at.exception
    assert [d.isoformat() for d in at.date_input[0].value] == ["2026-11-02", "2026-11-05"]


def test_every_page_opens_with_its_own_period_when_nobody_chose(empty_lake, open_page):
    at = open_page("promises")
    assert at.selectbox[0].value == "28d"
    at.switch_page("app_pages/quality.py").run()
    assert at.selectbox[0].value == "7d"
