"""Read calendar.yml: which days are working, and calendars of open windows for promises."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import available_timezones

from pipelines.reference.model import Calendar, DayOff, Days, Window
from pipelines.reference.yaml_rows import Row, days_of_week, span, unique

KINDS = ("working", "all")
DAY_S = 86400
# without a row of their own: every promise may name it
WORKING_DAYS = "working_days"


def read_calendar(top: Row) -> tuple[Days, Mapping[str, Calendar]]:
    """Return the service's own days, and the calendars promises may name."""
    top.check(
        ("country", "subdivision", "from_year", "to_year", "overrides", "calendars"),
        ("country", "from_year", "to_year"),
    )
    years = int(top.number("from_year")), int(top.number("to_year"))
    days = Days(top.text("country"), top.text("subdivision"), years, _overrides(top))
    whole = tuple((day, 0, DAY_S) for day in range(1, 8))
    # 24 hours of each: a shortened day is one of calendars of windows
    full = {day: DayOff(off.is_working) for day, off in days.overrides.items()}
    own = replace(days, overrides=MappingProxyType(full))
    calendars = {WORKING_DAYS: Calendar(WORKING_DAYS, ("", ""), "", "working", own, whole)}
    for row in unique(top.rows("calendars")) if "calendars" in top else ():
        calendars[row["id"]] = _calendar(row, days)
    return days, MappingProxyType(calendars)


def _calendar(row: Row, service: Days) -> Calendar:
    row.check(
        ("id", "label", "zone", "days", "country", "subdivision", "windows", "overrides"),
        ("id", "label", "windows"),
    )
    if row["id"] in ("always", "staffed", WORKING_DAYS):
        row.fail(f"the name '{row['id']}' is taken; choose another", "id")
    if "zone" in row:
        row.word(row["zone"], available_timezones(), "zone")
    own = _overrides(row) if "overrides" in row else {}
    # a decree of the service's country is none of another's
    above = {} if "country" in row else service.overrides
    return Calendar(
        id=row["id"],
        label=row.labels(),
        zone=row.text("zone"),
        kind=row.one_of("days", KINDS, "working"),
        days=Days(
            row.text("country", service.country),
            row.text("subdivision", service.subdivision),
            service.years,
            MappingProxyType({**above, **own}),
        ),
        windows=_windows(row),
    )


def _windows(row: Row) -> tuple[Window, ...]:
    found: list[Window] = []
    for part in row.rows("windows"):
        part.check(("days", "hours"), ("days", "hours"))
        spans = sorted(span(part, "hours", word) for word in part.words("hours"))
        for day in days_of_week(part):
            if any(day == known for known, _, _ in found):
                part.fail(f"days: {day} stands in two rows", "days")
            found += [(day, opens, closes) for opens, closes in spans]
        for (_, closes), (opens, _) in pairwise(spans):
            if opens < closes:
                part.fail(f"hours: the windows {part['hours']} overlap", "hours")
    if not found:
        row.fail("windows: a calendar that is never open", "windows")
    return tuple(sorted(found))


def _overrides(top: Row) -> Mapping[date, DayOff]:
    """Days put over the calendar: working or not, and of what hours."""
    found: dict[date, DayOff] = {}
    for row in top.rows("overrides") if top.get("overrides") else ():
        row.check(("day", "is_working", "hours", "note"), ("day", "is_working"))
        day = row.day("day")
        if day is None or not isinstance(row["is_working"], bool):
            row.fail("wants day: 2026-12-31 and is_working: true or false")
        if day in found:
            row.fail(f"the day {day} stands twice", "day")
        hours = tuple(sorted(span(row, "hours", word) for word in row.words("hours")))
        found[day] = DayOff(row["is_working"], hours)
    return MappingProxyType(found)
