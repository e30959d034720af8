"""Which ISO weeks there is something to say about."""

from datetime import date, timedelta
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot

LIMIT = 520  # ten years


@one_snapshot
def weeks(lake: Lake) -> list[dict[str, Any]]:
    """Return the ISO weeks from the first contact to now, the newest first.

    Returns:
        week (2026-W46), first, last (days, both inside), is_over (all its days have passed).
    """
    first = lake.frame("select min(received_date) as first from lake.contacts").item()
    if first is None:
        return []
    today = lake.now().astimezone(lake.settings.tz).date()
    monday = today - timedelta(days=today.weekday())
    found: list[dict[str, Any]] = []
    while len(found) < LIMIT and (monday + timedelta(days=6) >= first):
        found.append(_week(monday, today))
        monday -= timedelta(days=7)
    return found


def _week(monday: date, today: date) -> dict[str, Any]:
    year, number, _ = monday.isocalendar()
    last = monday + timedelta(days=6)
    return {"week": f"{year}-W{number:02}", "first": monday, "last": last, "is_over": last < today}
