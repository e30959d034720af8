"""Calendars: where a clock of working days is due."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

PORTAL = {"channel": "portal", "line": "portal"}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-10-31 18:00", "2025-11-01 18:00"),  # a working Saturday
        ("2025-12-30 15:00", "2026-01-12 15:00"),  # over the New Year holidays
        ("2026-03-06 17:30", "2026-03-10 17:30"),  # a moved day off
        ("2026-05-08 20:00", "2026-05-12 20:00"),
        ("2026-11-21 12:00", "2026-11-24 00:00"),  # received on a Saturday: all of Monday
    ],
)
def test_24_hours_of_working_days_stand_still_on_days_off(
    world: Any, received: str, due: str
) -> None:
    world.contact("c", received, **PORTAL)
    assert world.clocks("feedback.answer") == [("c", 1, received, due, None, None)]


def test_a_calendar_agrees_with_counting_seconds_one_day_at_a_time(
    make_world: Any, edited_reference: Any
) -> None:
    """Thousands of starts and targets at once, against a count day by day in plain Python."""
    targets = {"h1": 1, "h24": 24, "h50": 50}
    rows = "".join(
        f"""
  - id: {name}.{calendar}
    label: {{ru: Срок, en: Due}}
    kind: clock
    applies: {{channel: phone}}
    start: [received]
    stop: [answered]
    target: PT{hours}H
    calendar: {calendar}
    basis: assumed
"""
        for name, hours in targets.items()
        for calendar in ("working_days", "staffed")
    )
    world = make_world(edited_reference(rows))
    world.provides()
    random = Random(20261122)
    start = datetime(2025, 12, 20, tzinfo=UTC)
    starts = [start + timedelta(seconds=random.randrange(90 * 86400)) for _ in range(300)]
    for n, moment in enumerate(starts):
        text = moment.astimezone(world.lake.settings.tz).replace(tzinfo=None).isoformat(sep=" ")
        world.contact(f"{n:03}", text, line="main")
    frame = world.judge()
    working = dict(world.lake.con.sql("select day, is_working from ref_calendar").fetchall())

    def opening(day: date, calendar: str) -> tuple[datetime, datetime] | None:
        begin = datetime(day.year, day.month, day.day, tzinfo=world.lake.settings.tz)
        if calendar == "staffed":
            return begin + timedelta(hours=8), begin + timedelta(hours=20)
        return (begin, begin + timedelta(days=1)) if working[day] else None

    for name, hours in targets.items():
        for calendar in ("working_days", "staffed"):
            got = frame.filter(pl.col("promise") == f"{name}.{calendar}").sort("contact_id")
            for moment, due in zip(starts, got["due_at"], strict=True):
                left, at = timedelta(hours=hours), moment.astimezone(world.lake.settings.tz)
                day = at.date()
                while True:
                    hours_of = opening(day, calendar)
                    if hours_of is not None and hours_of[1] > at:
                        begin = max(hours_of[0], at)
                        if left <= hours_of[1] - begin:
                            break
                        left -= hours_of[1] - begin
                    day += timedelta(days=1)
                assert due == begin + left, (name, calendar, moment)
