"""What reviews say and to whom: blind pairs stay blind, the gate has its interval."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.export import export
from pipelines.metrics import (
    Query,
    Scope,
    appeals,
    calibration,
    critical,
    queue,
    review,
    reviews,
    score_contacts,
)
from pipelines.operators import refresh
from pipelines.reviews import appeals as acts_of_appeal
from pipelines.reviews import reviewing, sampling
from pipelines.reviews.project import project
from tests.reviews.conftest import END, NOW, START, book, drawn, put, submitted

OCTOBER = Query(datetime(2026, 9, 30, 21, tzinfo=UTC), datetime(2026, 10, 31, 21, tzinfo=UTC))
ANNA = Scope(operator="anna")


@pytest.fixture
def lake(in_memory):
    return in_memory


def pairs(lake) -> list[tuple]:
    """Every drawn contact reviewed by both; the analyst's review of each and the supervisor's."""
    found = drawn(lake, double_share=1.0, by=["analyst", "supervisor"])
    by_pair: dict[str, dict[str, object]] = {}
    for one in found:
        by_pair.setdefault(one.pair_id, {})[one.reviewer] = one
    return [(p["analyst"], p["supervisor"]) for p in by_pair.values()]


def test_what_one_of_two_blind_reviewers_said_is_hidden_until_both_have_handed_in(lake):
    mine, other = pairs(lake)[0]
    submitted(lake, mine, politeness="no")
    project(lake)
    row = reviews(lake, OCTOBER).filter(review_id=mine.review_id).row(0, named=True)
    assert (row["is_blind"], row["score"], row["note"], row["critical"]) == (True,) + (None,) * 3
    one = review(lake, mine.review_id)
    assert one["answers"].is_empty()
    scope = Scope(operator=mine.operator_id)
    assert review(lake, mine.review_id, scope) is None
    with pytest.raises(Exception, match="not handed in yet"):
        acts_of_appeal.appeal(lake, "operator", NOW, mine.review_id, mine.operator_id, "нет")
    submitted(lake, other)
    project(lake)
    row = reviews(lake, OCTOBER).filter(review_id=mine.review_id).row(0, named=True)
    assert not row["is_blind"]
    assert row["score"] < 100
    assert len(review(lake, mine.review_id, scope)["answers"]) == len(mine.criteria)


def test_an_operator_sees_only_own_reviews_and_only_those_handed_in(lake):
    found = drawn(lake)
    for one in found[:6]:
        submitted(lake, one)
    project(lake)
    seen = reviews(lake, replace(OCTOBER, scope=ANNA))
    handed_in = {r.review_id for r in found[:6] if r.operator_id == "anna"}
    assert set(seen["review_id"]) == handed_in
    assert len(reviews(lake, OCTOBER)) == 12
    assert len(reviews(lake, OCTOBER, handed_in=True)) == 0  # handed in in November


def test_the_queue_of_a_reviewer_has_begun_ones_first_and_loses_what_is_handed_in(lake):
    first, second, *_ = drawn(lake)
    reviewing.save(lake, "analyst", NOW, second.review_id, second.seq, {"politeness": "yes"})
    submitted(lake, first)
    project(lake)
    mine = queue(lake, "analyst")
    assert mine["review_id"][0] == second.review_id
    assert mine["state"].to_list() == ["draft"] + ["assigned"] * 10
    assert first.review_id not in mine["review_id"].to_list()
    assert queue(lake, "supervisor").is_empty()


def test_the_gate_counts_critical_failures_of_random_reviews_apart_from_the_score(lake):
    drawn(lake, quota=20)
    asked = [r for r in book(lake) if "identity_verified" in r.criteria and r.operator_id == "anna"]
    assert len(asked) == 5
    for n, one in enumerate(asked):
        submitted(lake, one, identity_verified="no" if n < 2 else "yes")
    reviewing.confirm(lake, "supervisor", NOW, asked[0].review_id, is_confirmed=False)
    project(lake)
    row = critical(lake, OCTOBER).row(0, named=True)
    assert (row["operator"], row["reviews"], row["failed"], row["unconfirmed"]) == ("anna", 5, 1, 1)
    assert row["accuracy"] == pytest.approx(0.8)
    # Wilson, z = 1.96: the textbook interval of 4 of 5
    assert row["accuracy_low"] == pytest.approx(0.3755, abs=1e-3)
    assert row["accuracy_high"] == pytest.approx(0.9638, abs=1e-3)
    scores = reviews(lake, OCTOBER).drop_nulls("score")["score"]
    assert scores.to_list() == [100.0] * 5


def test_a_risky_failure_is_no_failure_of_the_gate(lake):
    lake.con.execute(
        "update lake.contacts set rating = 1 "
        "where category = 'wrong_credentials' and operator_id = 'anna'"
    )
    sampling.take_risky(lake, "analyst", NOW, START, END, most=1, by=["analyst"])
    submitted(lake, book(lake)[0], identity_verified="no")
    project(lake)
    assert critical(lake, OCTOBER).is_empty()


def test_agreement_of_pairs_by_criterion_and_the_leniency_of_reviewers(lake):
    for n, (mine, other) in enumerate(pairs(lake)):
        submitted(lake, mine, politeness="no" if n < 6 else "yes")
        submitted(lake, other, politeness="no" if n < 4 else "yes",
                  clear_steps="no" if n < 9 else "yes")  # fmt: skip
    project(lake)
    found = calibration(lake, OCTOBER)
    assert found["pairs"] == 12
    by = {row["criterion"]: row for row in found["criteria"].to_dicts()}
    # yes/yes 6, no/no 4, no/yes 2: chance agrees in (6*4 + 6*8) / 144 = 0.5
    assert (by["politeness"]["agreed"], by["politeness"]["pairs"]) == (10, 12)
    assert by["politeness"]["kappa"] == pytest.approx((10 / 12 - 0.5) / 0.5)
    assert by["name_given"]["agreement"] == 1
    assert by["name_given"]["kappa"] is None
    assert found["criteria"]["criterion"][0] == "clear_steps"
    people = {row["reviewer"]: row for row in found["reviewers"].to_dicts()}
    assert people["analyst"]["n"] == people["supervisor"]["n"] == 12
    assert people["analyst"]["pairs"] == 12
    assert people["analyst"]["mean"] > people["supervisor"]["mean"]
    assert people["analyst"]["leniency"] == pytest.approx(-people["supervisor"]["leniency"])
    assert people["analyst"]["leniency"] > 1


def test_without_pairs_nothing_is_said_of_agreement(lake):
    drawn(lake)
    project(lake)
    found = calibration(lake, OCTOBER)
    assert (found["pairs"], found["agreement"]) == (0, None)
    assert found["criteria"].is_empty()
    assert found["reviewers"].is_empty()


def test_contacts_behind_a_score_say_what_each_gave_and_an_upheld_one_is_out(lake):
    drawn_one = next(r for r in drawn(lake) if r.operator_id == "anna")
    submitted(lake, drawn_one)
    at = lake.con.sql("select contact_id, received_at, received_date from lake.contacts").pl()
    put(lake, "legs", [
        {"contact_id": c, "leg": 1, "source": "calls", "channel": "phone", "line": "main",
         "queued_at": t, "answered_at": t, "operator_id": c.split(":")[1].split("-")[0],
         "ring_s": 40.0, "talk_s": 100.0, "left_as": "answered", "received_at": t,
         "received_date": d}
        for c, t, d in at.iter_rows()
    ])  # fmt: skip
    contested = "calls:anna-07"
    found = acts_of_appeal.contest(lake, "operator", NOW, contested, "anna", "сбой гарнитуры")
    acts_of_appeal.decide(lake, "analyst", NOW, found, "да", is_upheld=True)
    project(lake)
    put(lake, "events", [{"event_at": NOW}])
    with lake.transaction():
        refresh(lake)
    asked = replace(OCTOBER, scope=ANNA)
    rows = score_contacts(lake, asked, "anna")
    assert len(rows) == 20
    by = {row["contact_id"]: row for row in rows.to_dicts()}
    assert (by[contested]["appeal"], by[contested]["sla"]) == ("upheld", None)
    assert by["calls:anna-08"]["sla"] is False
    assert by["calls:anna-08"]["aht"] == pytest.approx(100)
    assert by[drawn_one.contact_id]["review"] == pytest.approx(1)
    assert score_contacts(lake, asked, "boris").is_empty()
    stored = lake.con.sql(
        "select n from lake.operator_scores where operator_id = 'anna' "
        "and period_start = date '2026-10-01'"
    ).fetchall()
    assert stored == [(19,)]
    assert appeals(lake, ANNA)["state"].to_list() == ["upheld"]
    assert appeals(lake, Scope(operator="boris")).is_empty()


def test_reviews_are_exported_with_their_scope(lake, tmp_path):
    for one in drawn(lake):
        submitted(lake, one)
    project(lake)
    out = tmp_path / "reviews.csv"
    november = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    columns = ["review_id", "score", "how"]
    assert export(lake, "reviews", columns, *november, {"operator": "anna"}, out) == 4
    assert pl.read_csv(out).columns == columns
    assert export(lake, "reviews", [], *november, {}, out, ANNA) == 4
    assert export(lake, "reviews", [], *november, {}, out) == 12
