"""What the pages of promises, problems and data ask for: order, people, sums, the source text."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines import metrics
from pipelines.metrics import Query, Scope, parse_moment

MSK = ZoneInfo("Europe/Moscow")
AS_OF = parse_moment("2026-12-01", MSK)


def week(**more: Any) -> Query:
    start, end = parse_moment("2026-11-16", MSK), parse_moment("2026-11-23", MSK)
    return Query(start, end, **({"as_of": AS_OF} | more))


def clock(contact_id: str, promise: str, late: bool, **more: Any) -> dict[str, Any]:
    at = parse_moment("2026-11-16T10:00", MSK)
    due = parse_moment("2026-11-16T10:05", MSK)
    stopped = parse_moment("2026-11-16T10:09" if late else "2026-11-16T10:01", MSK)
    row = {
        "promise": promise, "promise_version": 1, "kind": "clock", "contact_id": contact_id,
        "number": 1, "received_date": at.date(), "started_at": at, "due_at": due,
        "stopped_at": stopped, "stop_kind": "stopped",
    }  # fmt: skip
    return row | more


def given_calls(given: Any) -> None:
    for contact_id, citizen in (("a", "x"), ("b", "x"), ("c", "y"), ("d", None)):
        line = "privacy" if contact_id == "d" else "main"
        given.contact(contact_id, "2026-11-16T10:00:00", citizen_key=citizen, line=line)
    given.rows(
        "clocks",
        clock("a", "phone.wait_max", late=True),
        clock("b", "phone.wait_max", late=True),
        clock("c", "phone.wait_max", late=False),
        clock("d", "phone.wait_max", late=True),
    )


def test_fulfilment_counts_the_people_failed_not_the_failures(lake, given):
    given_calls(given)
    frame = metrics.fulfilment(lake, week())
    row = frame.filter(promise="phone.wait_max").row(0, named=True)
    assert (row["met"], row["failed"], row["citizens"]) == (1, 3, 1)  # of d nobody is known


def test_fulfilment_shows_the_worst_first_and_every_promise_once(lake, given):
    given_calls(given)
    frame = metrics.fulfilment(lake, week())
    assert (
        frame["promise"].n_unique()
        == len(frame)
        == len({p.id for p in lake.reference.promises if not p.passport_of})
    )
    assert frame.row(0, named=True)["promise"] == "phone.wait_max"
    assert frame["state"].to_list()[-1] == "no_data"


def test_fulfilment_keeps_to_lines_of_the_filter_and_the_scope(lake, given):
    given_calls(given)
    for query in (week(where={"line": ("main",)}), week(scope=Scope(lines=("main",)))):
        row = metrics.fulfilment(lake, query).filter(promise="phone.wait_max").row(0, named=True)
        assert (row["met"], row["failed"], row["citizens"]) == (1, 2, 1)


def test_every_sentence_of_the_source_is_measured_or_says_why_not(lake, given):
    given_calls(given)
    told = metrics.seed_map(lake, week())
    assert told["number"].n_unique() == len(lake.reference.sentences)
    silent = told.filter(told["promise"].is_null() & told["because_ru"].is_null())
    assert silent.is_empty()
    wait = told.filter(promise="phone.wait_max").row(0, named=True)
    assert (wait["n"], wait["value"]) == (4, 0.25)


def test_recurring_orders_by_volume_and_leaves_no_topic_out_of_the_shares(lake, given):
    for n, category in enumerate(["form_error"] * 3 + ["registration"] + [None] * 4):
        given.contact(f"c{n}", f"2026-11-16T1{n}:00:00", category=category, citizen_key=f"p{n % 2}")
    rows = metrics.recurring(lake, week())
    assert rows.select("category", "contacts", "cumulative_share").rows() == [
        ("form_error", 3, 0.75),
        ("registration", 1, 1.0),
        (None, 4, None),
    ]
    sums = metrics.recurring_sums(rows)
    assert (sums["contacts"], sums["unnamed"], sums["categories"]) == (8, 4, 2)
    assert (sums["repeats"], sums["excess"], sums["most"]) == (1, None, 2)
    days = metrics.recurring_days(lake, week(), "form_error")
    assert days.select("day", "contacts", "repeats", "baseline").rows() == [
        ("2026-11-16", 3, 1, None)
    ]


def test_bursts_are_those_that_touch_the_period(lake, given):
    for category, start, end in (
        ("form_error", "2026-11-15T20:00", "2026-11-16T02:00"),
        ("form_error", "2026-11-10T20:00", "2026-11-10T22:00"),
        ("registration", "2026-11-18T20:00", None),
    ):
        given.rows(
            "bursts",
            {
                "category": category,
                "started_at": parse_moment(start, MSK),
                "ended_at": parse_moment(end, MSK) if end else None,
            },
        )
    assert metrics.bursts(lake, week())["category"].to_list() == ["registration", "form_error"]
    assert len(metrics.bursts(lake, week(), "form_error")) == 1


@pytest.fixture
def burst(given):
    given.contact("a", "2026-11-18T10:00:00", category="form_error")
    given.rows(
        "bursts",
        {"category": "form_error", "contacts": 90, "excess": 60.0, "peak_z": 9.0, "window_h": 1}
        | {"started_at": parse_moment("2026-11-18T10:00", MSK)}
        | {"ended_at": parse_moment("2026-11-18T13:00", MSK)},
    )


def test_how_a_burst_went_on_after_the_moment_asked_about_is_not_known(lake, burst):
    at = parse_moment("2026-11-18T12:00", MSK)
    known = ("started_at", "ended_at", "contacts", "excess", "peak_z")
    (then,) = metrics.bursts(lake, week(as_of=at)).select(known).rows()
    assert then == (parse_moment("2026-11-18T10:00", MSK), None, None, None, None)
    (now,) = metrics.bursts(lake, week()).select("contacts", "excess").rows()
    assert now == (90, 60.0)


def test_bursts_are_of_the_whole_hotline_and_unknown_to_who_sees_a_part_of_it(lake, burst):
    part = Scope(lines=("main",))
    assert metrics.bursts(lake, week(scope=part)).is_empty()
    assert metrics.problems(lake, week(scope=part))["burst"].to_list() == [None]
    assert metrics.recurring_sums(metrics.recurring(lake, week(scope=part)))["bursts"] is None
    assert metrics.recurring_sums(metrics.recurring(lake, week()))["bursts"] == 1


def test_the_ledger_tells_when_a_row_is_unaccounted(lake, given):
    assert metrics.ledger(lake)["quarantined_share"] is None
    row = {"source": "calls", "updated": 0, "duplicate": 1, "quarantined": 1, "ingested_at": AS_OF}
    given.rows(
        "files",
        row | {"file_id": "a", "name": "a.csv", "read": 10, "accepted": 8},
        row | {"file_id": "b", "name": "b.csv", "read": 10, "accepted": 7},
    )
    sums = metrics.ledger(lake)
    assert (sums["files"], sums["read"], sums["unaccounted"]) == (2, 20, 1)
    assert metrics.ledger_files(lake).select("name", "unaccounted").rows() == [
        ("a.csv", 0),
        ("b.csv", 1),
    ]


def test_a_log_that_tells_of_no_contact_is_fresh_by_its_rows(lake, given):
    at = parse_moment("2026-11-16T10:00", MSK)
    given.rows("files", {"file_id": "o", "name": "o.csv", "source": "operators", "read": 1})
    given.rows("source_rows", {"source": "operators", "row_key": 1, "row_at": at, "file_id": "o"})
    (row,) = metrics.freshness(lake, parse_moment("2026-11-16T11:00", MSK)).to_dicts()
    assert row["age_s"] == 3600.0


def test_the_usual_of_a_topic_by_day_adds_up_to_that_of_the_topic(lake, given):
    for weeks in range(7):
        at = parse_moment("2026-11-17T10:00", MSK) - timedelta(weeks=weeks)
        for n in range(3):
            given.contact(
                f"{weeks}-{n}", at.strftime(f"%Y-%m-%dT10:0{n}:00"), category="form_error"
            )
    start = parse_moment("2026-11-17", MSK)
    day = Query(start, start + timedelta(days=1), as_of=AS_OF)
    (whole,) = metrics.problems(lake, day).to_dicts()
    (found,) = metrics.recurring_days(lake, day, "form_error").to_dicts()
    assert (found["day"], found["contacts"]) == ("2026-11-17", 3)
    assert found["baseline"] == pytest.approx(whole["baseline"])
    assert 3 < found["baseline"] < 5  # three at ten o'clock, next to nothing in other hours
    assert found["excess"] == pytest.approx(whole["excess"])
