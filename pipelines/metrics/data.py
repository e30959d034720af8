"""Can the figures be trusted: freshness and the ledger."""

from datetime import datetime, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import day_start

_FRESHNESS = """
with
heard as (
    select source, max(received_at) as newest_contact_at
    from lake.contacts where received_date >= $since and received_at <= $as_of group by source
),
events as (
    select source, max(event_at) as newest_event_at
    from lake.events where received_date >= $since and event_at <= $as_of group by source
),
-- logs that tell of no contact (the journal, the operators) speak by the times of their rows
others as (
    select source, max(row_at) as newest_row_at
    from lake.source_rows
    where row_at >= $since_at and row_at <= $as_of and source not in (
        select source from heard union all select source from events
    )
    group by source
),
files as (
    select
        source, max(ingested_at) as ingested_at, count(*) as files, sum(read)::bigint as read,
        sum(accepted)::bigint as accepted, sum(updated)::bigint as updated,
        sum(duplicate)::bigint as duplicate, sum(quarantined)::bigint as quarantined
    from lake.files group by source
)
select
    coalesce(f.source, h.source, e.source) as source,
    coalesce(greatest(h.newest_contact_at, e.newest_event_at), o.newest_row_at) as newest_at,
    f.ingested_at, coalesce(f.files, 0) as files, f.read, f.accepted, f.updated, f.duplicate,
    f.quarantined
from files as f
full join heard as h on h.source = f.source
full join events as e on e.source = coalesce(f.source, h.source)
left join others as o on o.source = f.source
order by 1
"""


@one_snapshot
def freshness(lake: Lake, as_of: datetime | None = None, days: int = 30) -> pl.DataFrame:
    """Return how fresh each source is and what became of its rows.

    Returns:
        One row a source: newest_at (its last event, contact or else row of the last `days`, null:
        older), age_s (from newest_at to as_of), ingested_at, files, read = accepted + updated +
        duplicate + quarantined (null for a source with contacts and no file).
    """
    at = as_of or lake.now()
    since = at.astimezone(lake.settings.tz).date() - timedelta(days=days)
    since_at = day_start(since, lake.settings.tz)
    frame = run(lake, _FRESHNESS, {"since": since, "since_at": since_at, "as_of": at})
    age = (pl.lit(at).dt.convert_time_zone("UTC") - pl.col("newest_at")).dt.total_seconds(
        fractional=True
    )
    return frame.with_columns(age_s=age)


@one_snapshot
def files(lake: Lake, limit: int = 200, source: str | None = None) -> pl.DataFrame:
    """Return the ledger, newest first: columns of lake.files."""
    return run(
        lake,
        "select * from lake.files where $source::varchar is null or source = $source "
        "order by ingested_at desc, name limit $limit",
        {"source": source, "limit": limit},
    )
