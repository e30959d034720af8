"""Weeks, months and quarters: their days, the one before, and the same one of last year.

ISO weeks (2026-W46), months (2026-11), quarters (2026-Q4); all in the service's zone.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.errors import QueryError
from pipelines.metrics.query import day_start, parse_week

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
KINDS = ("week", "month", "quarter")


def kind_of(text: str) -> str:
    """Return week, month or quarter.

    Raises:
        QueryError: the text is none of them.

    >>> [kind_of(one) for one in ("2026-W46", "2026-11", "2026-q4")]
    ['week', 'month', 'quarter']
    """
    name = text.strip().upper()
    if "W" in name:
        return "week"
    if _QUARTER.fullmatch(name):
        return "quarter"
    if (found := _MONTH.fullmatch(name)) and 1 <= int(found[2]) <= 12:
        return "month"
    raise QueryError(
        f"'{text}' is not a week, a month or a quarter; write it as 2026-W46, 2026-11 or 2026-Q4"
    )


def parse_period(text: str, zone: str | ZoneInfo) -> tuple[datetime, datetime]:
    """Return start and end of a period of the service's zone.

    Raises:
        QueryError: the text is no period.

    >>> [m.isoformat() for m in parse_period("2026-Q4", "Europe/Moscow")]
    ['2026-10-01T00:00:00+03:00', '2027-01-01T00:00:00+03:00']
    """
    tz = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
    kind = kind_of(text)
    if kind == "week":
        return parse_week(text, tz)
    year, number = re.split("-Q?", text.strip().upper())
    first = date(int(year), int(number) if kind == "month" else int(number) * 3 - 2, 1)
    return day_start(first, tz), day_start(_months_on(first, 1 if kind == "month" else 3), tz)


def period_at(day: date, kind: str) -> str:
    """Return the period of a kind that a day lies in.

    >>> [period_at(date(2027, 1, 3), kind) for kind in KINDS]
    ['2026-W53', '2027-01', '2027-Q1']
    """
    if kind == "month":
        return f"{day.year}-{day.month:02}"
    if kind == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def before(text: str, zone: str | ZoneInfo) -> str:
    """Return the period of the same kind that ends where this one begins.

    >>> [before(one, "Europe/Moscow") for one in ("2026-W01", "2026-01", "2026-Q1")]
    ['2025-W52', '2025-12', '2025-Q4']
    """
    start, _ = parse_period(text, zone)
    return period_at(start.date() - timedelta(days=1), kind_of(text))


def compared_with(text: str, against: str | None, zone: str | ZoneInfo) -> str:
    """Return the period another is compared with: the one before it unless another is named.

    Raises:
        QueryError: the named one is of another kind, or not earlier.
    """
    if against is None:
        return before(text, zone)
    name = against.strip().upper()
    if kind_of(name) != kind_of(text):
        raise QueryError(f"{text} is compared with a {kind_of(text)}; '{against}' is none")
    if parse_period(name, zone)[1] > parse_period(text, zone)[0]:
        raise QueryError(f"{text} is compared with an earlier {kind_of(text)}; {name} is not")
    return name


def year_before(text: str, zone: str | ZoneInfo, country: str = "RU") -> str:
    """Return the same period of the year before; weeks by their holidays, where they have some.

    Of the ISO weeks of the same number and one and two to each side it is the one that shares most
    holidays with this week, by name; among equals the nearest number, then the earlier one.

    Args:
        country: whose holidays (a code of the package `holidays`).

    >>> [year_before(one, "Europe/Moscow") for one in ("2026-11", "2026-Q4", "2026-W46")]
    ['2025-11', '2025-Q4', '2025-W46']
    >>> year_before("2026-W11", "Europe/Moscow")  # 8 March is a Sunday of W10 in 2026
    '2025-W11'
    >>> year_before("2026-W10", "Europe/Moscow")  # and a Saturday of W10 in 2025
    '2025-W10'
    """
    start, _ = parse_period(text, zone)
    if kind_of(text) != "week":
        return period_at(_months_on(start.date(), -12), kind_of(text))
    year, number, _ = start.date().isocalendar()
    same = date.fromisocalendar(year - 1, min(number, 52), 1)
    wanted = _holidays(start.date(), country)
    weeks = [same + timedelta(days=7 * n) for n in (0, -1, 1, -2, 2)]
    # without a holiday of its own the week shall have none to compare with either
    best = max(
        weeks,
        key=lambda monday: (
            len(wanted & _holidays(monday, country))
            - (not wanted and bool(_holidays(monday, country)))
        ),
    )
    return period_at(best, "week")


def _holidays(monday: date, country: str) -> frozenset[str]:
    """Return the names of the holidays of a week, days off moved from elsewhere left out."""
    import holidays  # slow to import

    days = (monday + timedelta(days=n) for n in range(7))
    known = holidays.country_holidays(country, years=(monday.year, monday.year + 1))
    names = (known.get(day) for day in days)
    return frozenset(
        one
        for name in names
        if name
        for one in name.split("; ")
        if not re.search(r"\(.*(substitut|observed|перенос)", one)
    )


def _months_on(day: date, n: int) -> date:
    months = day.year * 12 + day.month - 1 + n
    return date(months // 12, months % 12 + 1, 1)
