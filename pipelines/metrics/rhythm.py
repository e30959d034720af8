"""How long each source is silent, against its own usual rhythm at this hour of the week.

    silence_s   = moment - newest event of the source
    usual_gap_s = 99 % of its gaps between contacts were no longer, in the same hour of the same
                  weekday of up to eight weeks before (a holiday is like a Sunday; days of
                  `board_usual`)
    delivery_s  = of a source that comes in files: the longest of its last eight intervals between
                  deliveries, and how old its newest event was at the last one; 0 where it is
                  followed live, or has fewer than five deliveries
    state       = fresh     silence_s <= usual_gap_s + delivery_s
                  late      up to 3 times as long
                  silent    longer still
                  unknown   fewer than four such weeks, or nothing to measure against

A gap belongs to an hour when it overlaps it, so a source that sleeps at night is not silent then. A
log that tells of no contact (journal, operators, records of the exchange) is measured by the times
of its rows. At random arrivals 99 % of gaps are 4.6 contacts owed: the live board's silence.
"""

from datetime import datetime, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.board_usual import usual_days
from pipelines.metrics.data import freshness
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.forecast import DAYS, LEAST_DAYS
from pipelines.metrics.query import day_start

QUANTILE = 0.99
LATE_TIMES = 3  # 3 x 99 % of gaps: at random arrivals once in a million
# looked at around the hour: a busy source needs few rows, a slow one has few
REACHES = (timedelta(hours=1), timedelta(hours=10), timedelta(days=4))
ONE_DELIVERY = timedelta(minutes=30)

# contacts by their source; a source without contacts by the rows of its log
HEARD = """
heard as (
    select source, received_at as heard_at, received_date from lake.contacts
    where received_date between $first and $last
    union all
    select source, row_at as heard_at, cast(row_at at time zone $zone as date) as received_date
    from lake.source_rows
    where row_at >= $first_at and row_at < $last_at
        and source not in (select distinct source from lake.contacts)
)
"""

_DELIVERIES = """
with
files as (
    select source, ingested_at
    from lake.files where not coalesce(is_tail, false) and ingested_at <= $as_of
),
times as (
    select
        source, ingested_at,
        epoch(ingested_at) - epoch(lag(ingested_at) over one_source) as since_s
    from files
    window one_source as (partition by source order by ingested_at)
),
intervals as (
    -- files of one delivery come within minutes: the first of them begins it
    select
        source, ingested_at,
        epoch(ingested_at) - epoch(lag(ingested_at) over one_source) as interval_s
    from times
    where since_s is null or since_s >= $one_delivery_s
    window one_source as (partition by source order by ingested_at)
    qualify row_number() over (partition by source order by ingested_at desc) <= $most
)
select source, max(interval_s) as interval_s, max(ingested_at) as delivered_at
from intervals
group by source
having count(interval_s) >= $least
"""

_GAPS = f"""
with
{HEARD},
hours as (
    select unnest($starts::timestamptz[]) as begins_at
),
near as (
    select h.source, hours.begins_at, h.heard_at
    from hours inner join heard as h
        on h.heard_at >= hours.begins_at - to_seconds($reach_s)
        and h.heard_at < hours.begins_at + to_seconds(3600 + $reach_s)
    where list_contains($days::date[], h.received_date)
        and not list_contains($known::varchar[], h.source)
),
gaps as (
    select
        source, begins_at, heard_at,
        lead(heard_at) over (partition by source, begins_at order by heard_at) as next_at
    from near
),
over_hour as (
    select * from gaps
    where next_at > begins_at and heard_at < begins_at + interval 1 hour
    window one_week as (partition by source, begins_at)
    -- a gap with an end out of reach is not seen: such a week is left to a wider look
    qualify min(heard_at) over one_week <= begins_at
        and max(next_at) over one_week >= begins_at + interval 1 hour
)
select
    source,
    quantile_cont(epoch(next_at) - epoch(heard_at), {QUANTILE}) as usual_gap_s,
    count(distinct begins_at) as weeks
from over_hour
group by source
"""


