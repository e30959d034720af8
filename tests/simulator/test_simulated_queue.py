"""Waits, abandons and late answers come out of who calls and who is there to answer."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from pipelines.simulator.arrivals import fresh
from pipelines.simulator.calendar import is_working
from pipelines.simulator.parameters import MAIN, parameters
from pipelines.simulator.population import population
from pipelines.simulator.staff import cover, staff
from pipelines.simulator.world import World

MONDAY = date(2026, 11, 9)


@cache
def queues(staffing: float) -> pl.DataFrame:
    world = World(4, 2000, "Europe/Moscow", MONDAY, staffing)
    days = [world.next_day(MONDAY + timedelta(days=i)).calls for i in range(2)]
    queued = pl.concat(days).filter(pl.col("queued_at").is_not_null())
    return queued.with_columns(
        wait=pl.coalesce("answered_at", "ended_at") - pl.col("queued_at"),
        lost=pl.col("outcome") == "abandoned",
    )


def test_fewer_operators_make_longer_waits_and_more_people_give_up():
    few, planned = queues(0.65), queues(1.0)
    assert few["wait"].mean() > 2 * planned["wait"].mean()
    assert few["lost"].mean() > 2 * planned["lost"].mean()
    assert planned["lost"].mean() < 0.15


def test_nobody_is_talked_to_by_an_operator_who_is_already_talking():
    calls = queues(0.8).filter(
        pl.col("answered_at").is_not_null(), pl.col("transferred_at").is_null()
    )
    talks = calls.sort("operator_id", "answered_at")
    gap = talks.select(
        (pl.col("answered_at") - pl.col("ended_at").shift(1).over("operator_id")).min()
    ).item()
    assert gap >= 0


def test_a_phone_nobody_took_is_told_with_whose_it_was_and_is_not_laid_to_who_answered():
    calls = queues(0.8)
    rang = calls.filter(pl.col("ring_no_answer") > 0)
    assert len(rang) > 10
    assert rang["rang_by"].null_count() == 0
    taken = rang.filter(pl.col("answered_at").is_not_null())
    again = taken["rang_by"] == taken["operator_id"]  # back at the workplace
    assert 0 < again.sum() < len(taken) / 2
    assert taken.filter(again)["wait"].min() > 60
    assert taken["ring_s"].max() <= 15
    assert calls.filter(pl.col("ring_no_answer") == 0)["rang_by"].null_count() > len(rang)


def test_every_call_that_left_a_queue_unanswered_says_how_and_when():
    left = queues(0.8).filter(pl.col("answered_at").is_null())
    assert set(left["outcome"]) <= {"abandoned", "flowed_out", "callback"}
    assert left["ended_at"].null_count() == 0
    assert (left["ended_at"] >= left["queued_at"]).all()


def test_arrivals_follow_hour_weekday_and_holiday():
    params, people = parameters(), population(2, 3000)

    def day(when: date) -> np.ndarray:
        made = fresh(params, people, 2, 3000, when)
        return np.histogram(made.at_s[made.stream == MAIN] / 3600, bins=range(25))[0]

    monday, sunday = day(date(2026, 11, 16)), day(date(2026, 11, 15))
    holiday, usual = day(date(2026, 11, 4)), day(date(2026, 11, 11))  # both Wednesdays
    assert monday[9:12].sum() > 6 * monday[0:7].sum()
    assert monday.sum() > 1.4 * sunday.sum()
    assert holiday.sum() < 0.75 * usual.sum()


def test_forms_are_answered_on_working_days_only():
    world = World(4, 600, "Europe/Moscow", date(2026, 10, 29))
    days = [world.next_day(date(2026, 10, 29) + timedelta(days=i)) for i in range(8)]
    replied = pl.concat([d.feedback for d in days])["answered_at"].drop_nulls().to_list()
    dates = {date.fromtimestamp(t + 3 * 3600 - 1800) for t in replied}  # noqa: DTZ012 Moscow
    assert date(2026, 11, 4) not in dates
    assert all(is_working(d) for d in dates)


def test_an_outage_lifts_its_category():
    from pipelines.simulator.calendar import midnight
    from pipelines.simulator.incidents import requested

    def outages(asked) -> int:
        calls = World(6, 800, "Europe/Moscow", MONDAY).next_day(MONDAY, asked).calls
        return len(calls.filter(pl.col("category") == "service_outage"))

    asked = requested(parameters(), midnight(MONDAY, "Europe/Moscow") + 11 * 3600, 120)
    assert outages((asked,)) > 2 * outages(()) + 20


def test_an_outage_changes_nothing_that_lies_before_it():
    from pipelines.simulator.calendar import midnight
    from pipelines.simulator.events import lines, of_day
    from pipelines.simulator.incidents import requested

    at = midnight(MONDAY, "Europe/Moscow") + 13 * 3600
    told = []
    for asked in ((), (requested(parameters(), at),)):
        logs = World(6, 300, "Europe/Moscow", MONDAY).next_day(MONDAY, asked)
        found = lines([of_day(logs).filter(pl.col("event_at") < at)], "Europe/Moscow")
        told.append(found)
    assert told[0] == told[1]
    assert len(told[0]) > 500


def test_shifts_cover_the_need_of_every_hour():
    need = np.array([1] * 8 + [6, 9, 9, 8, 7, 7, 8, 8, 7, 6, 5, 4] + [2] * 4)
    taken = cover(need, [[8, 12], [20, 12], [10, 9]])
    there = np.zeros(24)
    for start, length in taken:
        there[np.arange(int(start), int(start + length)) % 24] += 1
    assert (there >= need).all()


@pytest.mark.parametrize("day", [MONDAY, date(2026, 11, 14), date(2027, 1, 3)])
def test_nobody_works_a_day_shift_after_a_night_shift(day):
    team = staff(parameters(), 3, 2000, MONDAY)
    nights = {s.operator for s in team.shifts(day, True) if s.on_s < 0}
    mornings = {s.operator for s in team.shifts(day, True) if s.on_s >= 0}
    assert nights
    assert not nights & mornings
