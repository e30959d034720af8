"""Episodes of the burst detector, as far as they are known at a moment and to the asker."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.query import Query

# an episode still open is known up to the last full hour
_SQL = """
select
    category,
    started_at,
    case when ended_at <= $as_of then ended_at end as ended_at,
    case when known_at <= $as_of then excess end as excess,
    case when known_at <= $as_of then contacts end as contacts,
    case when known_at <= $as_of then peak_z end as peak_z,
    window_h
from (
    select *, coalesce(ended_at, date_trunc('hour', $now::timestamptz)) as known_at
    from lake.bursts
)
where
    started_at < $end and started_at <= $as_of
    and coalesce(ended_at, $end::timestamptz) >= $start
    and ($category::varchar is null or category = $category)
    and not $is_limited
order by started_at desc, category
"""


@one_snapshot
def bursts(lake: Lake, query: Query, category: str | None = None) -> pl.DataFrame:
    """Return the episodes of the burst detector that touch the period, newest first.

    They are of all contacts of the hotline: a scope that holds a part of them sees none.

    Returns:
        category (`*`: all contacts together), started_at, ended_at (null: goes on), excess,
        contacts, peak_z (null: the episode went on after the moment asked about), window_h.
    """
    asked = query.at(lake)
    return run(
        lake,
        _SQL,
        {
            "start": asked.start,
            "end": asked.end,
            "as_of": moment(asked),
            "now": lake.now(),
            "category": category,
            "is_limited": bool(asked.scope.groups),
        },
    )
