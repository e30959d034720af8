"""Contacts come to be reviewed by chance with a quota, or the riskiest first with their reasons."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.errors import ActError
from pipelines.reviews import sampling
from pipelines.reviews.acts import acts
from pipelines.reviews.project import project
from tests.reviews.conftest import END, NOW, START, book, contact, drawn, put, submitted

OCTOBER_9 = datetime(2026, 10, 9, 9, tzinfo=UTC)


@pytest.fixture
def lake(in_memory):
    return in_memory


def contacts(lake, **more) -> list[str]:
    return [r.contact_id for r in drawn(lake, **more)]


def test_each_operator_gets_the_quota_and_categories_keep_their_shares(lake):
    found = drawn(lake)
    assert Counter(r.operator_id for r in found) == {"anna": 4, "boris": 4, "vera": 4}
    # half of everybody's contacts are form errors, a quarter each of the others
    for operator in ("anna", "boris", "vera"):
        mine = Counter(r.facts["category"] for r in found if r.operator_id == operator)
        assert mine == {"form_error": 2, "passport": 1, "wrong_credentials": 1}


def test_the_same_seed_draws_the_same_contacts_and_another_others(lake, tmp_path):
    first = contacts(lake)
    lake.settings.desk.rename(tmp_path / "desk.sqlite")
    assert contacts(lake) == first
    lake.settings.desk.unlink()
    assert contacts(lake, seed=2) != first


def test_what_was_drawn_counts_against_the_quota_whoever_draws_again(lake):
    drawn(lake)
    with pytest.raises(ActError) as error:
        drawn(lake, seed=2)
    assert error.value.code == "nothing_to_draw"
    assert len(drawn(lake, seed=3, quota=5)) == 15
    assert len({r.contact_id for r in book(lake)}) == 15


def test_two_people_at_once_draw_one_quota(lake):
    told = []

    def act() -> None:
        try:
            drawn(lake.cursor())
        except ActError as error:
            told.append(error.code)

    people = [threading.Thread(target=act) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert told == ["nothing_to_draw"]
    assert len(book(lake)) == 12


def test_contacts_nobody_served_or_that_go_on_are_not_drawn(lake):
    lake.con.execute("update lake.contacts set outcome = 'abandoned' where operator_id = 'anna'")
    lake.con.execute("update lake.contacts set outcome = null where operator_id = 'boris'")
    assert {r.operator_id for r in drawn(lake)} == {"vera"}


def test_some_contacts_go_to_two_people_and_all_reviewers_have_as_many(lake):
    found = drawn(lake, double_share=0.25, by=["analyst", "supervisor"])
    pairs = [r for r in found if r.pair_id]
    assert len(found) == 15
    assert len(pairs) == 6
    assert len({(r.contact_id, r.reviewer) for r in pairs}) == 6
    assert abs(Counter(r.reviewer for r in found)["analyst"] - 7.5) <= 0.5
    assert len({r.pair_id for r in pairs}) == 3


def test_a_reviewer_gets_only_contacts_he_may_see(lake):
    person = replace(lake.reference.people["analyst"], teams=("first",))
    lake.reference = replace(lake.reference, people={**lake.reference.people, "analyst": person})
    assert {r.operator_id for r in drawn(lake)} == {"anna", "boris"}


@pytest.mark.parametrize(
    ("who", "more", "code"),
    [
        ("operator", {}, "not_a_reviewer"),
        ("analyst", {"by": ["executive"]}, "not_a_reviewer"),
        ("nobody", {}, "not_a_reviewer"),
    ],
)
def test_who_samples_and_who_is_sampled_for_must_review(lake, who, more, code):
    with pytest.raises(ActError) as error:
        sampling.draw(lake, who, NOW, START, END, seed=1, **more)
    assert error.value.code == code


def test_an_empty_period_is_refused(lake):
    with pytest.raises(ActError) as error:
        sampling.draw(lake, "analyst", NOW, END, START, seed=1)
    assert error.value.code == "no_period"


def test_a_contact_of_a_line_and_choice_that_burst_is_risky_one_of_another_choice_is_not(lake):
    put(lake, "contacts", [
        contact(90, "anna", line="main", menu_choice="technical", received_at=OCTOBER_9),
        contact(91, "anna", line="main", received_at=OCTOBER_9),
        contact(92, "anna", line="faults", menu_choice="technical", received_at=OCTOBER_9),
        contact(93, "anna", line="main", menu_choice="technical",
                received_at=OCTOBER_9 + timedelta(hours=2)),
    ])  # fmt: skip
    burst = {"started_at": OCTOBER_9, "ended_at": OCTOBER_9 + timedelta(hours=1), "line": "main"}
    put(lake, "bursts", [burst | {"kind": "line", "menu_choice": "technical"},
                         burst | {"kind": "abandoned"}])  # fmt: skip
    found = sampling.risky(lake, START, END)
    assert list(zip(found["contact_id"], found["reasons"].to_list(), strict=True)) == [
        ("calls:anna-90", ["burst"]),
    ]


def test_the_riskiest_come_first_with_their_reasons(lake):
    put(lake, "contacts", [
        contact(90, "anna", rating=1.0, citizen_key="x", received_at=OCTOBER_9),
        contact(91, "boris", citizen_key="x", received_at=OCTOBER_9 + timedelta(days=7),
                category=contact(90, "anna")["category"]),
        contact(92, "vera", rating=2.0),
        contact(93, "vera", rating=3.0),
        contact(94, "vera", category="snils_inn_oms", received_at=OCTOBER_9),
    ])  # fmt: skip
    put(lake, "legs", [{"contact_id": "calls:anna-90", "hold_s": 9999.0,
                        "received_date": OCTOBER_9.date()}])  # fmt: skip
    put(lake, "bursts", [{"category": "snils_inn_oms", "started_at": OCTOBER_9,
                          "ended_at": OCTOBER_9 + timedelta(hours=1)}])  # fmt: skip
    found = sampling.risky(lake, START, END)
    assert list(zip(found["contact_id"], found["reasons"].to_list(), strict=True)) == [
        ("calls:anna-90", ["low_rating", "repeat", "long_hold"]),
        ("calls:vera-92", ["low_rating"]),
        ("calls:vera-94", ["burst"]),
    ]
    assert "citizen_key" not in found.columns
    sampling.take_risky(lake, "analyst", NOW, START, END, most=2, by=["analyst"])
    assert [(r.how, r.reasons) for r in book(lake)] == [
        ("risky", ("low_rating", "repeat", "long_hold")), ("risky", ("low_rating",)),
    ]  # fmt: skip
    rest = sampling.risky(lake, START, END, sampling.taken(lake, "risky"))
    assert rest["contact_id"].to_list() == ["calls:vera-94"]


def test_a_risky_review_takes_no_contact_out_of_the_random_draw(lake):
    lake.con.execute("update lake.contacts set rating = 1 where operator_id = 'anna'")
    sampling.take_risky(lake, "analyst", NOW, START, END, most=20, by=["analyst"])
    assert Counter(r.how for r in drawn(lake)) == {"risky": 20, "random": 12}
    twice = [r for r in book(lake) if r.operator_id == "anna" and r.how == "random"]
    assert {r.reviewer for r in twice} == {"analyst"}  # the only one there is


def test_a_sample_says_who_made_it_and_how(lake):
    drawn(lake, double_share=0.5, by=["analyst", "supervisor"])
    project(lake)
    assert lake.con.sql(
        "select made_by, how, period_start, period_end, seed, quota, double_share, reviewers, "
        "population, contacts, reviews from lake.review_samples"
    ).fetchall() == [
        ("supervisor", "random", START, END, 1, 4, 0.5, "analyst;supervisor", 60, 12, 18)
    ]
    assert [a.kind for a in acts(lake.settings)][:2] == ["form_used", "sampled"]


def test_a_review_keeps_the_criteria_it_was_assigned_with(lake):
    review = next(r for r in drawn(lake) if r.facts["category"] == "passport")
    lake.con.execute("update lake.contacts set category = 'form_error'")
    submitted(lake, review)
    found = next(r for r in book(lake) if r.review_id == review.review_id)
    assert found.answers["documents_explained"] == "yes"
    assert "workaround_offered" not in found.answers
