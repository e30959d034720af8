"""Bands of scores, their parts, the weeks there are, and a contact over time."""

import json
from datetime import date

import pytest

from pipelines.metrics import (
    Query,
    Scope,
    case_mix,
    contact,
    funnel,
    parse_moment,
    score_course,
    score_periods,
    scored,
    scored_parts,
    timeline,
    weeks,
)

MONTH = Query(
    parse_moment("2026-10-26", "Europe/Moscow"), parse_moment("2026-11-23", "Europe/Moscow")
)
SLA = {"value": 0.7, "expected": 0.9, "base": 0.8, "n": 80, "weight": 0.5, "contribution": -10.0}
AHT = {"value": 300.0, "expected": 290.0, "n": 0, "weight": 0.1, "contribution": 0.0}


@pytest.fixture
def scores(given):
    hired = {"op1": date(2020, 1, 1), "op2": None, "op3": date(2026, 9, 30)}
    given.rows(
        "operators",
        *({"operator_id": o, "team": "t", "hired_on": day} for o, day in hired.items()),
    )
    common = {"period_start": date(2026, 10, 26), "period_end": date(2026, 11, 23)}
    text = json.dumps({"sla": SLA | {"reliability": 0.5}, "aht": AHT | {"reliability": 0.1}})
    for operator, score, low, high, n, flag in (
        ("op1", 41.0, 33.0, 49.0, 80, None),
        ("op2", 63.0, 55.0, 71.0, 80, None),
        ("op3", None, None, None, 80, None),
        ("op4", 35.0, 27.0, 43.0, 80, "watch"),
        ("op5", None, None, None, 5, None),
        ("op6", None, None, None, 25, None),
    ):
        given.rows(
            "operator_scores",
            common
            | {"operator_id": operator, "score": score, "score_low": low, "score_high": high}
            | {"n": n, "reliability": 0.5, "flag": flag, "components": text},
        )
    return given


def test_a_band_is_the_flag_or_an_interval_above_the_average(lake, scores):
    rows = scored(lake, MONTH).select("operator", "band", "hidden_by").rows()
    assert rows == [
        ("op1", "typical", None),
        ("op2", "strong", None),
        ("op3", None, "new_operator"),
        ("op4", "watch", None),
        ("op5", None, "few_contacts"),
        ("op6", None, "low_reliability"),
    ]


def test_parts_leave_out_what_was_not_measured_and_hide_points_with_the_score(lake, scores):
    made = scored_parts(lake, MONTH, "op1")
    assert made["rows"].rows() == [("sla", 0.7, 0.9, 0.8, 0.7 - 0.9, 80, 0.5, -10.0, 0.5)]
    assert (made["least"], made["average"]) == (40.0, 50.0)
    assert [part["component"] for part in made["below"]] == ["sla"]
    scores.lake.con.execute(
        "update lake.operator_scores set components = replace(components, '0.8', '0.6')"
        " where operator_id = 'op1'"
    )
    assert scored_parts(lake, MONTH, "op1")["below"] == []  # 0.7 of an expected 0.6
    hidden = scored_parts(lake, MONTH, "op5")
    assert hidden["rows"]["contribution"].to_list() == [None]
    assert hidden["below"] == []


def test_periods_and_parts_keep_to_the_scope(lake, scores):
    (period,) = score_periods(lake)
    assert (period["period"], period["operators"]) == ("2026-10-26..2026-11-22", 6)
    assert score_periods(lake, Scope(operator="op1"))[0]["operators"] == 1
    assert score_periods(lake, Scope(operator="")) == []
    own = Query(MONTH.start, MONTH.end, scope=Scope(operator="op1"))
    assert scored(lake, own)["operator"].to_list() == ["op1"]
    assert scored_parts(lake, own, "op2")["rows"].is_empty()


def test_a_funnel_has_the_observed_beside_the_expected_of_each_share(lake, scores):
    found = funnel(lake, Query(MONTH.start, MONTH.end, where={"operator": ("op1", "op5")}))
    assert found.select("component", "operator", "n", "value", "expected").rows() == [
        ("sla", "op1", 80, 0.7, 0.9), ("sla", "op5", 80, 0.7, 0.9),
    ]  # fmt: skip
    assert found["gap"].to_list() == pytest.approx([-0.2, -0.2])
    assert found["low_2"].null_count() == 2  # six operators tell no spread


