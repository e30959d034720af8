"""Open time counted window by window, day after day: no axis, no cumulative sums."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays

Span = tuple[datetime, datetime]
MOSCOW = ZoneInfo("Europe/Moscow")
RUSSIA = holidays.country_holidays("RU", years=range(2024, 2028))


def open_spans(calendar: str, hours: dict[str, Any], since: datetime) -> Iterator[Span]:
    """Yield the open spans of a calendar that end after `since`.

    hours: ISO weekday -> [("09:00", "13:00"), …]; a working day without a row has Monday's.
    """
    if calendar == "always":
        yield since, since + timedelta(days=4000)
        return
    day = since.astimezone(MOSCOW).date()
    while True:
        for opens, closes in _windows(calendar, hours, day):
            if closes > since:
                yield opens, closes
        day += timedelta(days=1)


def _windows(calendar: str, hours: dict[str, Any], day: date) -> list[Span]:
    if calendar != "staffed" and not RUSSIA.is_working_day(day):
        return []
    if calendar == "working_days":
        return [(local(day, "00:00"), local(day, "24:00"))]
    of_day = hours.get(day.isoweekday(), [] if calendar == "staffed" else hours[1])
    return [(local(day, opens), local(day, closes)) for opens, closes in of_day]


def local(day: date, clock: str) -> datetime:
    """Return the instant of a wall clock in Moscow, 24:00 included."""
    hour, minute = (int(part) for part in clock.split(":"))
    moment = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24, minute))
    return moment.replace(tzinfo=MOSCOW)


def due(start: datetime, seconds: float, spans: Iterator[Span], pauses: list[Span]) -> datetime:
    """Return the first moment so many seconds were open and not paused since `start`."""
    left = timedelta(seconds=seconds)
    for opens, closes in spans:
        begin = max(opens, start)
        for pause_from, pause_to in pauses:
            if pause_to <= begin or pause_from >= closes:
                continue
            if begin + left <= pause_from:
                break
            left -= max(pause_from - begin, timedelta())
            begin = max(begin, pause_to)
        if begin < closes:
            if left <= closes - begin:
                return begin + left
            left -= closes - begin
    raise AssertionError("a calendar that ends")


def merged(spans: list[Span]) -> list[Span]:
    """Return spans in order, overlapping ones as one."""
    found: list[Span] = []
    for opens, closes in sorted(spans):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], closes))
        else:
            found.append((opens, closes))
    return found
