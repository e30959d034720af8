"""Проверки and the operator's own page: sample, review, hand in, contest, appeal, decide, print."""

import json
from datetime import UTC, datetime, time, timedelta

import pytest
import sklearn.metrics  # noqa: F401 seconds to import: not within the time limit of a page

from dashboard.access import Person
from pipelines.lake.lock import writer_lock
from pipelines.reviews import reviewing, sampling
from pipelines.reviews.acts import acts
from pipelines.reviews.project import project
from pipelines.reviews.state import contests, reviews
from pipelines.settings import load, wall_now
from tests.dashboard.test_operator_pages import part, put, texts


@pytest.fixture
def hotline(home_lake):
    """Two operators of eight calls each, yesterday, and a score of the last 28 days."""
    yesterday = wall_now().astimezone(home_lake.settings.tz).date() - timedelta(days=1)
    at = datetime.combine(yesterday, time(9), UTC)
    header = {"source": "calls", "channel": "phone", "line": "main", "outcome": "served"}
    header |= {"received_at": at, "received_date": yesterday, "category": "wrong_credentials"}
    rows = [
        header | {"contact_id": f"calls:{op}-{n}", "operator_id": op}
        for op in ("op1", "op2")
        for n in range(8)
    ]
    put(home_lake, "contacts", *rows)
    leg = {"leg": 1, "answered_at": at, "queued_at": at, "talk_s": 60.0, "left_as": "answered"}
    keys = (
        "contact_id",
        "operator_id",
        "source",
        "channel",
        "line",
        "received_at",
        "received_date",
    )
    put(home_lake, "legs", *({k: row[k] for k in keys} | leg for row in rows))
    put(home_lake, "operators", {"operator_id": "op1"}, {"operator_id": "op2"})
    put(home_lake, "operator_names", {"operator_id": "op1", "name": "Анна Первая"},
        {"operator_id": "op2", "name": "Борис Второй"})  # fmt: skip
    score = {
        "period_start": yesterday - timedelta(days=26),
        "period_end": yesterday + timedelta(days=2),
        "n": 80, "reliability": 0.6, "score": 52.0, "score_low": 45.0, "score_high": 59.0,
        "components": json.dumps({"sla": part(0.7, 0.9, -10.0), "review": part(0.9, 0.8, 2.0)}),
    }  # fmt: skip
    put(
        home_lake, "operator_scores", score | {"operator_id": "op1"}, score | {"operator_id": "op2"}
    )
    return home_lake


def draw(lake, **more):
    """Two contacts an operator for the analyst."""
    day = wall_now().astimezone(lake.settings.tz).date()
    asked = {"seed": 1, "quota": 2, "double_share": 0.0, "by": ["analyst"]} | more
    sampling.draw(lake, "supervisor", wall_now(), day - timedelta(days=2), day, **asked)
    project(lake)
    return list(reviews(acts(lake.settings)).values())


def hand_in(lake, review, **other):
    answers = dict.fromkeys(review.criteria, "yes") | other
    one = wall_now(), review.review_id, review.seq
    reviewing.submit(lake, review.reviewer, *one, answers)
    project(lake)


def said(at) -> str:
    shown = [*at.caption, *at.success, *at.warning, *at.info, *at.error, *at.markdown]
    return " | ".join(str(one.value) for one in shown).replace("\u00a0", " ")


def test_an_analyst_draws_a_sample_and_finds_the_own_part_in_the_queue(hotline, open_page):
    at = open_page("reviews", person="analyst")
    assert not at.exception
    assert "Проверок для вас нет." in said(at)
    at = open_page("reviews", person="analyst", view="choose")
    at.number_input(key="reviews_quota").set_value(3)
    at.number_input(key="reviews_double").set_value(0)
    at.multiselect(key="reviews_by").set_value(["analyst"])
    at.button(key="reviews_draw").click().run()
    assert "Назначено 6 проверок · 6 контактов из 16" in said(at)
    project(hotline)
    at = open_page("reviews", person="analyst")
    assert "6 проверок ждёт вас" in said(at)
    assert list(at.dataframe[0].value["state"]) == ["назначена"] * 6


