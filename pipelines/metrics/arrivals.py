"""How much each source brought a day, against its usual level.

n        = contacts (rows, of a log without contacts) in the full hours of the local day so far
usual    = the sum over these hours of what is usual in them: pipelines/problems/baseline.sql
(capped mean of up to eight weeks before)
spread   = mean of min(9, (n - usual)² / usual) over up to 28 days before, at least 1: how much
livelier than chance the source is (as in pipelines/problems/signals.sql)
band     = usual ± 3 √(spread · (usual + 1)), not below 0
flag     = low, high (outside the band), usual; unknown with under four weeks of history
"""

from datetime import UTC, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.baseline import LOOK_BACK, hour, hour_up
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.query import Query, day_start, known_groups
from pipelines.metrics.rhythm import HEARD
from pipelines.problems.bursts import usual_sql

BAND_Z = 3.0  # once in a year and a half of days at random
SPREAD_DAYS = 28
MOST_OF_A_DAY = 9.0  # an outbreak must not teach what is normal
GROUPS = ("source", "day")

_DAYS = f"""
with
{HEARD},
usual as (
{{usual}}
),
days as (
    select
        category as source,
        cast(hour_at at time zone $zone as date) as day,
        sum(n)::bigint as n,
        case when count(usual) = count(*) then sum(usual) end as usual
    from usual
    where category <> '*' and hour_at >= $start and hour_at < $last
    group by category, cast(hour_at at time zone $zone as date)
),
spread as (
    select
        *,
        greatest(1, coalesce(
            -- without the filter `least` would take a day of unknown usual for the most
            avg(least({MOST_OF_A_DAY}, (n - usual) ** 2 / usual))
                filter (where usual is not null) over (
                    partition by source order by day
                    range between interval {SPREAD_DAYS} day preceding
                        and interval 1 day preceding
                ), 1)) as spread
    from days
)
select source, day, n, usual, spread from spread
where day >= $first_day
order by day desc, source
"""


@one_snapshot
def arrivals(lake: Lake, query: Query) -> pl.DataFrame:
    """Return what each source brought each day of the period, against its usual (see the module).

    Returns:
        One row a source and local day, newest day first, from the source's first day on: source,
        day (2026-11-01), n, usual, usual_low, usual_high, ratio (n / usual), flag (low, high,
        usual, unknown). usual, band and ratio are null while the usual is not known; a day with no
        row is there with n 0.

    Raises:
        QueryError: a group other than source and day, a filter other than source.
    """
    query = query.at(lake)
    known_groups(query.by, GROUPS, "group", "arrivals")
    known_groups(query.where, ("source",), "filter", "arrivals")
    tz = lake.settings.tz
    first_day = query.start.astimezone(tz).date()
    start = day_start(first_day - timedelta(days=SPREAD_DAYS), tz)
    last = hour(min(query.end, moment(query)))
    first = hour_up(start) - LOOK_BACK
    source = "(select source as category, heard_at as received_at, 1 as n from heard)"
    found = run(
        lake,
        _DAYS.format(usual=usual_sql(source)),
        {
            "first": first.astimezone(tz).date(),
            "first_at": first,
            "last_at": last,
            "start": start.astimezone(UTC),
            "last": last,
            "first_day": first_day,
            "zone": lake.settings.zone,
            "tail_h": 10**7,
        },
    )
    if sources := [str(value) for value in query.values("source")]:
        found = found.filter(pl.col("source").is_in(sources))
    return _flagged(found)


def _flagged(days: pl.DataFrame) -> pl.DataFrame:
    reach = BAND_Z * (pl.col("spread") * (pl.col("usual") + 1)).sqrt()
    return days.with_columns(
        day=pl.col("day").cast(pl.String),
        usual_low=(pl.col("usual") - reach).clip(0.0),
        usual_high=pl.col("usual") + reach,
        ratio=pl.col("n") / pl.col("usual"),
    ).select(
        "source", "day", "n", "usual", "usual_low", "usual_high", "ratio",
        flag=pl.when(pl.col("usual").is_null()).then(pl.lit("unknown"))
        .when(pl.col("n") < pl.col("usual_low")).then(pl.lit("low"))
        .when(pl.col("n") > pl.col("usual_high")).then(pl.lit("high"))
        .otherwise(pl.lit("usual")),
    )  # fmt: skip
