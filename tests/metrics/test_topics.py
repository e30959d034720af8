"""topics: what contacts of a topic cost, how they were served; its sides; numbers that agree."""

import dataclasses
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines import metrics
from pipelines.metrics import Query, Scope, parse_moment

MSK = ZoneInfo("Europe/Moscow")
DAYS = [f"2026-11-{day:02}" for day in range(9, 24)]


def week(by: tuple[str, ...] = (), **more: Any) -> Query:
    start, end = parse_moment("2026-11-16", MSK), parse_moment("2026-11-23", MSK)
    return Query(start, end, by, **({"as_of": parse_moment("2026-12-01", MSK)} | more))


@pytest.fixture
def served(given):
    """Two topics: waits, one hang-up, ratings, a form of the portal answered after a day."""
    form = {"category": "form_error", "citizen_key": "x"}
    given.call("a", "2026-11-16T10:00:00", "answered", 20, talk_s=100, rating=5.0, **form)
    given.call("b", "2026-11-16T11:00:00", "answered", 40, talk_s=200, rating=2.0, **form)
    given.call("c", "2026-11-17T11:00:00", "abandoned", 90, region="77", **form)
    given.call("d", "2026-11-17T12:00:00", "answered", 86400, channel="portal", line="portal",
               **form)  # fmt: skip
    given.call("e", "2026-11-18T12:00:00", "answered", 10, talk_s=60, category="passport")
    given.call("f", "2026-11-18T12:00:00", "answered", 10, talk_s=60)
    return given


@pytest.mark.parametrize("settled", [[], DAYS, DAYS[:9]])
def test_a_topic_shows_what_its_contacts_cost_and_how_they_were_served(lake, served, settled):
    served.marts(*settled)
    rows = metrics.topics(lake, week())
    assert rows["category"].to_list() == ["form_error", "passport", None]
    form = rows.row(0, named=True)
    assert (form["contacts"], form["citizens"], form["repeats"]) == (4, 1, 3)
    # the portal has no queue: its day of waiting is in no mean, its form in no base
    assert (form["offered"], form["abandoned"], form["wait_mean_s"]) == (3, 1, 30.0)
    assert form["abandoned_share"] == pytest.approx(1 / 3)
    assert (form["handle_mean_s"], form["rating_share"], form["rated"]) == (150.0, 0.5, 2)
    assert (form["kept_share"], form["kept_n"], form["per_thousand"]) == (None, 0, None)


@pytest.mark.parametrize("settled", [[], DAYS])
def test_deadlines_of_a_topic_are_counted_together(lake, served, settled):
    at = parse_moment("2026-11-16T10:00", MSK)
    clock = {"promise_version": 1, "kind": "clock", "number": 1, "received_date": at.date()}
    for contact, promise, minutes in (
        ("a", "phone.wait_max", 1),
        ("b", "phone.wait_max", 9),
        ("b", "technical.first_response", 4),
    ):
        times = {"started_at": at, "due_at": at + timedelta(minutes=5)}
        stop = {"stopped_at": at + timedelta(minutes=minutes), "stop_kind": "stopped"}
        told = {"contact_id": contact, "promise": promise}
        served.rows("clocks", clock | told | times | stop)
    served.marts(*settled)
    form = metrics.topics(lake, week()).row(0, named=True)
    assert (form["kept_n"], form["kept_share"]) == (3, pytest.approx(2 / 3))
    sides = metrics.topic_sides(lake, week(where={"category": ("form_error",)}), "region")
    assert sides.select("region", "contacts", "kept_n").rows() == [("77", 1, 0), (None, 3, 3)]
    assert sides["kept_share"].to_list() == [None, pytest.approx(2 / 3)]


def test_classes_hold_the_contacts_of_their_topics(lake, served):
    rows = metrics.topics(lake, week(("class",))).select("class", "contacts", "abandoned").rows()
    assert rows == [("technical", 4, 1), ("documents", 1, 0), (None, 1, 0)]


@pytest.mark.parametrize("side", metrics.SIDES)
def test_sides_of_a_topic_add_up_to_it_and_lead_to_as_many_contacts(lake, served, side):
    asked = week(where={"category": ("form_error",)})
    rows = metrics.topic_sides(lake, asked, side)
    assert rows["contacts"].sum() == 4
    for row in rows.to_dicts():
        where = {"category": ("form_error",), side: (row[side],)}
        assert metrics.contacts(lake, week(where=where)).total == row["contacts"]


def test_sums_over_topics_are_the_volume(lake, served):
    (volume,) = metrics.volume(lake, week()).to_dicts()
    rows = metrics.topics(lake, week())
    for name in ("contacts", "abandoned"):
        assert rows[name].sum() == volume[name]
    classes = metrics.topics(lake, week(("class",)))
    assert classes["contacts"].sum() == volume["contacts"]


def test_a_topic_of_a_line_shows_that_line_only(lake, served):
    rows = metrics.topics(lake, week(scope=Scope(lines=("portal",))))
    assert rows.select("category", "contacts", "offered", "rated").rows() == [
        ("form_error", 1, 0, 0)
    ]


def test_hours_of_the_week_are_means_of_the_hours_that_have_come(lake, served):
    asked = week(as_of=parse_moment("2026-11-17T11:30", MSK))
    rows = metrics.topic_hours(lake, asked).to_dicts()
    cells = {(row["weekday"], row["hour_of_day"]): row for row in rows}
    assert (cells[1, 10]["value"], cells[1, 10]["n"]) == (1.0, 1)
    assert (cells[2, 11]["value"], cells[1, 12]["value"]) == (1.0, 0.0)
    assert cells[2, 12]["value"] is None
    assert len(cells) == 168


def test_contacts_per_thousand_uses_need_every_month_of_the_period(lake, served):
    known = {("form_error", date(2026, 11, 1)): 3000.0}
    at = dataclasses.replace(lake, reference=dataclasses.replace(lake.reference, uses=known))
    (row,) = metrics.topics(at, week()).filter(category="form_error").to_dicts()
    assert row["uses"] == pytest.approx(700)  # seven days of thirty
    assert row["per_thousand"] == pytest.approx(4 / 0.7)
    longer = dataclasses.replace(week(), end=parse_moment("2026-12-03", MSK),
                                 as_of=parse_moment("2027-01-01", MSK))  # fmt: skip
    assert metrics.topics(at, longer)["per_thousand"].null_count() == 3


def test_weeks_of_a_topic_end_with_the_period(lake, served):
    rows = (
        metrics.topic_weeks(lake, week(), "form_error")
        .select("week", "contacts", "baseline")
        .rows()
    )
    assert rows == [("2026-W47", 4, None)]
