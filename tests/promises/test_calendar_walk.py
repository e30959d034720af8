"""Due times against a walk through every minute of half a year: is it open, is it not."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import polars as pl

FIRST, LAST = datetime(2025, 9, 20, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CALENDARS = """
country: RU
from_year: 2025
to_year: 2026
overrides:
  - {day: 2026-01-14, is_working: false}
  - {day: 2025-11-01, is_working: true, hours: ["10:00-12:00", "15:00-15:30"]}
calendars:
  - id: moved
    label: {ru: С переносами, en: With moved days}
    windows:
      - {days: 1-4, hours: ["13:45-18:00", "09:00-13:00"]}
      - {days: 5, hours: "09:00-16:45"}
  - id: berlin
    label: {ru: Берлин, en: Berlin}
    zone: Europe/Berlin
    country: DE
    subdivision: BE
    overrides: [{day: 2025-12-24, is_working: false}]
    windows: [{days: 1-5, hours: ["22:00-24:00", "00:00-01:30", "07:00-11:59"]}]
  - id: nights
    label: {ru: Ночи, en: Nights}
    zone: America/New_York
    days: all
    windows: [{days: 1-6, hours: "20:15-24:00"}, {days: 7, hours: ["00:00-04:00", "05:00-05:01"]}]
"""
ZONES = {"moved": "Europe/Moscow", "working_days": "Europe/Moscow", "berlin": "Europe/Berlin",
         "nights": "America/New_York"}  # fmt: skip
TARGETS_MIN = (1, 90, 24 * 60, 50 * 60)
ROWS = "".join(
    f"""
  - id: {calendar}.{minutes}
    label: {{ru: Срок, en: Due}}
    kind: clock
    start: [received]
    stop: [answered]
    target: PT{minutes}M
    calendar: {calendar}
    basis: assumed
"""
    for calendar in ZONES
    for minutes in TARGETS_MIN
)
RUSSIA = holidays.country_holidays("RU", years=(2025, 2026))
BERLIN = holidays.country_holidays("DE", subdiv="BE", years=(2025, 2026))


def is_open(calendar: str, day: date, clock: str) -> bool:
    """Read off CALENDARS by hand: is a minute of the local wall clock open."""
    weekday = day.isoweekday()
    if day == date(2025, 11, 1) and calendar in ("moved", "nights"):  # a shortened day
        return "10:00" <= clock < "12:00" or "15:00" <= clock < "15:30"
    if calendar == "nights":
        if weekday == 7:
            return clock < "04:00" or clock == "05:00"
        return clock >= "20:15"
    if calendar == "berlin":
        is_off = not BERLIN.is_working_day(day) or day == date(2025, 12, 24)
        return not is_off and (clock >= "22:00" or clock < "01:30" or "07:00" <= clock < "11:59")
    if not RUSSIA.is_working_day(day) or day == date(2026, 1, 14):
        return False
    if calendar == "working_days":
        return True
    if weekday == 5:
        return "09:00" <= clock < "16:45"
    return "09:00" <= clock < "13:00" or "13:45" <= clock < "18:00"


def open_minutes(calendar: str) -> list[datetime]:
    zone, found, minute = ZoneInfo(ZONES[calendar]), [], FIRST
    while minute < LAST:
        local = minute.astimezone(zone)
        if is_open(calendar, local.date(), f"{local:%H:%M}"):
            found.append(minute)
        minute += MINUTE
    return found


def test_the_days_the_walk_rests_on_are_the_official_ones() -> None:
    working = {date(2025, 11, 1), date(2025, 12, 30), date(2026, 1, 12)}
    off = {date(2025, 11, 3), date(2025, 12, 31), date(2026, 1, 9), date(2026, 3, 9)}
    assert all(RUSSIA.is_working_day(day) for day in working)
    assert not any(RUSSIA.is_working_day(day) for day in off)
    assert not BERLIN.is_working_day(date(2025, 10, 3))


def test_due_times_are_those_of_a_walk_through_every_minute(
    make_world: Any, edited_reference: Any
) -> None:
    """Several windows a day, moved and overridden days, other countries, changes of the clock."""
    folder = edited_reference(ROWS, drop=("feedback.answer_hours",))
    (folder / "calendar.yml").write_text(CALENDARS, "utf-8")
    world = make_world(folder)
    world.provides()
    random = Random(20261124)
    starts = [FIRST + random.randrange(150 * 24 * 60) * MINUTE for _ in range(150)]
    # every hour around the nights the clocks change, and around a moved Saturday
    for night in ("2025-10-25", "2025-10-31", "2025-11-01", "2026-03-07", "2026-03-28"):
        midnight = datetime.fromisoformat(f"{night}T18:00+00:00")
        starts += [midnight + n * timedelta(minutes=45) for n in range(24)]
    for n, start in enumerate(starts):
        text = start.astimezone(ZoneInfo("Europe/Moscow")).replace(tzinfo=None).isoformat(sep=" ")
        world.contact(f"{n:03}", text, line="main")
    frame = world.judge()
    for calendar in ZONES:
        minutes = open_minutes(calendar)
        for target in TARGETS_MIN:
            got = frame.filter(pl.col("promise") == f"{calendar}.{target}").sort("contact_id")
            assert len(got) == len(starts)
            for start, due in zip(starts, got["due_at"], strict=True):
                wanted = minutes[bisect_left(minutes, start) + target - 1] + MINUTE
                assert due == wanted, (calendar, target, start)
