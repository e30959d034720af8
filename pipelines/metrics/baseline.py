"""What is usual for a period, by any groups: the rule of pipelines/problems over a filter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, run
from pipelines.metrics.groups import EXPRESSIONS, conditions, joins
from pipelines.metrics.query import EVERYTHING, TIME_GROUPS, Query
from pipelines.metrics.volume import group_by, group_list

LOOK_BACK = timedelta(days=140)  # eight usual weeks are found within, holidays left out
_NULL, _SEPARATOR = "\x1e", "\x1f"  # of group keys; no word of a log holds them


def baseline(lake: Lake, query: Query) -> pl.DataFrame:
    """Usual contacts of the full hours of the period, by the rule of pipelines/problems."""
    names = [n for n in query.by if n not in TIME_GROUPS]
    times = [n for n in query.by if n in TIME_GROUPS]
    start, last = hour_up(query.start), hour(min(query.end, moment(query)))
    if "interval" in times or last <= start:
        return _unknown(query)
    expressions = EXPRESSIONS["contact_facts"]
    key = (
        f" || '{_SEPARATOR}' || ".join(f"coalesce({expressions[n]}, '{_NULL}')" for n in names)
        or "null::varchar"  # the rule makes '*', all together, itself: a second one counts twice
    )
    where, params = conditions(_without_times(query), "contact_facts", lake)
    used_sql = key + " " + where
    source = f"""(
        select {key} as category, f.received_at
        from lake.contacts as f {joins(used_sql, is_leg=False)}
        where {where}
    )"""
    parts = [
        f"nullif(string_split(f.key, '{_SEPARATOR}')[{n + 1}], '{_NULL}') as \"{name}\""
        for n, name in enumerate(names)
    ] + [f'{expressions[n]} as "{n}"' for n in times]
    time_where, time_params = conditions(_only_times(query), "contact_facts", lake)
    sql = f"""with usual as ({usual_sql(source)}),
f as (
    select
        category as key, n, usual, hour_at as interval_at,
        (hour_at at time zone $zone)::date as received_date
    from usual
    where hour_at >= $start and hour_at < $last and {"category = '*'" if not names else "true"}
        {"and category <> '*'" if names else ""}
),
answer as (select {"".join(p + ", " for p in parts)} f.n, f.usual from f where {time_where})
select {group_list(query, _USUAL)} from answer {group_by(query)}"""
    params |= time_params | {
        "first": (start - LOOK_BACK).astimezone(UTC),
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


def usual_sql(contacts: str) -> str:
    """Return the SQL of pipelines/problems/baseline.sql over a relation (category, received_at)."""
    text = (files("pipelines.problems") / "baseline.sql").read_text("utf-8")
    return text.replace("from CONTACTS", f"from {contacts}")


def hour(at: datetime) -> datetime:
    """Return the beginning of the hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_up(at: datetime) -> datetime:
    """Return the beginning of the next hour, or the moment itself where it begins one; in UTC."""
    floor = hour(at)
    return floor if floor == at else floor + timedelta(hours=1)
