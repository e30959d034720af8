"""What pages ask for besides the metrics: trends, the week, data quality, scores, passports."""

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines import metrics
from pipelines.errors import QueryError
from pipelines.metrics import Query, Scope, parse_moment, week_figures

MSK = ZoneInfo("Europe/Moscow")
AS_OF = parse_moment("2026-12-01", MSK)


def week(by: tuple[str, ...] = (), **more: Any) -> Query:
    start, end = parse_moment("2026-11-16", MSK), parse_moment("2026-11-23", MSK)
    return Query(start, end, by, **({"as_of": AS_OF} | more))


BEFORE = Query(
    parse_moment("2026-11-09", MSK), parse_moment("2026-11-16", MSK), as_of=AS_OF
)  # the week before


def test_a_trend_is_one_figure_over_days(lake, given):
    given.call("a", "2026-11-16T10:00:00", "answered", 10)
    given.call("b", "2026-11-18T10:00:00", "answered", 40)
    assert metrics.trend(lake, week(), "wait_mean_s").rows() == [
        ("2026-11-16", 10.0, 1),
        ("2026-11-18", 40.0, 1),
    ]
    assert metrics.trend(lake, week(("week",)), "sla").rows() == [("2026-W47", 0.5, 2)]
    with pytest.raises(QueryError, match="did you mean 'offered'"):
        metrics.trend(lake, week(), "ofered")


def test_a_heatmap_has_every_hour_of_the_week(lake, given):
    given.call("a", "2026-11-16T10:00:00")
    cells = metrics.heatmap(lake, week())
    assert len(cells) == 168
    assert cells.filter(value=1.0).select("weekday", "hour_of_day").rows() == [(1, 10)]


def test_the_week_counts_people_whom_nobody_served_within_a_day(lake, given):
    given.call("a", "2026-11-16T10:00:00", "abandoned", 60, citizen_key="a")
    given.call("b1", "2026-11-16T10:00:00", "abandoned", 60, citizen_key="b")
    given.call("b2", "2026-11-17T09:00:00", "answered", 60, citizen_key="b", line="faults")
    given.call("c1", "2026-11-16T10:00:00", "abandoned", 60, citizen_key="c")
    given.call("c2", "2026-11-18T10:00:00", "answered", 60, citizen_key="c")
    given.call("d", "2026-11-22T23:00:00", "abandoned", 60, citizen_key="d")
    found = metrics.week(lake, "2026-W47", as_of=parse_moment("2026-11-23T12:00", MSK))
    assert found["people"]["tried"] == 4
    assert found["people"]["unserved"] == 2  # a and c; of d it is too early to say
    asked = week(as_of=parse_moment("2026-11-23T12:00", MSK))
    behind = metrics.contacts(lake, asked, counted="unserved").rows
    assert sorted(behind["contact_id"]) == ["a", "c1"]
    assert metrics.served(lake, asked).to_dicts() == [
        {"tried": 4, "unserved": 2, "unserved_share": 0.5, "failed": found["failed"]["failed"]}
    ]
    assert found["people"]["before"] == {"tried": None, "unserved": None, "unserved_share": None}
    assert found["is_preliminary"]
    assert found["by_channel"].select("channel", "contacts", "contacts_before").rows() == [
        ("phone", 6, 0)
    ]


def test_unknown_citizens_are_no_zero_repeats_of_the_week(lake, given):
    given.contact("a", "2026-11-16T10:00:00", category="form_error")
    found = week_figures.repeats(lake, week())
    assert (found["repeats"], found["contacts"], found["share"]) == (None, 1, None)
    given.contact("b", "2026-11-16T10:00:00", category="form_error", citizen_key="b")
    assert week_figures.repeats(lake, week())["repeats"] == 0


def test_a_citizen_is_served_by_an_answer_whose_time_no_log_tells(lake, given):
    given.contact("a", "2026-11-16T10:00:00", citizen_key="a", channel="chat", line="chat")
    given.leg(
        "a", "2026-11-16T10:00:00", "answered", None, channel="chat", line="chat",
        left_at=parse_moment("2026-11-16T10:09", MSK),
    )  # fmt: skip
    given.call("b", "2026-11-16T10:00:00", "abandoned", 60, citizen_key="b")
    assert week_figures.people(lake, week(), BEFORE)["unserved"] == 1


def test_a_try_is_served_by_a_contact_begun_before_the_week(lake, given):
    given.call(
        "form", "2026-11-15T18:00:00", "answered", 16 * 3600, citizen_key="a", channel="portal"
    )
    given.call("a", "2026-11-16T09:00:00", "abandoned", 60, citizen_key="a")
    found = week_figures.people(lake, week(), BEFORE)
    assert (found["tried"], found["unserved"]) == (1, 0)


