"""Calendars: where a clock of working days is due."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

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


CALENDARS = """
country: RU
from_year: 2024
to_year: 2028
overrides: [{day: 2026-01-14, is_working: false}]
calendars:
  - id: lunch
    label: {ru: Обед, en: Lunch}
    windows:
      - {days: 1-4, hours: ["13:45-18:00", "09:00-13:00"]}
      - {days: 5, hours: "09:00-16:45"}
    overrides: [{day: 2025-12-30, is_working: true, hours: "10:00-12:30"}]
  - id: far
    label: {ru: Владивосток, en: Vladivostok}
    zone: Asia/Vladivostok
    days: all
    windows: [{days: 1-5, hours: ["00:00-06:30", "22:00-24:00"]}, {days: 7, hours: "12:00-12:01"}]
"""
H = 3600


def opening(day: date, calendar: str, is_working: bool) -> list[tuple[int, int]]:
    """The open windows of a local day, read off CALENDARS by hand: seconds of the day."""
    weekday = day.isoweekday()
    if calendar == "staffed":
        return [(8 * H, 20 * H)]
    if calendar == "working_days":
        return [(0, 24 * H)] if is_working else []
    if calendar == "far":
        if weekday == 7:
            return [(12 * H, 12 * H + 60)]
        return [(0, 23400), (22 * H, 24 * H)] if weekday < 6 else []
    if not is_working:
        return []
    if day == date(2025, 12, 30):
        return [(10 * H, 45000)]
    return [(9 * H, 60300)] if weekday == 5 else [(9 * H, 13 * H), (49500, 18 * H)]


def test_a_calendar_agrees_with_counting_seconds_window_by_window(
    make_world: Any, edited_reference: Any
) -> None:
    """Hundreds of starts, several targets, against a count in plain Python."""
    targets = {"m1": 60, "h1": H, "h24": 24 * H, "h50": 50 * H}
    zones = dict.fromkeys(("working_days", "staffed", "lunch"), "Europe/Moscow")
    zones["far"] = "Asia/Vladivostok"
    rows = "".join(
        f"""
  - id: {name}.{calendar}
    label: {{ru: Срок, en: Due}}
    kind: clock
    applies: {{channel: phone}}
    start: [received]
    stop: [answered]
    target: PT{seconds}S
    calendar: {calendar}
    basis: assumed
"""
        for name, seconds in targets.items()
        for calendar in zones
    )
    folder = edited_reference(rows, drop=("feedback.answer_hours",))
    (folder / "calendar.yml").write_text(CALENDARS, "utf-8")
    world = make_world(folder)
    world.provides()
    random = Random(20261122)
    start = datetime(2025, 12, 20, tzinfo=UTC)
    starts = [start + timedelta(seconds=random.randrange(90 * 86400)) for _ in range(300)]
    # edges too: a window's first and last second, midnight, a moved day off
    starts += [
        datetime.fromisoformat(f"2026-01-1{day}T{at}+03:00").astimezone(UTC)
        for day in (2, 4, 6)
        for at in ("00:00:00", "09:00:00", "13:00:00", "13:44:59", "13:45:00", "18:00:00")
    ]
    for n, moment in enumerate(starts):
        text = moment.astimezone(world.lake.settings.tz).replace(tzinfo=None).isoformat(sep=" ")
        world.contact(f"{n:03}", text, line="main")
    frame = world.judge()
    working = dict(world.lake.con.sql("select day, is_working from ref_calendar").fetchall())
    assert not working[date(2026, 1, 14)]
    for name, seconds in targets.items():
        for calendar, zone in zones.items():
            got = frame.filter(pl.col("promise") == f"{name}.{calendar}").sort("contact_id")
            assert len(got) == len(starts)
            for moment, due in zip(starts, got["due_at"], strict=True):
                wanted = counted(moment, seconds, calendar, ZoneInfo(zone), working)
                assert due == wanted, (name, calendar, moment)


def counted(
    moment: datetime, seconds: int, calendar: str, zone: ZoneInfo, working: dict[date, bool]
) -> datetime:
    """Walk through the windows after a moment until so many open seconds are over."""
    left, day = timedelta(seconds=seconds), moment.astimezone(zone).date()
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        for opens, closes in opening(day, calendar, working[day]):
            begin = max(midnight + timedelta(seconds=opens), moment)
            end = midnight + timedelta(seconds=closes)
            if begin >= end:
                continue
            if left <= end - begin:
                return begin + left
            left -= end - begin
        day += timedelta(days=1)
