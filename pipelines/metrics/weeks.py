"""What time there is something to say about: the ISO weeks, the days held."""

from datetime import date, timedelta
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot

LIMIT = 520  # ten years
_MONDAYS = """
    select distinct cast(date_trunc('week', received_date) as date)
    from (select distinct received_date from lake.contacts)
"""


@one_snapshot
def weeks(lake: Lake) -> list[dict[str, Any]]:
    """Return the ISO weeks with contacts, and the one that runs, the newest first.

    Returns:
        week (2026-W46), first, last (days, both inside), is_over (all its days have passed).
    """
    today = lake.now().astimezone(lake.settings.tz).date()
    mondays = {monday for (monday,) in lake.con.sql(_MONDAYS).fetchall() if monday <= today}
    if not mondays:
        return []
    mondays.add(today - timedelta(days=today.weekday()))
    return [_week(monday, today) for monday in sorted(mondays, reverse=True)[:LIMIT]]


@one_snapshot
def held(lake: Lake) -> tuple[date, date] | None:
    """Return the days of the first and the last contact; None: there is none."""
    first, last = lake.con.sql(
        "select min(received_date), max(received_date) from lake.contacts"
    ).fetchall()[0]
    return (first, last) if first else None


def _week(monday: date, today: date) -> dict[str, Any]:
    year, number, _ = monday.isocalendar()
    last = monday + timedelta(days=6)
    return {"week": f"{year}-W{number:02}", "first": monday, "last": last, "is_over": last < today}