def test_a_review_is_filled_in_beside_the_contact_saved_and_handed_in(hotline, open_page):
    review = draw(hotline)[0]
    at = open_page("reviews", person="analyst", review=review.review_id)
    assert not at.exception
    assert review.contact_id in at.header[0].value
    assert at.button(key="reviews_submit").disabled
    key = f"reviews_answer_{review.review_id}_"
    assert {one.key.removeprefix(key) for one in at.radio} == set(review.criteria)
    at.radio(key=f"{key}politeness").set_value("no").run()
    at.text_input(key=f"reviews_note_{review.review_id}_politeness").set_value("перебивал")
    at.button(key="reviews_save").click().run()
    found = reviewing.get(hotline, review.review_id)
    assert (found.state, dict(found.notes)) == ("draft", {"politeness": "перебивал"})
    for one in at.radio:
        at.radio(key=one.key).set_value("no" if one.key.endswith("politeness") else "yes")
    at.run()
    at.button(key="reviews_submit").click().run()
    assert reviewing.get(hotline, review.review_id).state == "submitted"
    project(hotline)
    at = open_page("reviews", person="supervisor", review=review.review_id)
    assert not at.exception
    assert list(at.dataframe[0].value["answer"]).count("нет") == 1
    assert list(at.dataframe[1].value["act"]) == ["назначена", "сохранён черновик", "сдана"]


def test_what_another_window_wrote_meanwhile_is_told_and_can_be_looked_at(hotline, open_page):
    review = draw(hotline)[0]
    at = open_page("reviews", person="analyst", review=review.review_id)
    reviewing.save(hotline, "analyst", wall_now(), review.review_id, review.seq,
                   {"politeness": "no"})  # fmt: skip
    at.button(key="reviews_save").click().run()
    assert "изменили в другом окне" in said(at)
    at.button(key="reviews_theirs").click().run()
    assert at.radio(key=f"reviews_answer_{review.review_id}_politeness").value == "no"
    at.button(key="reviews_save").click().run()
    assert "изменили" not in said(at)


def test_another_s_open_review_shows_nothing_and_a_blind_pair_stays_blind(hotline, open_page):
    mine, *_ = draw(hotline, double_share=1.0, by=["analyst", "supervisor"])
    hand_in(hotline, mine)
    other = "supervisor" if mine.reviewer == "analyst" else "analyst"
    at = open_page("reviews", person=other, review=mine.review_id)
    assert not at.exception
    assert "слепо проверяют двое" in said(at)
    assert not at.dataframe
    at = open_page("reviews", person="operator", review=mine.review_id)
    assert not at.radio
    assert not at.dataframe


def test_results_show_the_gate_apart_and_a_second_person_confirms(hotline, open_page):
    first, *_ = draw(hotline)
    hand_in(hotline, first, identity_verified="no")
    at = open_page("reviews", person="supervisor", view="results", period="7d")
    assert not at.exception
    gate = at.dataframe[0].value
    assert list(gate["failed"]) == [1]
    assert list(at.dataframe[1].value["critical"]) == ["Личность подтверждена до разблокировки"]
    at = open_page("reviews", person="analyst", review=first.review_id)
    assert "reviews_confirm" not in {one.key for one in at.button}
    at = open_page("reviews", person="supervisor", review=first.review_id)
    at.button(key="reviews_dismiss").click().run()
    project(hotline)
    at = open_page("reviews", person="supervisor", view="results", period="7d")
    assert list(at.dataframe[0].value["failed"]) == [0]


