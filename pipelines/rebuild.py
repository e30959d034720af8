"""Work on what is in the lake already: clocks and marts again, scores, quarantine."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

from pipelines.lake.commit import mark_dirty
from pipelines.lake.connect import Lake
from pipelines.operators import refresh as refresh_scores
from pipelines.problems import refresh as refresh_bursts
from pipelines.settle import settle
from pipelines.sources import staged_from_json
from pipelines.stage import Stage

OnProgress = Callable[[str, int, int], None]


def rebuild(
    lake: Lake, start: date | None, end: date | None, on_progress: OnProgress
) -> dict[str, int]:
    """Judge every contact of the days again (start inclusive, end exclusive) and build their marts.

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
    return {"days": len(days), "contacts": sum(row[1] for row in rows)}


def refresh(lake: Lake, on_progress: OnProgress) -> dict[str, int]:
    """Make operators' scores and burst episodes anew."""
    on_progress("scores", 0, 2)
    with lake.transaction():
        refresh_scores(lake)
    on_progress("bursts", 1, 2)
    with lake.transaction():
        refresh_bursts(lake)
    on_progress("bursts", 2, 2)
    return {"refreshed": 2}


def retry(lake: Lake, source: str | None, on_progress: OnProgress) -> list[dict[str, Any]]:
    """Take held rows through the checks again, as after a change of rules or reference data.

    Lines that were no rows at all stay: they can only be mended at their source.

    Returns:
        One object a source and file: rows tried, accepted now, still held.
    """
    held = lake.frame(
        """
        select quarantine_id, source, dataset, file, file_id, row_no, row from lake.quarantine
        where status = 'held' and expectations <> 'readable_row'
            and ($source is null or source = $source)
        """,
        {"source": source},
    )
    groups = held.partition_by("source", "dataset", "file", "file_id", maintain_order=True)
    found = []
    for i, group in enumerate(groups):
        on_progress("retry", i, len(groups))
        found.append(_retry_group(lake, group))
    settle(lake, on_progress)
    return found


def _retry_group(lake: Lake, group: pl.DataFrame) -> dict[str, Any]:
    source, dataset, file = group.select("source", "dataset", "file").row(0)
    with lake.transaction():
        lake.con.register("again", group.select("quarantine_id"))
        lake.con.execute(
            "update lake.quarantine set status = 'retried' "
            "where quarantine_id in (select quarantine_id from again)"
        )
        lake.con.unregister("again")
    stage = Stage(lake, file, quick=False)
    stage.add(staged_from_json(group, source, dataset))
    result = stage.finish(
        source, time.perf_counter(), {"sha256": "", "size": 0, "is_tail": False, "note": "retry"}
    )
    return {
        "source": source,
        "file": file,
        "tried": len(group),
        "accepted": result.accepted + result.updated,
        "duplicate": result.duplicate,
        "held": result.quarantined,
    }