def test_the_service_level_of_the_week_is_of_calls_and_chats(lake, given):
    given.call("a", "2026-11-16T10:00:00", "answered", 5)
    given.call("b", "2026-11-16T10:00:00", "answered", 5, channel="chat", line="chat")
    given.call("c", "2026-11-16T10:00:00", "answered", 9000, channel="portal", line="portal")
    level = metrics.week(lake, "2026-W47", as_of=AS_OF)["level"]
    assert (level["within"], level["base"], level["share"]) == (2, 2, 1.0)


def outage(given: Any, line: str | None = None) -> None:
    row = {"incident_id": f"i-{line}", "category": "service_outage", "line": line}
    row |= {"detected_at": parse_moment("2026-11-18T10:00", MSK)}
    row |= {"restored_at": parse_moment("2026-11-18T12:00", MSK)}
    given.rows("incidents", row)


def test_an_outage_that_ends_after_the_moment_asked_about_goes_on(lake, given):
    outage(given)
    at = parse_moment("2026-11-18T11:00", MSK)
    (row,) = metrics.incidents(lake, week(as_of=at)).to_dicts()
    assert (row["restored_at"], row["restored_s"]) == (None, None)
    (row,) = metrics.incidents(lake, week()).to_dicts()
    assert row["restored_s"] == 7200.0


def test_outages_of_lines_that_may_not_be_seen_stay_out_of_the_week(lake, given):
    outage(given, "faults")
    outage(given)
    found = metrics.incidents(lake, week(scope=Scope(lines=("main",))))
    assert found["line"].to_list() == [None]


def test_ratings_come_with_their_base(lake, given):
    given.contact("a", "2026-11-16T10:00:00", rating=5.0)
    given.contact("b", "2026-11-16T10:00:00", rating=3.0)
    given.contact("c", "2026-11-16T10:00:00")
    given.contact("d", "2026-11-16T10:00:00")
    found = week_figures.ratings(lake, week())
    assert (found["n"], found["mean"], found["share"], found["response_share"]) == (
        2,
        4.0,
        0.5,
        0.5,
    )
    assert week_figures.ratings(lake, BEFORE)["share"] is None


def test_freshness_adds_up_what_became_of_the_rows(lake, given):
    given.contact("a", "2026-11-16T10:00:00")
    given.rows(
        "files",
        {"file_id": "f", "name": "calls.csv", "source": "calls", "read": 3, "accepted": 2}
        | {"updated": 0, "duplicate": 0, "quarantined": 1, "ingested_at": AS_OF},
    )
    (row,) = metrics.freshness(lake, parse_moment("2026-11-16T10:01", MSK)).to_dicts()
    assert (row["source"], row["age_s"], row["read"], row["quarantined"]) == ("calls", 60.0, 3, 1)
    assert metrics.files(lake)["name"].to_list() == ["calls.csv"]


def test_quality_has_a_row_an_expectation_and_what_it_holds(lake, given):
    check = {"dataset": "calls", "source": "calls", "file": "calls.csv", "n_rows": 100}
    check |= {"severity": "critical", "description": "d", "action": "a"}
    for run, failed in (("1", 4), ("2", 0)):
        given.rows(
            "checks",
            check
            | {"run_id": run, "run_at": parse_moment(f"2026-11-1{run}", MSK), "n_failed": failed}
            | {"expectation": "order", "is_success": failed == 0},
        )
    given.rows(
        "quarantine",
        {"quarantine_id": "q", "source": "calls", "dataset": "calls", "expectations": "order;other"}
        | {"row_at": parse_moment("2026-11-17", MSK), "file_id": "f", "status": "held"},
        # let in since by a retry
        {"quarantine_id": "r", "source": "calls", "dataset": "calls", "expectations": "order"}
        | {"row_at": parse_moment("2026-11-17", MSK), "file_id": "f", "status": "retried"},
    )
    assert metrics.quality(lake, week()).select("expectation", "n_rows", "quarantined").rows() == [
        ("order", 0, 1),
        ("other", 0, 1),
    ]
    # a file that speaks of the period brings all its runs
    given.rows("files", {"file_id": "f", "name": "calls.csv", "source": "calls"})
    first = metrics.quality(lake, week()).row(0, named=True)
    assert (first["n_rows"], first["n_failed"], first["last_failed"]) == (200, 4, 0)
    assert (first["is_success"], first["severity"]) == (True, "critical")


@pytest.fixture
def scores(given):
    day = parse_moment("2026-11-01", MSK).date()
    for n, (start, end) in enumerate(
        ((day - timedelta(days=31), day), (day - timedelta(days=6), day + timedelta(days=22)))
    ):
        for operator, score in (("a", 40.0), ("b", 60.0)):
            components = {"fcr": {"value": 0.5 + n / 10, "n": 3}, "aht": {"value": None}}
            given.rows(
                "operator_scores",
                {"period_start": start, "period_end": end, "operator_id": operator, "n": 30}
                | {"score": score + n, "reliability": 0.5, "flag": None}
                | {"components": json.dumps(components)},
            )
    given.rows(
        "operators",
        {"operator_id": "a", "team": "red", "skills": "en;general"},
        {"operator_id": "b", "team": "red", "skills": "general"},
    )
    return given


