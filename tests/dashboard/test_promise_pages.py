"""Обещания, Проблемы, Данные: with data, in an empty period, on an empty lake."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import streamlit as st

from pipelines.lake.connect import Lake
from tests.dashboard.conftest import Fill
from tests.lakes import Fresh

NOW = datetime.now(UTC).replace(microsecond=0)
# noon in Moscow: one day by both clocks, whenever the tests run
YESTERDAY = (NOW - timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)


def put(lake: Lake, table: str, *rows: dict[str, Any]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lake.con.register("given", pl.DataFrame([{n: row.get(n) for n in names} for row in rows]))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def contact(contact_id: str, **more: Any) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "source": "calls",
        "channel": "phone",
        "line": "main",
        "category": "form_error",
        "citizen_key": "citizen",
        "received_at": YESTERDAY,
        "received_date": YESTERDAY.date(),
    } | more


def fill(lake: Lake) -> None:
    """Ten waits of which nine were over five minutes, and one torn row in quarantine."""
    put(lake, "contacts", *(contact(f"calls:{n}") for n in range(10)))
    clock = {
        "promise": "phone.wait_max",
        "promise_version": 1,
        "kind": "clock",
        "number": 1,
        "started_at": YESTERDAY,
        "due_at": YESTERDAY + timedelta(minutes=5),
        "stop_kind": "stopped",
    }
    put(
        lake,
        "clocks",
        *(
            clock
            | {"contact_id": f"calls:{n}", "received_date": YESTERDAY.date()}
            | {"stopped_at": YESTERDAY + timedelta(minutes=9 if n else 1)}
            for n in range(10)
        ),
    )
    put(
        lake,
        "files",
        {"file_id": "f", "name": "calls.csv", "source": "calls", "read": 11, "accepted": 10}
        | {"updated": 0, "duplicate": 0, "quarantined": 1, "seconds": 0.5, "ingested_at": NOW},
    )
    put(
        lake,
        "quarantine",
        {"quarantine_id": "q", "source": "calls", "dataset": "calls", "file": "calls.csv"}
        | {"row_no": 7, "expectations": "readable_row", "reason": "r", "action": "a"}
        | {"row": '{"call_id": "7", "text": "[ФИО]"}', "quarantined_at": NOW, "status": "held"},
    )


@pytest.fixture(scope="module")
def ten_waits(filled: Callable[[Fill], Fresh]) -> Fresh:
    return filled(fill)


@pytest.fixture
def kept_and_broken(ten_waits: Fresh, shown: Callable[[Fresh], Lake]) -> Lake:
    return shown(ten_waits)


def everything(at: Any) -> str:
    """All words of a page: text, captions, tables, html."""
    parts = [
        m.value
        for kind in (at.markdown, at.caption, at.info, at.header, at.subheader)
        for m in kind
    ]
    parts += [str(table.value.to_dict("list")) for table in at.dataframe]
    parts += [h.proto.body for h in at.get("html")]
    return "\n".join(map(str, parts))


def test_a_broken_promise_stands_first_with_its_people(kept_and_broken, open_page):
    at = open_page("promises")
    assert not at.exception
    first = at.dataframe[0].value.to_dict("records")[0]
    assert first["promise"] == "Ожидание ответа не более 5 минут"
    assert first["state"] == "✕ не выполняется"
    assert (first["fact"], first["failed"], first["citizens"]) == ("10,0\u00a0%", 9, 1)


def test_the_address_opens_a_promise_down_to_the_contacts_that_broke_it(kept_and_broken, open_page):
    at = open_page("promises", promise="phone.wait_max")
    assert not at.exception
    assert at.header[0].value == "Ожидание ответа не более 5 минут"
    contacts = at.dataframe[-1].value
    assert len(contacts) == 9
    assert "calls:0" not in contacts["contact_id"].to_list()


def test_a_promise_with_nothing_to_judge_says_why(kept_and_broken, open_page):
    at = open_page("promises", promise="incident.restore")
    assert not at.exception
    assert any("ни одного случая" in i.value or "не знают" in i.value for i in at.info)


def test_the_passport_opens_from_the_address_with_five_formulas_and_bounds(
    kept_and_broken, open_page
):
    items = ({"source": "calls", "item": item} for item in ("queued", "answered"))
    put(kept_and_broken, "source_provides", *items)
    kept_and_broken.con.execute("update lake.quarantine set row_at = ?", [YESTERDAY])
    at = open_page("promises", promise="phone.wait_max", passport="1")
    assert not at.exception
    words = everything(at)
    assert "| База | контакты |" in words
    assert "1, для любых дат" in words
    assert all(f"**SL-{n}**" in words for n in range(1, 6))
    # the row in quarantine may be one more contact, met or not
    assert "Вне учёта: 1" in words
    assert "9,1\u00a0% в худшем случае … **10,0\u00a0%** по учёту … 18,2\u00a0% в лучшем" in words


def test_contacts_recoded_after_the_deadline_stand_below_the_promise(kept_and_broken, open_page):
    kept_and_broken.con.execute(
        "update lake.clocks set judged_category = 'registration' where contact_id = 'calls:3'"
    )
    st.cache_data.clear()  # figures of weeks are asked for once a minute
    at = open_page("promises", promise="phone.wait_max")
    assert not at.exception
    assert "Тематика изменена после срока" in everything(at)
    (recoded,) = (t.value for t in at.dataframe if "judged_category" in t.value)
    assert recoded["contact_id"].to_list() == ["calls:3"]
    assert recoded["judged_category"].to_list() != recoded["category"].to_list()


def test_an_hour_in_the_address_narrows_the_contacts_to_it(kept_and_broken, open_page):
    before = YESTERDAY - timedelta(days=2)
    old = {"received_at": before, "received_date": before.date()}
    put(kept_and_broken, "contacts", *(contact(f"calls:o{n}", **old) for n in range(25)))
    clock = {"promise": "phone.wait_max", "promise_version": 1, "kind": "clock", "number": 1}
    clock |= {"received_date": before.date(), "started_at": before, "stop_kind": "stopped"}
    clock |= {"due_at": before, "stopped_at": before + timedelta(minutes=1)}
    clocks = (clock | {"contact_id": f"calls:o{n}"} for n in range(25))
    put(kept_and_broken, "clocks", *clocks)
    local = YESTERDAY.astimezone(kept_and_broken.settings.tz)
    hour = f"{local.isoweekday()}-{local.hour}"
    assert len(open_page("promises", promise="phone.wait_max").dataframe[-1].value) == 34
    at = open_page("promises", promise="phone.wait_max", hour=hour)
    assert len(at.dataframe[-1].value) == 9
    assert at.get("plotly_chart")
    at.button("promises_hour_off").click().run()
    assert len(at.dataframe[-1].value) == 34
    assert "hour" not in at.query_params


def test_a_source_that_cannot_know_is_named_and_nothing_is_shown_as_zero(home_lake, open_page):
    put(home_lake, "contacts", *(contact(f"queue_log:{n}", source="queue_log") for n in range(3)))
    put(home_lake, "contacts", contact("calls:1"))
    put(home_lake, "source_provides", {"source": "queue_log", "item": "answered"})
    clock = {"promise": "contact.numbered", "promise_version": 1, "kind": "share", "number": 1}
    clock |= {"contact_id": "calls:1", "received_date": YESTERDAY.date(), "started_at": YESTERDAY}
    put(home_lake, "clocks", clock | {"due_at": YESTERDAY, "stopped_at": YESTERDAY})
    at = open_page("promises", promise="confirmation.sent")
    assert not at.exception
    (said,) = (i.value for i in at.info)
    assert "Нет данных — это не ноль" in said
    assert "`queue_log` (3 контакта) не сообщает: подтверждение отправлено, решено" in said


def test_the_category_filter_keeps_to_the_link_and_to_the_category_of_the_deadline(
    kept_and_broken, open_page
):
    at = open_page("promises", category="form_error", promise="main.available")
    assert not at.exception
    assert at.query_params["category"] == "form_error"
    assert any("отбора по тематике у неё нет" in i.value for i in at.info)
    at = open_page("promises", category="registration")
    assert "За выбранный период контактов нет." in at.info[0].value


def test_the_source_text_names_what_measures_it_and_why_the_rest_is_not(kept_and_broken, open_page):
    words = everything(open_page("promises", view="map"))
    assert "Номер 8‑800‑555‑35‑35 работает без перерывов" in words
    assert "Ожидание ответа не более 5 минут" in words
    assert "не измеряется: " in words
    assert "promise=phone.wait_max" in words


def test_categories_come_with_people_and_repeats_and_lead_to_contacts(kept_and_broken, open_page):
    at = open_page("problems", topic="form_error")
    assert not at.exception
    row = at.dataframe[0].value.to_dict("records")[0]
    assert (row["name"], row["contacts"], row["citizens"], row["repeats"]) == (
        "Ошибка при заполнении формы",
        10,
        1,
        9,
    )
    assert len(at.dataframe[-1].value) == 10
    assert "4 недели истории" in everything(at)


def test_logs_that_name_no_topic_are_told_so_and_drawn_no_empty_chart(home_lake, open_page):
    put(home_lake, "contacts", *(contact(f"calls:{n}", category=None) for n in range(3)))
    at = open_page("problems")
    assert not at.exception
    words = everything(at)
    assert "тематика не указана ни у одного" in words
    assert "без тематики повтор не узнать" in words
    assert "не называют тематику" in words
    assert not at.get("plotly_chart")


@pytest.mark.parametrize("page", ["promises", "problems"])
def test_an_empty_period_names_the_days_the_lake_holds_and_leads_there(home_lake, open_page, page):
    long_ago = {"received_at": datetime(1999, 2, 3, 9, tzinfo=UTC), "received_date": "1999-02-03"}
    put(home_lake, "contacts", contact("calls:1", **long_ago))
    at = open_page(page)
    assert not at.exception
    assert "есть контакты: 3 февраля 1999" in at.info[0].value
    (link,) = (x.proto for x in at.get("page_link"))
    assert "1999-02-03" in str(link)


def test_data_show_that_every_row_is_accounted_for(kept_and_broken, open_page):
    words = everything(open_page("quality"))
    assert "каждая строка учтена" in words
    assert "Строка оборвана или не читается" in words
    assert "Известные неисправности журналов телефонии" in words


@pytest.mark.parametrize("page", ["promises", "problems", "quality"])
def test_pages_speak_english_throughout(page, kept_and_broken, open_page):
    at = open_page(page, lang="en", promise="phone.wait_max", topic="form_error")
    assert not at.exception
    words = everything(at).replace("[ФИО]", "")
    assert not [w for w in words.splitlines() if any("а" <= c <= "я" for c in w.lower())]


@pytest.mark.parametrize("page", ["promises", "problems"])
def test_pages_explain_an_empty_period(page, kept_and_broken, open_page):
    at = open_page(page, period="range", days=["2020-01-01", "2020-01-02"])
    assert not at.exception
    assert "За выбранный период контактов нет." in at.info[0].value
    assert not at.dataframe


def test_data_of_an_empty_period_still_show_sources_and_files(kept_and_broken, open_page):
    at = open_page("quality", period="range", days=["2020-01-01", "2020-01-02"])
    assert not at.exception
    words = everything(at)
    assert "За период проверок не было" in words
    assert "calls.csv" in words


@pytest.mark.parametrize("page", ["promises", "problems", "quality"])
def test_pages_explain_an_empty_lake(page, home_lake, open_page):
    at = open_page(page)
    assert not at.exception
    assert len(at.info) == 1
