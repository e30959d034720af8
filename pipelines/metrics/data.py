"""Can the figures be trusted: freshness, ledger, quarantine, logs held against the journal."""

from datetime import datetime, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.query import Query, day_start

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


@one_snapshot
def quarantine(
    lake: Lake,
    query: Query | None = None,
    *,
    source: str | None = None,
    expectation: str | None = None,
    status: str = "held",
    limit: int = 200,
    offset: int = 0,
) -> pl.DataFrame:
    """Return rows held back, newest first: columns of lake.quarantine and total.

    Args:
        lake: open lake.
        query: its period is that of the row (or, where unreadable, of the quarantine); None: all.
        source, expectation: only of these. status: held or retried.
        limit, offset: a page; total is the number of all.
    """
    return run(
        lake,
        """
select *, count(*) over () as total
from lake.quarantine
where status = $status
    and ($source::varchar is null or source = $source)
    and ($expectation::varchar is null
        or list_contains(string_split(expectations, ';'), $expectation))
    and ($start::timestamptz is null
        or (coalesce(row_at, quarantined_at) >= $start and coalesce(row_at, quarantined_at) < $end))
order by quarantined_at desc, file, row_no
limit $limit offset $offset""",
        {
            "status": status,
            "source": source,
            "expectation": expectation,
            "start": query.start if query else None,
            "end": query.end if query else None,
            "limit": limit,
            "offset": offset,
        },
    )


# both ways: what the logs have and the journal lacks, and what the journal has and no log knows
_SIDES = """
with
logged as (
    select contact_id, case_number, channel, source, received_at, received_date
    from lake.contacts
    where received_date between $first and $last
        and received_at >= $start and received_at < $end and received_at <= $as_of
        and case_number is not null
        and ($lines::varchar[] is null or list_contains($lines, line))
),
journaled as (
    select case_number, contact_id, channel, received_at
    from lake.journal
    where received_date between $first and $last
        and received_at >= $start and received_at < $end and received_at <= $as_of
),
-- a day's edge: the other side may have been written on the day next to it
journal_near as (
    select case_number, contact_id from lake.journal
    where received_date between $first - 1 and $last + 1
),
logs_near as (
    select case_number, contact_id from lake.contacts
    where received_date between $first - 1 and $last + 1
),
-- found by the number or, where one side has none (the citizen got no number), by the contact
sides as (
    select
        'logs' as side, l.channel, l.contact_id, l.case_number, l.received_at,
        l.case_number in (select j.case_number from journal_near as j
            where j.case_number is not null)
        or l.contact_id in (select j.contact_id from journal_near as j
            where j.contact_id is not null) as is_found
    from logged as l
    union all
    select
        'journal' as side, j.channel, j.contact_id, j.case_number, j.received_at,
        coalesce(j.case_number in (
            select l.case_number from logs_near as l where l.case_number is not null
        ), false)
        or coalesce(j.contact_id in (select l.contact_id from logs_near as l), false) as is_found
    from journaled as j
)
"""


@one_snapshot
def reconciliation(lake: Lake, query: Query) -> pl.DataFrame:
    """Hold the journal against telephony, chat and portal logs, both ways.

    The two sides meet by the case number or by the contact: a contact that was given no number
    still stands in the journal.

    Returns:
        One row a side (logs: contacts with a number looked up in the journal; journal: entries
        looked up in the logs) and channel: n, found, missing, share (found / n, null for nothing),
        contact_ids and case_numbers of up to 50 missing ones, oldest first. Empty where there is
        no journal in the period.
    """
    asked = query.at(lake)
    tz = lake.settings.tz
    params: dict[str, object] = {
        "first": asked.start.astimezone(tz).date(),
        "last": (asked.end - timedelta(microseconds=1)).astimezone(tz).date(),
        "start": asked.start,
        "end": asked.end,
        "as_of": moment(asked),
        "lines": None if asked.scope.lines is None else list(asked.scope.lines),
    }
    frame = run(
        lake,
        f"""{_SIDES}
select
    side, channel, count(*) as n, count(*) filter (where is_found) as found,
    count(*) filter (where not is_found) as missing,
    count(*) filter (where is_found) / count(*) as share,
    list_slice(list(contact_id order by received_at) filter (where not is_found), 1, 50)
        as contact_ids,
    list_slice(list(case_number order by received_at) filter (where not is_found), 1, 50)
        as case_numbers
from sides group by side, channel order by side desc, channel""",
        params,
    )
    has_journal = frame.get_column("side").is_in(["journal"]).any()
    return frame if has_journal else frame.clear()
