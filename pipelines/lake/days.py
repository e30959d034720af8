"""Days written into a statement, so that DuckLake opens the files of these alone."""

from collections.abc import Iterable
from datetime import date


def in_days(column: str, days: Iterable[date]) -> str:
    """Return SQL that is true on these days.

    A list of constants is held against what the catalogue knows of each file, a bound list is not:
    for five days of 57 it opened 374 files instead of 19.

    >>> in_days("f.day", [date(2026, 11, 16), date(2026, 11, 17)])
    "f.day in (date '2026-11-16', date '2026-11-17')"
    >>> in_days("day", [])
    'false'
    """
    written = ", ".join(f"date '{day:%Y-%m-%d}'" for day in days)
    return f"{column} in ({written})" if written else "false"