def test_scores_are_those_of_the_latest_period_within_the_question(lake, scores):
    def asked(start: str, end: str) -> list[Any]:
        query = Query(parse_moment(start, MSK), parse_moment(end, MSK), as_of=AS_OF)
        found = metrics.operators(lake, query)
        return found.select("operator", "team", "score", "fcr").rows() if len(found) else []

    new = [("a", "red", 41.0, 0.6), ("b", "red", 61.0, 0.6)]
    old = [("a", "red", 40.0, 0.5), ("b", "red", 60.0, 0.5)]
    assert asked("2026-10-01", "2026-11-01") == old
    assert asked("2026-09-01", "2026-12-01") == new
    assert asked("2026-11-16", "2026-11-23") == new
    assert asked("2025-01-01", "2025-02-01") == []


def test_scores_of_a_team_are_weighted_and_have_no_interval(lake, scores):
    (row,) = metrics.operators(lake, week(("team",))).to_dicts()
    assert (row["team"], row["score"], row["n"], row["score_low"]) == ("red", 51.0, 60, None)
    skills = metrics.operators(lake, week(("skill",))).select("skill", "n").rows()
    assert skills == [("en", 30), ("general", 60)]


def test_an_operator_sees_only_the_own_score(lake, scores):
    mine = metrics.operators(lake, week(scope=Scope(operator="b")))
    assert mine["operator"].to_list() == ["b"]


def test_a_filter_of_no_values_finds_no_score(lake, scores):
    for group in ("operator", "team", "skill"):
        assert metrics.operators(lake, week(where={group: ()})).is_empty()


def clock_of(contact_id: str, **more: Any) -> dict[str, Any]:
    """A kept promise of a call of ten o'clock."""
    at = parse_moment("2026-11-16T10:00", MSK)
    row = {"promise": "phone.wait_max", "promise_version": 1, "kind": "clock", "number": 1}
    row |= {"contact_id": contact_id, "received_date": at.date(), "started_at": at}
    row |= {"due_at": at + timedelta(minutes=5), "stop_kind": "stopped", "stopped_at": at}
    return row | more


def test_promises_are_judged_within_the_scope(lake, given):
    given.rows("source_provides", {"source": "calls", "item": "answered"})
    at = parse_moment("2026-11-16T10:00", MSK)
    for line, stopped in (("main", 60), ("faults", 600)):
        given.call(line, "2026-11-16T10:00:00", line=line)
        given.rows("clocks", clock_of(line, stopped_at=at + timedelta(seconds=stopped)))

    def counts(**more: Any) -> Any:
        found = metrics.promises(lake, week(**more)).filter(promise="phone.wait_max")
        return found.select("met", "breached", "n").row(0)

    assert counts() == (1, 1, 2)
    assert counts(scope=Scope(lines=("main",))) == (1, 0, 1)
    assert counts(where={"line": "faults"}) == (0, 1, 1)


@pytest.mark.parametrize(
    ("group", "value", "n"),
    [
        ("hour", "2026-11-16T10:00", 1),  # of the service's zone, as everywhere
        ("hour", "2026-11-16T10:00+03:00", 1),
        ("hour", "2026-11-16T13:00", 0),
        ("interval", "2026-11-16T07:00Z", 1),
        ("hour_of_day", "10", 1),
        ("weekday", "1", 1),
        ("day", "2026-11-16", 1),
    ],
)
def test_promises_take_filters_of_time_as_every_other_metric_does(lake, given, group, value, n):
    given.call("a", "2026-11-16T10:00:00")
    given.rows("clocks", clock_of("a"))
    asked = week(where={group: value})
    assert metrics.volume(lake, asked)["contacts"].item() == n
    assert metrics.promises(lake, asked).filter(promise="phone.wait_max")["n"].item() == n


def test_a_passport_names_formula_base_and_target(lake):
    assert metrics.passport(lake, "wait_mean_s")["formula"] == "sum(wait) / answered (ASA)"
    assert metrics.passport(lake, "sla", "SL-4")["variant"] == "SL-4"
    found = metrics.passport(lake, "phone.wait_max")
    assert (found["target_s"], found["basis"], found["unit"]) == (300, "seed", "share")
    with pytest.raises(QueryError, match=r"did you mean 'phone\.wait_max'"):
        metrics.passport(lake, "phone.wait_mx")


def test_data_are_as_of_the_newest_event(lake, given):
    assert metrics.passport(lake, "answered")["data_as_of"] is None
    given.contact("a", "2026-11-16T10:00:00")
    given.event("a", "2026-11-16T10:00:00", "answered", "2026-11-16T10:03:00")
    newest = parse_moment("2026-11-16T10:03", MSK)
    assert metrics.passport(lake, "answered")["data_as_of"] == newest