def test_calibration_has_agreement_and_leniency(hotline, open_page):
    for one in draw(hotline, double_share=1.0, by=["analyst", "supervisor"]):
        hand_in(hotline, one, politeness="no" if one.reviewer == "analyst" else "yes")
    at = open_page("reviews", person="analyst", view="calibration", period="7d", lang="en")
    assert not at.exception
    table = at.dataframe[0].value
    assert table["label"].iloc[0] == "Politeness"
    assert list(at.dataframe[1].value["n"]) == [4, 4]
    at = open_page("reviews", person="analyst", view="appeals")
    assert "Апелляций нет." in said(at)


def test_an_operator_sees_and_contests_only_the_own_and_a_second_person_decides(hotline, open_page):
    for one in draw(hotline):
        hand_in(hotline, one)
    at = open_page("operators", person="operator")
    assert not at.exception
    assert "Борис" not in texts(at)
    assert "operators_card_pdf" in {one.key for one in at.get("download_button")}
    behind = next(f.value for f in at.dataframe if "appeal" in f.value)
    assert len(behind) == 8
    assert all(one.startswith("calls:op1") for one in behind["contact_id"])
    own = at.dataframe[-1].value
    assert all(one.startswith("calls:op1") for one in own["contact_id"])
    assert len(own) == 2

    at.session_state["operators_behind_all"] = {"selection": {"rows": [0], "columns": []}}
    at.run()
    contact_id = behind["contact_id"].iloc[0]
    at.text_area(key=f"operators_contest_{contact_id}").set_value("звонок не мой")
    at.button(key="operators_contest").click().run()
    (made,) = contests(acts(hotline.settings)).values()
    assert (made.contact_id, made.operator_id, made.appeal.text) == (
        contact_id, "op1", "звонок не мой",
    )  # fmt: skip
    project(hotline)
    at = open_page("reviews", person="analyst", view="appeals")
    at.button(key=f"reviews_uphold_{made.appeal_id}").click().run()
    assert "Напишите, почему." in said(at)
    at.text_input(key=f"reviews_reason_{made.appeal_id}").set_value("так и есть")
    at.button(key=f"reviews_uphold_{made.appeal_id}").click().run()
    project(hotline)
    at = open_page("operators", person="operator")
    history = at.dataframe[-1].value
    assert list(history["state"]) == ["апелляция удовлетворена"]
    assert list(history["decision"]) == ["так и есть"]


def test_an_operator_appeals_and_the_reviewer_himself_may_not_decide(hotline, open_page):
    mine = [r for r in draw(hotline) if r.operator_id == "op1"]
    hand_in(hotline, mine[0])
    at = open_page("operators", person="operator")
    at.session_state["operators_reviews"] = {"selection": {"rows": [0], "columns": []}}
    at.run()
    at.text_area(key=f"operators_appeal_{mine[0].review_id}").set_value("шаги были даны")
    at.button(key="operators_appeal").click().run()
    project(hotline)
    at = open_page("reviews", person="analyst", view="appeals")
    assert f"reviews_uphold_{mine[0].review_id}" not in {one.key for one in at.button}
    assert "Решает второй человек" in said(at)


def test_without_a_worker_the_page_says_what_waits_and_what_to_do(hotline, open_page):
    draw(hotline)
    first = reviews(acts(hotline.settings))
    one = next(iter(first.values()))
    reviewing.save(hotline, "analyst", wall_now(), one.review_id, one.seq, {"politeness": "no"})
    at = open_page("reviews", person="analyst")
    assert "1 действие записано, но ещё не учтено в цифрах. Рабочий процесс не" in said(at)
    hotline.close()
    with writer_lock(load(), "liniya worker"):
        at.run()
        assert "Рабочий процесс не запущен" not in said(at)


@pytest.mark.parametrize("role", ["executive", "engineer", "operator"])
def test_others_neither_open_the_page_nor_review(role):
    person = Person("x", role, ())
    assert not person.may_open("reviews")
    assert not person.may_review
