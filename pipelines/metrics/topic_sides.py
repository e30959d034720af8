"""One topic by its sides: line, channel, region, hour; and its hours of the week."""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.baseline import baseline
from pipelines.metrics.facts import moment, one_snapshot, plan, run, settled_days, union_sql
from pipelines.metrics.groups import EXPRESSIONS, check_groups, conditions, finish, joins
from pipelines.metrics.promised import kept_counts
from pipelines.metrics.query import Query
from pipelines.metrics.side_by_side import side_by_side
from pipelines.metrics.trend import LEAST
from pipelines.metrics.visits import visits_sql
from pipelines.metrics.volume import group_by, group_list

SIDES = ("line", "channel", "region", "hour_of_day")
_SUMS = """
count(*) as contacts,
nullif(count(distinct citizen_key), 0) as citizens,
case when count(citizen_key) > 0 then count(*) filter (where is_repeat) end as repeats,
coalesce(sum(n_abandoned), 0)::bigint as abandoned,
sum(n_abandoned) / nullif(sum(n_queued), 0) as abandoned_share,
sum(wait_sum_s) / nullif(sum(n_waits), 0) as wait_mean_s,
sum(handle_sum_s) / nullif(sum(n_handled), 0) as handle_mean_s,
sum(n_satisfied) / nullif(sum(n_rated), 0) as rating_share,
sum(n_rated)::bigint as rated"""


@one_snapshot
def topic_sides(lake: Lake, query: Query, side: str) -> pl.DataFrame:
    """Return the contacts of a question by one of SIDES, most contacts first.

    Returns:
        The side (null: not known), contacts, citizens, repeats, abandoned, abandoned_share,
        wait_mean_s, handle_mean_s, rating_share, rated, baseline, excess, share, kept_share and
        kept_n (as `topics` has them, of the side a deadline itself names). All other figures are of
        contacts grouped by the contact's own side, with every leg of theirs. Null: empty base.

    Raises:
        QueryError: an unknown side or filter.
    """
    asked = replace(query, by=(side,)).at(lake)
    check_groups(asked, "topic_sides")
    found = side_by_side(
        lake,
        {
            "usual": lambda at, _: baseline(at, asked),
            "came": lambda at, _: _came(at, asked, side),
            "kept": lambda at, _: kept_counts(at, asked),
        },
    )
    rows = found["came"].join(found["usual"], on=side, how="left", nulls_equal=True)
    rows = finish(rows, asked, lake).join(found["kept"], on=side, how="left", nulls_equal=True)
    return rows.sort(
        pl.col(side).is_null(), -pl.col("contacts"), maintain_order=True
    ).with_columns(
        pl.col("kept_n").fill_null(0), share=pl.col("contacts") / pl.col("contacts").sum()
    )  # fmt: skip


def _came(lake: Lake, asked: Query, side: str) -> pl.DataFrame:
    """Return the sums of the contacts of each side."""
    where, params = conditions(asked, "contact_facts", lake)
    found, values = visits_sql(lake, asked, legs=True)
    group = EXPRESSIONS["contact_facts"][side]
    sql = f"""{found},
answer as (
    select
        {group} as "{side}", f.citizen_key, f.is_repeat, f.n_rated, f.n_satisfied,
        f.n_queued, f.n_abandoned, f.n_waits, f.wait_sum_s, f.n_handled, f.handle_sum_s
    from f
    {joins(group + where, is_leg=False)}
    where {where}
)
select {group_list(asked, _SUMS)} from answer {group_by(asked)}"""
    return run(lake, sql, params | values)


@one_snapshot
def topic_hours(lake: Lake, query: Query) -> pl.DataFrame:
    """Return contacts by weekday and hour of the day, as a mean of such hours of the period.

    Returns:
        168 rows: weekday (1-7), hour_of_day, value (contacts in a mean such hour; null: the period
        has none that has begun), n (contacts), is_small (all of the topic are under LEAST).
    """
    asked = replace(query, by=("weekday", "hour_of_day")).at(lake)
    planned = plan(lake, asked, "mart_contacts_15min", settled_days(lake, asked))
    sql, params = union_sql(
        asked, lake, "contact_facts", "mart_contacts_15min", ("n_contacts",), planned
    )
    found = run(
        lake,
        f"""{sql},
hours as (
    select unnest(generate_series(
        date_trunc('hour', $start::timestamptz), least($end::timestamptz, $as_of::timestamptz)
        - interval 1 microsecond, interval 1 hour
    )) as hour_at
),
slots as (
    select
        isodow(hour_at at time zone $zone)::bigint as weekday,
        hour(hour_at at time zone $zone)::bigint as hour_of_day,
        count(*) as n_hours
    from hours group by all
),
counted as (
    select weekday, hour_of_day, sum(n_contacts)::bigint as n from answer group by all
)
select s.weekday, s.hour_of_day, coalesce(c.n, 0) / s.n_hours as value, coalesce(c.n, 0) as n
from slots as s
left join counted as c on s.weekday = c.weekday and s.hour_of_day = c.hour_of_day""",
        params | {"start": asked.start, "end": asked.end, "as_of": moment(asked)},
    )
    cells = pl.DataFrame({"weekday": range(1, 8)}, schema={"weekday": pl.Int64}).join(
        pl.DataFrame({"hour_of_day": range(24)}, schema={"hour_of_day": pl.Int64}), how="cross"
    )
    return (
        cells.join(found, on=["weekday", "hour_of_day"], how="left")
        .with_columns(is_small=pl.lit((found["n"].sum() or 0) < LEAST))
        .sort("weekday", "hour_of_day")
    )