def test_a_change_of_score_is_told_with_the_doubt_of_both_periods(lake, scores):
    before = {"period_start": date(2026, 9, 28), "period_end": date(2026, 10, 26)}
    scores.rows("operator_scores", before | {
        "operator_id": "op2", "score": 55.0, "score_low": 49.0, "score_high": 61.0, "n": 70,
        "reliability": 0.5, "flag": None, "components": "{}",
    })  # fmt: skip
    found = score_course(lake, MONTH, "op2")
    assert found["rows"]["score"].to_list() == [55.0, 63.0]
    # 63 - 55, each interval 8 and 6 to a side: sqrt(64 + 36) = 10
    assert (found["change"], found["change_low"], found["change_high"]) == (8.0, -2.0, 18.0)
    assert score_course(lake, MONTH, "op1")["change"] is None
    other = Query(MONTH.start, MONTH.end, scope=Scope(operator="op1"))
    assert score_course(lake, other, "op2")["rows"].is_empty()
    base = "base_start = date '2026-09-01', base_end = date '2026-10-01'"
    scores.lake.con.execute(f"update lake.operator_scores set {base} where score = 63")
    assert score_course(lake, MONTH, "op2")["change"] is None  # two scales


def test_a_mix_is_held_against_colleagues_on_the_same_lines(lake, scores):
    for n, (operator, category, line) in enumerate((
        ("op1", "form_error", "main"), ("op1", None, "main"), ("op2", "form_error", "main"),
        ("op2", "form_error", "main"), ("op4", "account_locked", "faults"),
    )):  # fmt: skip
        given_id = f"c{n}"
        scores.call(given_id, f"2026-11-10T{20 + n % 2}:00:00", "answered", 5, line=line,
                    operator_id=operator, category=category)  # fmt: skip
    found = case_mix(lake, MONTH, "op1")
    assert found["line"].rows() == [("main", 2, 1.0, 1.0, 2.0)]
    assert found["category"].rows() == [
        ("form_error", 1, 0.5, 0.75, 1.5), (None, 1, 0.5, 0.25, 0.5),
    ]  # fmt: skip
    assert (found["night"], found["night_all"]) == (1.0, 1.0)
    hidden = Query(MONTH.start, MONTH.end, scope=Scope(operator="op2"))
    assert case_mix(lake, hidden, "op1")["line"].is_empty()


def test_weeks_are_those_with_contacts_and_the_one_that_runs_the_newest_first(lake, given):
    assert weeks(lake) == []
    given.contact("calls:1", "2026-11-03T10:00:00")
    given.contact("queue_log:2", "1999-02-03T10:00:00")
    *found, oldest = weeks(lake)
    assert oldest["week"] == "1999-W05"
    assert len(found) == 2
    assert found[-1] == {
        "week": "2026-W45",
        "first": date(2026, 11, 2),
        "last": date(2026, 11, 8),
        "is_over": True,
    }
    assert not found[0]["is_over"]
    assert len({row["week"] for row in found}) == len(found)


def test_a_timeline_measures_pauses_waits_and_the_chain(lake, given):
    given.call("calls:1", "2026-11-16T10:00:00", "answered", 5, talk_s=60, case_number="N1")
    given.contact("chats:2", "2026-11-16T12:00:05", case_number="N1", channel="chat")
    day = {"received_at": parse_moment("2026-11-16T10:00", "Europe/Moscow")}
    day |= {"received_date": date(2026, 11, 16), "contact_id": "calls:1"}
    for seq, (kind, second) in enumerate((("received", 0), ("message_in", 7)), 1):
        at = parse_moment(f"2026-11-16T10:00:0{second}", "Europe/Moscow")
        given.rows("events", day | {"seq": seq, "kind": kind, "event_at": at})
    told = timeline(contact(lake, "calls:1"))
    assert told["events"]["after_s"].to_list() == [0.0, 7.0]
    assert told["events"]["pause_s"].to_list() == [None, 7.0]
    assert told["messages"].height == 1
    assert told["legs"]["wait_s"].to_list() == [5.0]
    assert told["chain"].select("contact_id", "same", "gap_s").rows() == [
        ("calls:1", "this", None),
        ("chats:2", "case", 7205.0),
    ]
