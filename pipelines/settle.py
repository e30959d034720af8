"""Settle dirty days: judge their contacts where that is due, then build their marts again.

Which days are dirty is written with the rows that made them so; a killed process leaves them
dirty, and until they are settled their figures come from rows.
"""

from collections.abc import Callable
from datetime import date

from pipelines.lake.citizens import relink_days
from pipelines.lake.connect import Lake
from pipelines.marts.build import build as build_marts
from pipelines.stage import replace_clocks

OnProgress = Callable[[str, int, int], None]
DAYS_AT_ONCE = 14

DIRTY = """
    select received_date, bool_or(needs_clocks) from lake.dirty_days
    group by received_date order by received_date
"""


def settle(lake: Lake, on_progress: OnProgress = lambda *_: None) -> int:
    """Settle every dirty day, some days a transaction; return how many there were."""
    dirty = lake.con.sql(DIRTY).fetchall()
    # all of them before any is judged: a repeat looks over the edge of the days judged together
    if unlinked := [day for day, needs_clocks in dirty if needs_clocks]:
        with lake.transaction():
            relink_days(lake, unlinked)
    for i in range(0, len(dirty), DAYS_AT_ONCE):
        some = dirty[i : i + DAYS_AT_ONCE]
        days = [day for day, _ in some]
        on_progress("judging", i, len(dirty))
        with lake.transaction():
            judge_days(lake, [day for day, needs_clocks in some if needs_clocks])
            build_marts(lake, days)
            lake.con.execute(
                "delete from lake.dirty_days where received_date in (select unnest($days))",
                {"days": days},
            )
    on_progress("judging", len(dirty), len(dirty))
    return len(dirty)


def judge_days(lake: Lake, days: list[date]) -> None:
    """Make the clocks of all contacts of some days anew; the caller owns the transaction."""
    if not days:
        return
    lake.con.execute(
        """
        create or replace temp table touched as
        select contact_id, received_date from lake.contacts
        where received_date in (select unnest($days))
        """,
        {"days": days},
    )
    replace_clocks(lake, "touched")
