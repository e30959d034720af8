"""Разметка on Проблемы: an analyst decides in a click; others see none of it; no model yet."""

from datetime import timedelta

import polars as pl
import pytest

from pipelines.lake.lock import writer_lock
from pipelines.problems.decisions import carry, decisions
from pipelines.settings import load, wall_now

GUESSED = {  # id: text, category, source, state, guess, confidence
    "a": ("не приходит код", None, None, "undetermined", "code_not_received", 0.5),
    "b": ("не приходит код", None, None, "undetermined", "code_not_received", 0.5),
    "c": ("портал лежит", "passport", "recorded", "contradicted", "service_outage", 0.97),
}


def put(lake, table: str, rows: pl.DataFrame) -> None:
    lake.con.register("given", rows)
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


@pytest.fixture
def guessed(home_lake):
    """Two contacts of one text the model is not sure of, and a recorded one it contradicts."""
    at = wall_now() - timedelta(minutes=15)
    names = ("text", "category", "category_source", "state", "guess", "confidence")
    rows = pl.DataFrame(
        [
            {"contact_id": one, "source": "calls", "line": "main", "channel": "phone",
             "received_at": at, "received_date": at.astimezone(home_lake.settings.tz).date()}
            | dict(zip(names, row, strict=True))
            for one, row in GUESSED.items()
        ]
    )  # fmt: skip
    put(home_lake, "contacts", rows.drop("state", "guess", "confidence"))
    put(home_lake, "category_guesses", rows.select(
        "contact_id", "received_date", "state", "confidence", category="guess",
        suggested=pl.format("{};registration;passport", "guess"), version=pl.lit(1),
    ))  # fmt: skip
    return home_lake


@pytest.fixture
def trained(guessed):
    put(guessed, "category_models", pl.DataFrame(
        {"version": [1], "trained_at": [wall_now()], "n_texts": [120], "n_decided": [0],
         "n_categories": [2], "sure": [0.8]}
    ))  # fmt: skip
    quality = {"n": [100, 60], "precision": [0.9, 0.95], "recall": [0.9, 0.8], "f1": [0.9, 0.86],
               "covered": [0.8, 0.7], "sure_precision": [0.98, None]}  # fmt: skip
    put(guessed, "category_quality", pl.DataFrame(
        {"version": [1, 1], "category": ["*", "passport"]} | quality
    ))  # fmt: skip
    return guessed


def opened(open_page, **more):
    return open_page("problems", person=more.pop("person", "analyst"), view="labels", **more)


def keys(at) -> set[str]:
    return {button.key for button in at.button if button.key}


def texts(at) -> str:
    shown = [*at.caption, *at.markdown, *at.warning, *at.info, *at.error, *at.text]
    return " | ".join(str(one.value) for one in shown)


def test_a_click_decides_for_all_contacts_of_the_text_and_the_next_one_comes(trained, open_page):
    at = opened(open_page)
    assert not at.exception
    assert "не приходит код" in texts(at)
    assert "2 контакта" in texts(at)
    at.button(key="problems_is_b_registration").click().run()
    made = decisions(trained.settings)
    assert made.select("contact_id", "category", "who").rows() == [
        ("a", "registration", "analyst"), ("b", "registration", "analyst"),
    ]  # fmt: skip
    # no worker: the decision is kept, its text waits no more, and the page says what to do
    assert "Решения о 2 контактах записаны" in texts(at)
    assert "problems_is_b_registration" not in keys(at)
    carry(trained)
    at.run()
    assert (
        trained.frame(
            "select category, category_source from lake.contacts where contact_id in ('a', 'b')"
        ).rows()
        == [("registration", "analyst")] * 2
    )


def test_another_category_takes_two_clicks_and_none_of_these_takes_one(trained, open_page):
    at = opened(open_page)
    at.selectbox(key="problems_which_b").set_value("misuse_report").run()
    assert set(decisions(trained.settings)["category"]) == {"misuse_report"}
    at = opened(open_page, queue="contradicted")
    assert "в журнале «Паспорт и его копии», по тексту «Сервис недоступен»" in texts(at)
    at.button(key="problems_none_c").click().run()
    assert decisions(trained.settings)[-1, "category"] is None


def test_a_decision_can_be_changed_in_the_queue_of_decided_texts(trained, open_page):
    at = opened(open_page, queue="contradicted")
    at.button(key="problems_is_c_service_outage").click().run()
    carry(trained)
    at = opened(open_page, queue="decided")
    assert "решено: «Сервис недоступен», Аналитик качества" in texts(at)
    at.button(key="problems_is_c_registration").click().run()
    carry(trained)
    assert trained.frame("select category from lake.contacts where contact_id = 'c'").item() == (
        "registration"
    )


def test_what_another_analyst_decided_meanwhile_is_said(trained, open_page):
    at, other = opened(open_page), opened(open_page)
    at.button(key="problems_is_b_passport").click().run()
    other.button(key="problems_is_b_registration").click().run()
    assert "Другой аналитик уже решил иначе" in texts(other)
    assert set(decisions(trained.settings)["category"]) == {"passport"}


@pytest.mark.parametrize("person", ["supervisor", "executive", "engineer"])
def test_others_see_no_queue(trained, open_page, person):
    at = opened(open_page, person=person)
    assert not at.exception
    assert not {key for key in keys(at) if key.startswith("problems_is")}
    assert "не приходит код" not in texts(at)


def test_quality_by_category_stands_below_with_how_it_is_counted(trained, open_page):
    at = opened(open_page)
    table = at.dataframe[0].value
    assert table["name"].to_list() == ["Паспорт и его копии"]
    assert "F1 90,0 % на текстах, которых не видела" in texts(at).replace("\xa0", " ")
    assert "доля верных среди таких же догадок" in texts(at)


def test_without_a_model_the_page_says_how_to_train_one(guessed, open_page):
    at = opened(open_page)
    assert not at.exception
    assert "`liniya categorise`" in texts(at)
    assert at.button(key="problems_train").disabled


def test_the_button_asks_the_worker_for_a_version(trained, open_page):
    trained.close()
    with writer_lock(load(), "liniya worker"):
        at = opened(open_page)
        at.button(key="problems_train").click().run()
        assert not at.exception
        assert "Новая версия: ждёт очереди…" in texts(at)


def test_an_empty_queue_says_so_in_english_too(trained, open_page):
    at = opened(open_page, queue="named", lang="en")
    assert not at.exception
    assert "This queue is empty for the period." in texts(at)
