"""The way back to the goal, and lines and sources that fell silent: from literal rows."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from pipelines.metrics import board, parse_moment
from pipelines.metrics.erlang_a import Work, level

MSK = ZoneInfo("Europe/Moscow")
TODAY = "2026-11-18"  # a Wednesday
NOW = parse_moment(f"{TODAY}T12:00:00", MSK)
BEFORE = ("2026-10-14", "2026-10-21", "2026-10-28", "2026-11-11")


def of(figures, name="main"):
    return next(row for row in figures["lines"] if row["line"] == name)


@pytest.fixture
def usual(given):
    """On each of four Wednesdays: 12 calls from 11 to 12, 12 from 12 to 13, 8 from 13 to 14."""
    for day in BEFORE:
        for hour, every_min, n in ((11, 5, 12), (12, 5, 12), (13, 7, 8)):
            for k in range(n):
                given.call(f"{day}-{hour}-{k}", f"{day}T{hour}:{k * every_min:02}:00")
    given.marts(*BEFORE)
    return given


def calls(given, within, late, *, line="main"):
    """Calls of the last hour, of 240 s each: some answered in time, some late."""
    for n in range(within + late):
        wait = 5 if n < within else 60
        minute = n * 55 // (within + late)
        given.call(f"{line}{n}", f"{TODAY}T11:{minute:02}:00", "answered", wait, 240, line=line)


def test_the_share_the_rest_of_the_day_needs(lake, usual):
    calls(usual, 7, 5)
    usual.call("old", f"{TODAY}T02:00:00", "answered", 60)
    (row,) = board(lake, NOW)["recovery"]
    assert (row["line"], row["within"], row["base"]) == ("main", 7, 13)
    # 20 are usual from now on, and 13 came where 12 are usual: half of that goes on
    rest = 20 * ((13 + 5) / (12 + 5)) ** 0.5
    assert row["rest"] == pytest.approx(rest)
    # 7 of 13 so far
    assert row["needed"] == pytest.approx((0.8 * (13 + rest) - 7) / rest)
    assert row["best"] == pytest.approx((7 + rest) / (13 + rest))


def test_a_goal_out_of_reach_says_what_still_can_be_reached(lake, usual):
    calls(usual, 2, 10)
    (row,) = board(lake, NOW)["recovery"]
    assert (row["rest"], row["within"], row["base"]) == (pytest.approx(20), 2, 12)
    assert row["needed"] == pytest.approx((0.8 * 32 - 2) / 20)  # 1.18: more than all
    assert row["best"] == pytest.approx(22 / 32)
    assert row["operators_more"] is None


def test_how_many_operators_more_give_the_share_needed(lake, usual):
    calls(usual, 15, 9)  # twice the usual
    (row,) = board(lake, NOW)["recovery"]
    pace = ((24 + 5) / (12 + 5)) ** 0.5
    assert row["rest"] == pytest.approx(20 * pace)
    assert row["needed"] == pytest.approx((0.8 * (24 + row["rest"]) - 15) / row["rest"])
    work = Work(240, 3600)
    hours = [12 * pace / 3600, 8 * pace / 3600]
    enough = row["operators_now"] + row["operators_more"]
    assert level(hours, work, enough, 20) >= row["needed"] - 0.005
    assert level(hours, work, enough - 1, 20) < row["needed"]
    assert row["operators_more"] > 0
    # the last hour's level is what so many operators give and one less does not
    hour = [24 / 3600]
    assert level(hour, work, row["operators_now"], 20) >= 15 / 24 - 0.01
    assert level(hour, work, row["operators_now"] - 1, 20) < 15 / 24


def test_a_line_that_holds_its_goal_needs_no_recovery(lake, usual):
    calls(usual, 12, 2)
    assert board(lake, NOW)["recovery"] == []


def test_without_history_nothing_is_known_of_the_rest(lake, given):
    calls(given, 6, 6)
    (row,) = board(lake, NOW)["recovery"]
    assert (row["rest"], row["needed"], row["operators_more"]) == (None, None, None)


def test_this_hour_stands_beside_its_forecast(lake, usual):
    usual.call("a", f"{TODAY}T12:10:00")
    row = of(board(lake, NOW + timedelta(minutes=30)))
    assert row["hour_volume"] == 1
    expected = (row["expected_hour_until_now"], row["expected_hour_volume"])
    assert expected == pytest.approx((6.0, 12.0))


def test_a_silent_line_of_a_source_that_speaks_is_silent(lake, usual):
    usual.call("a", f"{TODAY}T11:05:00")
    usual.call("b", f"{TODAY}T11:58:00", line="faults")
    usual.event("b", f"{TODAY}T11:58:00", "received", f"{TODAY}T11:58:00")
    figures = board(lake, NOW)
    assert of(figures)["silent_since"] == parse_moment(f"{TODAY}T11:05", MSK)
    assert of(figures)["stale_since"] is None
    assert of(figures, "faults")["silent_since"] is None  # nothing is usual there


def test_a_line_whose_source_is_silent_is_stale_and_not_silent(lake, usual):
    usual.call("a", f"{TODAY}T11:05:00")
    usual.event("a", f"{TODAY}T11:05:00", "received", f"{TODAY}T11:05:00")
    figures = board(lake, NOW)
    assert of(figures)["stale_since"] == parse_moment(f"{TODAY}T11:05", MSK)
    assert of(figures)["silent_since"] is None
    assert figures["total"]["stale_since"] == parse_moment(f"{TODAY}T11:05", MSK)


def test_all_lines_are_stale_when_the_log_of_most_calls_is_though_forms_come(lake, given):
    for day in BEFORE:
        for minute in range(20):
            given.call(f"{day}-{minute}", f"{day}T11:{minute + 20}:00")
        for minute in range(30):
            given.contact(
                f"{day}-f{minute}", f"{day}T11:{minute:02}:00", line="portal", channel="portal",
                source="feedback",
            )  # fmt: skip
    given.marts(*BEFORE)
    given.event("a", f"{TODAY}T11:05:00", "received", f"{TODAY}T11:05:00")
    given.event("f", f"{TODAY}T11:59:00", "received", f"{TODAY}T11:59:00", source="feedback")
    total = board(lake, NOW)["total"]
    assert total["stale_since"] == parse_moment(f"{TODAY}T11:05", MSK)
    assert total["silent_since"] is None


def test_a_burst_that_goes_on_is_named(lake, given):
    given.call("a", f"{TODAY}T11:05:00")
    given.rows(
        "bursts",
        {"category": "form_error", "started_at": NOW - timedelta(hours=2), "window_h": 1},
        {
            "category": "passport",
            "started_at": NOW - timedelta(hours=3),
            "ended_at": NOW - timedelta(hours=1),
        },
    )
    assert [row["category"] for row in board(lake, NOW)["bursts"]] == ["form_error"]
    # what came before an outage of the category was over is that outage's
    over = {"incident_id": "i", "category": "form_error", "restored_at": NOW - timedelta(hours=1)}
    given.rows("incidents", over | {"detected_at": NOW - timedelta(hours=2)})
    assert [row["started_at"] for row in board(lake, NOW)["bursts"]] == [NOW - timedelta(hours=1)]
