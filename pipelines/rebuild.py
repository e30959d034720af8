"""Work on what is in the lake already: clocks and marts again, scores."""

from collections.abc import Callable
from datetime import date

from pipelines.lake.commit import mark_dirty
from pipelines.lake.connect import Lake
from pipelines.operators import refresh as refresh_scores
from pipelines.operators import score_history
from pipelines.problems import refresh as refresh_bursts
from pipelines.settle import settle

OnProgress = Callable[[str, int, int], None]


def rebuild(
    lake: Lake, start: date | None, end: date | None, on_progress: OnProgress
) -> dict[str, int]:
    """Judge every contact of the days again (start inclusive, end exclusive) and build their marts.

    Operators get scores of the full months of these days that have none.

    Returns:
        days and contacts made again.
    """
    rows = lake.con.sql(
        """
        select received_date, count(*) from lake.contacts
        where received_date >= coalesce($start, date '0001-01-01')
            and received_date < coalesce($end, date '9999-12-31')
        group by received_date order by received_date
        """,
        params={"start": start, "end": end},
    ).fetchall()
    days = [row[0] for row in rows]
    with lake.transaction():
        lake.con.execute(
            "create or replace temp table asked as select unnest($days) as received_date",
            {"days": days},
        )
        mark_dirty(lake, "asked", needs_clocks=True)
    settle(lake, on_progress)
    refresh(lake, on_progress)
    if days:
        with lake.sized(), lake.transaction():
            score_history(lake, days[0], days[-1])
    return {"days": len(days), "contacts": sum(row[1] for row in rows)}


def refresh(lake: Lake, on_progress: OnProgress) -> dict[str, int]:
    """Make operators' scores and burst episodes anew."""
    with lake.sized():
        on_progress("scores", 0, 2)
        with lake.transaction():
            refresh_scores(lake)
        on_progress("bursts", 1, 2)
        with lake.transaction():
            refresh_bursts(lake)
    on_progress("bursts", 2, 2)
    return {"refreshed": 2}
