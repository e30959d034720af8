"""problems: contacts, people, repeats, what is usual."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.metrics import Query, Scope, parse_moment, problems
from pipelines.settings import Settings
from tests.lakes import tables

MSK = ZoneInfo("Europe/Moscow")


def week(by: tuple[str, ...] = (), **more: Any) -> Query:
    start, end = parse_moment("2026-11-16", MSK), parse_moment("2026-11-23", MSK)
    return Query(start, end, by, **({"as_of": parse_moment("2026-12-01", MSK)} | more))


@pytest.fixture
def people(given):
    given.contact("a", "2026-11-09T09:00:00", citizen_key="x", category="form_error")
    given.contact("b", "2026-11-16T08:00:00", citizen_key="x", category="form_error", line="chat")
    given.contact("c", "2026-11-16T09:00:01", citizen_key="x", category="account_locked")
    given.contact("d", "2026-11-17T09:00:00", citizen_key="x", category="form_error")
    given.contact("e", "2026-11-17T10:00:00", citizen_key="y", category="form_error")
    given.contact("f", "2026-11-17T10:00:00", category="form_error")
    given.contact("g", "2026-11-17T11:00:00", citizen_key="y")
    given.contact("h", "2026-11-17T12:00:00", citizen_key="y")
    return given


DAYS = [f"2026-11-{d:02}" for d in range(9, 23)]


@pytest.mark.parametrize("settled", [[], DAYS, DAYS[:8]])
def test_a_repeat_is_the_same_citizen_and_category_within_seven_days(lake, people, settled):
    people.marts(*settled)
    rows = problems(lake, week()).select("category", "contacts", "citizens", "repeats")
    assert sorted(rows.rows(), key=str) == [
        ("account_locked", 1, 1, 0),
        ("form_error", 4, 2, 2),
        (None, 2, 1, 0),
    ]


@pytest.mark.parametrize("settled", [[], DAYS])
def test_people_are_not_added_over_days(lake, people, settled):
    people.marts(*settled)
    rows = problems(lake, week(("day",))).select("day", "contacts", "citizens", "repeats").rows()
    assert rows == [("2026-11-16", 2, 1, 1), ("2026-11-17", 5, 2, 1)]


@pytest.mark.parametrize("by", ["line", "category", "week"])
@pytest.mark.parametrize("settled", [[], DAYS])
def test_a_repeat_counts_after_a_contact_on_a_line_that_may_not_be_seen(lake, people, by, settled):
    people.marts(*settled)
    (row,) = problems(lake, week((by,), scope=Scope(lines=("chat",)))).to_dicts()
    assert (row["contacts"], row["citizens"], row["repeats"]) == (1, 1, 1)


def test_seven_days_are_as_long_where_clocks_are_put_forward(tmp_path, given):
    berlin = ZoneInfo("Europe/Berlin")
    lake = tables(Settings(home=tmp_path / "berlin", zone="Europe/Berlin"))
    here = type(given)(lake)
    for name, utc in (("a", "2026-03-22T22:30"), ("b", "2026-03-29T22:10")):  # 167 h 40 min
        at = parse_moment(f"{utc}Z", berlin)
        day = {"received_at": at, "received_date": at.astimezone(berlin).date()}
        here.contact(name, utc, **day, citizen_key="x", category="form_error")
    start, end = parse_moment("2026-03-30", berlin), parse_moment("2026-03-31", berlin)
    assert problems(lake, Query(start, end))["repeats"].to_list() == [1]
    lake.close()


def test_the_period_may_begin_within_a_settled_day(lake, people):
    people.marts(*DAYS)
    asked = Query(parse_moment("2026-11-17T09:30", MSK), parse_moment("2026-11-23", MSK))
    (row,) = problems(lake, asked).filter(category="form_error").to_dicts()
    assert (row["contacts"], row["citizens"], row["repeats"]) == (2, 1, 0)


def test_what_is_usual_is_the_mean_of_the_same_hours_of_the_weeks_before(lake, given):
    for day in ("2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09"):
        for n in range(2):
            given.contact(f"{day}{n}", f"{day}T10:10:00", category="form_error")
    for n in range(5):
        given.contact(f"now{n}", "2026-11-16T10:20:00", category="form_error")
    one_hour = Query(
        parse_moment("2026-11-16T10:00", MSK),
        parse_moment("2026-11-16T11:00", MSK),
        as_of=parse_moment("2026-11-16T11:00", MSK),
    )
    wanted = ("category", "contacts", "baseline", "excess", "burst")
    assert problems(lake, one_hour).select(wanted).rows() == [("form_error", 5, 2.0, 3.0, False)]
    given.rows(
        "bursts",
        {
            "category": "form_error",
            "started_at": parse_moment("2026-11-16T10:30", MSK),
            "ended_at": None,
            "peak_z": 4.0,
        },
    )
    assert problems(lake, one_hour)["burst"].to_list() == [True]
    by_line = Query(one_hour.start, one_hour.end, ("line", "hour"), as_of=one_hour.as_of)
    assert problems(lake, by_line).select("line", "hour", "baseline", "excess").rows() == [
        ("main", "2026-11-16T10:00:00+03:00", 2.0, 3.0)
    ]


def test_without_four_weeks_of_history_nothing_is_usual(lake, given):
    given.contact("a", "2026-11-16T10:20:00", category="form_error")
    (row,) = problems(lake, week()).to_dicts()
    assert (row["baseline"], row["excess"]) == (None, None)