@one_snapshot
def rhythm(lake: Lake, as_of: datetime | None = None) -> pl.DataFrame:
    """Return how long each source is silent beside its usual rhythm (formula: this module).

    Returns:
        The columns of `freshness` (age_s is the silence), one row a source, then usual_gap_s (null:
        not known), weeks (of the eight that could be measured), delivery_s, ratio (silence /
        usual gap and delivery) and state: fresh, late, silent, unknown.
    """
    at = as_of or lake.now()
    rows = freshness(lake, at)
    usual = _usual_gaps(lake, at)
    delivered = _deliveries(lake, at, rows)
    allowed = (pl.col("usual_gap_s") + pl.col("delivery_s")).clip(1.0)
    return (
        rows.join(usual, on="source", how="left")
        .join(delivered, on="source", how="left")
        .with_columns(pl.col("weeks", "delivery_s").fill_null(0))
        .with_columns(ratio=pl.col("age_s") / allowed)
        .with_columns(
            state=pl.when(pl.col("ratio").is_null())
            .then(pl.lit("unknown"))
            .when(pl.col("ratio") <= 1)
            .then(pl.lit("fresh"))
            .when(pl.col("ratio") <= LATE_TIMES)
            .then(pl.lit("late"))
            .otherwise(pl.lit("silent"))
        )
        .sort("source")
    )


def _deliveries(lake: Lake, at: datetime, rows: pl.DataFrame) -> pl.DataFrame:
    """Return source, delivery_s of the sources that come in files, again and again."""
    found = run(
        lake,
        _DELIVERIES,
        {
            "as_of": at,
            "one_delivery_s": ONE_DELIVERY.total_seconds(),
            "most": DAYS,
            "least": LEAST_DAYS,
        },
    ).join(rows.select("source", "newest_at"), on="source", how="inner")
    lag = (pl.col("delivered_at") - pl.col("newest_at")).dt.total_seconds(fractional=True)
    # what comes older and older is no rhythm: it counts for one interval at most
    return found.select(
        "source",
        delivery_s=pl.col("interval_s")
        + pl.min_horizontal(lag.fill_null(0.0).clip(0.0), pl.col("interval_s")),
    )


def _usual_gaps(lake: Lake, at: datetime) -> pl.DataFrame:
    """Return source, usual_gap_s, weeks; sources with too little history are left out."""
    tz = lake.settings.tz
    local = at.astimezone(tz)
    starts = [
        datetime(day.year, day.month, day.day, local.hour, tzinfo=tz)
        for day in usual_days(lake, local.date())
    ]
    found = pl.DataFrame(schema={"source": pl.String, "usual_gap_s": pl.Float64, "weeks": pl.Int64})
    if len(starts) < LEAST_DAYS:
        return found
    for reach in REACHES:
        gaps = _gaps(lake, starts, reach, found["source"].to_list())
        enough = LEAST_DAYS if reach == REACHES[-1] else len(starts)
        gaps = gaps.filter(pl.col("weeks") >= enough)
        found = pl.concat([found, gaps.select(found.columns).cast(found.schema)])
    return found


def _gaps(lake: Lake, starts: list[datetime], reach: timedelta, known: list[str]) -> pl.DataFrame:
    tz = lake.settings.tz
    hour = timedelta(hours=1)
    days = {
        (start - reach).date() + timedelta(days=n)
        for start in starts
        for n in range((2 * reach + hour).days + 2)
    }
    first, last = min(days), max(days)
    return run(
        lake,
        _GAPS,
        {
            "starts": starts,
            "reach_s": int(reach.total_seconds()),
            "days": sorted(days),
            "known": known,
            "first": first,
            "last": last,
            "first_at": day_start(first, tz),
            "last_at": day_start(last + timedelta(days=1), tz),
            "zone": lake.settings.zone,
        },
    )
