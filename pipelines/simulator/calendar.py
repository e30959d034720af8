"""Days of the service: working days of Russia, how busy a date is, and instants of its midnight."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from pipelines.simulator.parameters import Parameters


@cache
def _russia() -> holidays.HolidayBase:
    return holidays.country_holidays("RU")


def is_working(day: date) -> bool:
    """Return whether a day is a working day in Russia (moved days off included).

    >>> is_working(date(2026, 11, 4)), is_working(date(2026, 11, 5))
    (False, True)
    """
    return bool(_russia().is_working_day(day))


def busyness(params: Parameters, seed: int, day: date) -> float:
    """Return how many times an average day's traffic a date brings, its own luck included."""
    raw = params.raw
    weekdays = np.array(raw["weekdays"])
    factor = float(weekdays[day.weekday()] / weekdays.mean())
    if day.weekday() < 5 and not is_working(day):
        factor *= raw["day_off"]
    if is_working(day) and not is_working(day - timedelta(days=1)) and day.weekday() != 0:
        factor *= raw["after_days_off"]
    rng = np.random.default_rng([seed, 21, day.toordinal()])
    return factor * float(np.exp(raw["day_noise"] * rng.standard_normal()))


def midnight(day: date, zone: str) -> float:
    """Return the epoch seconds of a day's local midnight.

    >>> midnight(date(1970, 1, 2), "Europe/Moscow")
    75600.0
    """
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()
