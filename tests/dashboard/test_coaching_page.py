"""Coaching on Операторы: advice, an agreement and the operator's answer; the card to print."""

import io
import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from pipelines.errors import UsageError
from pipelines.metrics import Query, Scope, coached
from pipelines.reports.card import gather_cards
from pipelines.reports.card_words import card_page
from pipelines.reports.card_write import cards_file, write_cards
from pipelines.reports.words import Words
from pipelines.shift.project import project
from tests.dashboard.test_operator_pages import cells, part, put, texts

START, END = date(2026, 10, 1), date(2026, 11, 1)
MONTH = Query(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC))


@pytest.fixture
def two_operators(home_lake):
    """op1 is behind in the own part, most of all on form errors; op2 is ahead."""
    put(home_lake, "operators", *({"operator_id": op, "team": "first", "hired_on": None}
                                  for op in ("op1", "op2")))  # fmt: skip
    put(home_lake, "operator_names", {"operator_id": "op1", "name": "Анна Первая"},
        {"operator_id": "op2", "name": "Борис Второй"})  # fmt: skip
    days = {"period_start": START, "period_end": END}
    score = days | {"n": 80, "reliability": 0.6, "flag": None}
    parts = json.dumps({"sla": part(0.7, 0.9, -10.0)})
    put(home_lake, "operator_scores",
        score | {"operator_id": "op1", "score": 38.0, "score_low": 31.0, "score_high": 45.0,
                 "components": parts},
        score | {"operator_id": "op2", "score": 63.0, "score_low": 55.0, "score_high": 71.0,
                 "components": parts})  # fmt: skip
    help_ = days | {"operator_id": "op1", "component": "sla", "n": 80, "value": 0.7}
    help_ |= {"expected": 0.9, "probability": 0.97, "points": 10.0, "category": None}
    put(home_lake, "operator_help", help_,
        help_ | {"category": "form_error", "n": 20, "value": 0.5, "points": 4.0},
        help_ | {"component": "fcr", "probability": 0.6, "points": 3.0})  # fmt: skip
    return home_lake


def test_help_is_named_agreed_on_and_answered_by_the_operator(two_operators, open_page):
    at = open_page("operators", operator="op1")
    assert not at.exception
    assert (
        "**Срок своей части**: до +10,0 балла оценки, если выйти на уровень коллег. "
        "Заметнее всего: Ошибка при заполнении формы." in texts(at)
    )
    assert "Решено с первого обращения**" not in texts(at)
    at.text_area(key="operators_agree_text").set_value("Слушаем *три* звонка")
    at.selectbox(key="operators_agree_component_None").set_value("sla")
    at.button(key="operators_agree").click().run()
    assert not at.exception
    project(two_operators)
    (row,) = coached(two_operators, MONTH).to_dicts()
    assert (row["operator"], row["component"], row["opened_by"]) == ("op1", "sla", "supervisor")

    own = open_page("operators", person="operator")
    assert not own.exception
    assert r"Слушаем \*три\* звонка" in texts(own)
    assert "**Срок своей части**: до +10,0 балла оценки" in texts(own)
    assert "Борис" not in texts(own) + cells(own)
    assert not [one for one in own.button if one.key == "operators_agree"]
    own.text_area(key=f"operators_answer_{row['coaching_id']}").set_value("Хорошо").run()
    own.button(key=f"operators_send_{row['coaching_id']}").click().run()
    project(two_operators)
    assert [one["text"] for one in coached(two_operators, MONTH)["said"][0]] == ["Хорошо"]


def test_a_card_says_reasons_and_help_and_an_operator_gets_only_the_own(two_operators, tmp_path):
    lake, words = two_operators, Words("ru", two_operators.settings.tz)
    (card,) = gather_cards(lake, MONTH, ["op1"], names={"op1": "Анна Первая"})
    page = card_page(card, words, lake)
    assert (page["name"], page["score"]) == ("Анна Первая", "38 (31–45)")
    assert page["period"] == "1–31 октября 2026 г."
    assert "Снижает оценку: срок своей части — 70,0\u00a0%" in " ".join(page["reasons"])
    assert page["advice"] == [
        "Срок своей части (до +10,0 балла): ошибка при заполнении формы — 50,0\u00a0% при "
        "90,0\u00a0% у коллег"
    ]
    own = Query(MONTH.start, MONTH.end, scope=Scope(operator="op1"))
    pdf = cards_file(lake, own, ".pdf", "ru", ["op1"], {})
    assert pdf.startswith(b"%PDF")
    with pytest.raises(UsageError, match="no score of operator 'op2'"):
        cards_file(lake, own, ".pdf", "ru", ["op2"], {})
    assert write_cards(lake, MONTH, tmp_path / "team.xlsx", "en", teams=["first"]) == 2
    scores = pl.read_excel(io.BytesIO((tmp_path / "team.xlsx").read_bytes()),
                           sheet_name="Scores", read_options={"header_row": 3})  # fmt: skip
    assert scores["score"].to_list() == [38, 63]
    assert scores["operator"].to_list() == ["op1", "op2"]
