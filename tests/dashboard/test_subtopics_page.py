"""Подтемы on Проблемы: suggestions with their contacts, acts of an analyst; the card's category."""

from datetime import timedelta

import polars as pl
import pytest

from pipelines.problems.subtopic_rules import NONE
from pipelines.settings import wall_now
from pipelines.shift.acts import acts
from pipelines.shift.project import project

TOPICS = {"form_error-1": "Поле, красная ошибка", "form_error-2": "Кнопка, не нажимается"}
TEXTS = {  # id: text, topic
    "a": ("красная ошибка под полем отчества", "form_error-1"),
    "b": ("поле горит красным и не пускает", "form_error-1"),
    "c": ("кнопка отправить не нажимается совсем", "form_error-2"),
    "d": ("капча со светофорами", NONE),
}


def put(lake, table: str, rows: list[dict]) -> None:
    lake.con.register("given", pl.DataFrame(rows))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


@pytest.fixture
def suggested(home_lake):
    """Four contacts of one category, three of them in two sub-topics; one category of one text."""
    at = wall_now() - timedelta(minutes=15)
    day = at.astimezone(home_lake.settings.tz).date()
    own = {"source": "calls", "line": "main", "channel": "phone", "received_at": at,
           "received_date": day, "category_source": "recorded"}  # fmt: skip
    put(home_lake, "contacts", [
        *({"contact_id": one, "text": text, "category": "form_error"} | own
          for one, (text, _) in TEXTS.items()),
        {"contact_id": "e", "text": "просрочен", "category": "passport"}
        | own | {"category_source": "analyst"},
    ])  # fmt: skip
    put(home_lake, "category_decisions", [
        {"decision_id": "one", "seq": 1, "decided_at": at, "who": "analyst", "contact_id": "e",
         "category": "passport", "was": "form_error", "was_source": "model"}
    ])  # fmt: skip
    put(home_lake, "subtopic_fits", [
        {"category": "form_error", "version": 1, "fitted_at": at, "n_texts": 200, "n_topics": 2,
         "least": 0.1}
    ])  # fmt: skip
    put(home_lake, "subtopics", [
        {"topic": topic, "category": "form_error", "version": 1, "first_version": 1, "name": name,
         "words": "поле;ошибка", "is_hidden": False, "counts_as": topic}
        for topic, name in TOPICS.items()
    ])  # fmt: skip
    put(home_lake, "subtopic_guesses", [
        {"contact_id": one, "received_date": day, "category": "form_error", "version": 1,
         "topic": topic, "weight": 0.5}
        for one, (_, topic) in TEXTS.items()
    ])  # fmt: skip
    return home_lake


def said(at) -> str:
    shown = [*at.caption, *at.markdown, *at.info, *at.text, *at.warning]
    return " | ".join(str(one.value) for one in shown).replace("\xa0", " ")


def counts(at) -> dict[str, int]:
    (table,) = (one.value for one in at.dataframe if "title" in one.value.columns)
    return dict(zip(table["title"], table["contacts"], strict=True))


def test_a_category_opens_with_its_sub_topics_and_an_analyst_names_one(suggested, open_page):
    at = open_page(
        "problems", person="analyst", topic="form_error", part="form_error~subtopic~form_error-1"
    )
    assert not at.exception
    none = "не подошли ни к одной подтеме"
    assert counts(at) == dict(zip((*TOPICS.values(), none), (2, 1, 1), strict=True))
    assert "предложено машиной" in said(at)
    assert "2 контакта" in said(at)
    assert "— поле горит красным и не пускает" in said(at)
    at.text_input(key="problems_subtopic_name_form_error-1").set_value("Красные поля")
    at.button(key="problems_subtopic_rename").click().run()
    assert not at.exception
    (made,) = acts(suggested.settings)
    assert (made.kind, made.who, made.subject) == (
        "subtopic_renamed", "analyst", "form_error-1",
    )  # fmt: skip
    project(suggested)
    at = open_page("problems", topic="form_error", lang="en", part="form_error~subtopic~none")
    assert counts(at)["Красные поля"] == 2
    assert "Fit no sub-topic: 25.0" in said(at)
    assert "1 contact" in said(at)
    assert not [one for one in at.button if str(one.key).startswith("problems_subtopic_")]


def test_too_few_texts_are_said(suggested, open_page):
    at = open_page("problems", topic="passport", side="subtopic")
    assert "разных текстов 1, нужно 60" in said(at)


def test_a_card_says_who_decided_its_category_and_what_it_was_before(suggested, open_page):
    at = open_page("contact", person="analyst", id="e")
    assert not at.exception
    assert "Тематику решил аналитик: Аналитик качества" in said(at)
    assert "До этого: «Ошибка при заполнении формы» (дала модель)." in said(at)
