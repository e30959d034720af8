"""What is usual for a period, by any groups: the rule of pipelines/problems over a filter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.metrics.facts import MART_GROUPS, days_of, marks, moment, run
from pipelines.metrics.groups import EXPRESSIONS, conditions, joins
from pipelines.metrics.query import EVERYTHING, TIME_GROUPS, Query
from pipelines.metrics.volume import group_by, group_list
from pipelines.problems.bursts import ASKED_SLOTS, usual_sql

LOOK_BACK = timedelta(days=140)  # eight usual weeks are found within, holidays left out
WEEK = timedelta(days=7)  # a period of it or longer asks about every slot of the week
_NULL, _SEPARATOR = "\x1e", "\x1f"  # of group keys; no word of a log holds them


def baseline(lake: Lake, query: Query, *, with_all: bool = False) -> pl.DataFrame:
    """Usual contacts of the full hours of the period, by the rule of pipelines/problems.

    `with_all` adds those of all contacts asked about together, at no cost: by one group a row
    named ALL.
    """
    names = [n for n in query.by if n not in TIME_GROUPS]
    times = [n for n in query.by if n in TIME_GROUPS]
    start, last = hour_up(query.start), hour(min(query.end, moment(query)))
    if "interval" in times or last <= start:
        return _unknown(query)
    expressions = EXPRESSIONS["contacts"]
    key = (
        f" || '{_SEPARATOR}' || ".join(f"coalesce({expressions[n]}, '{_NULL}')" for n in names)
        or "null::varchar"  # the rule makes '*', all together, itself: a second one counts twice
    )
    where, params = conditions(_without_times(query), "contacts", lake)
    first = (start - LOOK_BACK).astimezone(UTC)
    of_mart = {*names, *query.where, *query.scope.groups} <= MART_GROUPS["mart_contacts_15min"]
    came, contacts, days = _sources(lake, first, last, key, where, of_mart=of_mart)
    parts = [
        f"nullif(string_split(f.key, '{_SEPARATOR}')[{n + 1}], '{_NULL}') as \"{name}\""
        for n, name in enumerate(names)
    ] + [f'{expressions[n]} as "{n}"' for n in times]
    slots = ASKED_SLOTS if last - start < WEEK else "true"
    time_where, time_params = conditions(_only_times(query), "contact_facts", lake)
    sql = f"""with {came.lstrip()},
usual as ({usual_sql(contacts, days, slots)}),
f as (
    select
        category as key, n, usual, hour_at as interval_at,
        (hour_at at time zone $zone)::date as received_date
    from usual
    where hour_at >= $start and hour_at < $last
        and {"true" if with_all else "category <> '*'" if names else "category = '*'"}
),
answer as (select {"".join(p + ", " for p in parts)} f.n, f.usual from f where {time_where})
select {group_list(query, _USUAL)} from answer {group_by(query)}"""
    params |= time_params | {
        "first": first,
        "start": start,
        "last": last,
        "zone": lake.settings.zone,
        "tail_h": 10**7,
    }
    return run(lake, sql, params)


_USUAL = """case when count(usual) = count(*) then sum(usual) end as baseline,
    case when count(usual) = count(*) then sum(n) - sum(usual) end as excess"""


def _unknown(query: Query) -> pl.DataFrame:
    """No usual number for any group: an empty frame to join."""
    kinds: dict[str, pl.DataType] = {
        "interval": pl.Datetime("us", "UTC"),
        "hour": pl.Datetime("us", "UTC"),
        "hour_of_day": pl.Int64(),
        "weekday": pl.Int64(),
    }
    groups = {n: kinds.get(n, pl.String()) for n in query.by}
    return pl.DataFrame(schema=groups | {"baseline": pl.Float64(), "excess": pl.Float64()})


def _without_times(query: Query) -> Query:
    where = {k: v for k, v in query.where.items() if k not in TIME_GROUPS}
    return replace(query, where=where)


def _only_times(query: Query) -> Query:
    where = {k: v for k, v in query.where.items() if k in TIME_GROUPS}
    return replace(query, where=where, scope=EVERYTHING)


def _sources(
    lake: Lake, first: datetime, last: datetime, key: str, where: str, *, of_mart: bool
) -> tuple[str, str, str]:
    """CTEs; contacts of the filters, and days with any contact: of clean days from marts, if so.

    What came is known of a clean day whatever the moment: only what comes of it later is not.
    """
    every = set(days_of(lake, Query(first, last, as_of=last)))
    clean = every & marks(lake).clean() if of_mart else set()
    joined = joins(f"{key} {where}", is_leg=False)
    of_mart_days = in_days("f.received_date", sorted(clean))
    of_other_days = in_days("f.received_date", sorted(every - clean))
    # an hour once, and what filters leave out with no key: both questions are of one reading
    asked = f"f.received_date as day, case when {where} then {key} end as category"
    rows = f"""
        select {asked}, f.received_at as came_at, 1 as n, {where} as is_asked
        from lake.contacts as f {joined} where {of_other_days} and f.received_at >= $first
            and f.received_at < $last"""
    settled = f"""
        select {asked}, f.interval_at as came_at, f.n_contacts as n, {where} as is_asked
        from lake.mart_contacts_15min as f {joined}
        where {of_mart_days} and f.interval_at >= $first and f.interval_at < $last"""
    contacts = "(select category, hour_at as received_at, n from came where is_asked)"
    days = "(select day from came)"
    read = rows + (f" union all {settled}" if clean else "")
    came = f"""
came as materialized (
    select
        day, category, to_timestamp(epoch_us(came_at) // 3600000000 * 3600) as hour_at, is_asked,
        sum(n) as n
    from ({read})
    group by all
)"""
    return came, contacts, days


def hour(at: datetime) -> datetime:
    """Return the beginning of the hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_up(at: datetime) -> datetime:
    """Return the beginning of the next hour, or the moment itself where it begins one; in UTC."""
    floor = hour(at)
    return floor if floor == at else floor + timedelta(hours=1)
