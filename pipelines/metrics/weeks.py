"""What time there is something to say about: the ISO weeks, the days held."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.periods import parse_period, period_at

LIMIT = 520  # ten years
_FIRST_DAYS = """
    select distinct cast(date_trunc($kind, received_date) as date)
    from (select distinct received_date from lake.contacts)
"""


@one_snapshot
def weeks(lake: Lake, kind: str = "week") -> list[dict[str, Any]]:
    """Return the ISO weeks, months or quarters with contacts, and the one that runs, newest first.

    Returns:
        week (2026-W46, 2026-11, 2026-Q4), first, last (days, both inside), is_over (all its days
        have passed).
    """
    today = lake.now().astimezone(lake.settings.tz).date()
    found = lake.con.execute(_FIRST_DAYS, {"kind": kind}).fetchall()
    names = {period_at(day, kind) for (day,) in found if day <= today}
    if not names:
        return []
    names.add(period_at(today, kind))
    rows = [_row(name, today, lake.settings.tz) for name in names]
    return sorted(rows, key=lambda row: row["first"], reverse=True)[:LIMIT]


@one_snapshot
def held(lake: Lake) -> tuple[date, date] | None:
    """Return the days of the first and the last contact; None: there is none."""
    first, last = lake.con.sql(
        "select min(received_date), max(received_date) from lake.contacts"
    ).fetchall()[0]
    return (first, last) if first else None


def _row(name: str, today: date, tz: ZoneInfo) -> dict[str, Any]:
    first, end = (moment.date() for moment in parse_period(name, tz))
    last = end - timedelta(days=1)
    return {"week": name, "first": first, "last": last, "is_over": last < today}
