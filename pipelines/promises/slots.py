"""Coverage: slots of a line in which somebody was served, counted like clocks."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from pipelines.promises.compile import Binder, channels_of
from pipelines.promises.groups import columns_sql, joins, values_of, where_sql
from pipelines.promises.period import Period
from pipelines.promises.texts import sql_text

# a line of no hours of its own, or one nobody knows, is staffed always
_OF_REGIME = """
        left join ref_lines as own on s.line = own.line
        asof left join (
            select o.line, o.opens_at, o.closes_at from ref_open_time as o
            where o.calendar = 'staffed'
        ) as o on s.line = o.line and s.slot_at >= o.opens_at"""
_REGIME = """s.is_down,
            coalesce(own.is_always, true) or coalesce(s.slot_at < o.closes_at, false)
                as is_staffed"""


def covered(period: Period, keys: tuple[str, ...], where: Mapping[str, object]) -> pl.DataFrame:
    """Count slots of the promises of coverage per group: met are up, breached are down."""
    rules = period.lake.reference.rules
    bind = Binder()
    wanted = set(values_of(where["promise"])) if "promise" in where else None
    of_channels = [
        (promise.id, channel)
        for promise in period.lake.reference.promises
        if promise.kind == "coverage" and promise.version == 1
        if wanted is None or promise.id in wanted
        for channel in channels_of(promise.applies)
    ]
    if not of_channels:
        return pl.DataFrame()
    pairs = ", ".join(f"({bind.add(name)}, {bind.add(channel)})" for name, channel in of_channels)
    groups = ", ".join(f'j."{g}"' for g in keys)
    is_regime = "regime" in {*keys, *where}
    sql = f"""
with
slots as ({sql_text("coverage")}),
judged as (
    select {columns_sql(keys)} f.is_down, f.line as clock_line
    from (
        select
            p.promise,
            s.channel,
            s.line,
            s.slot_at as received_at,
            timezone($zone, s.slot_at)::date as received_date,
            {_REGIME if is_regime else "s.is_down"}
        from slots as s
        inner join (values {pairs}) as p (promise, channel) on s.channel = p.channel
        {_OF_REGIME if is_regime else ""}
    ) as f
    {joins(keys, where)}
    where true {where_sql(where, bind)}
)
select
    {groups},
    count(*) filter (where not j.is_down) as met,
    count(*) filter (where j.is_down) as breached,
    0::bigint as overdue,
    0::bigint as running,
    0::bigint as cancelled,
    list(distinct j.clock_line) as lines
from judged as j
group by {groups}
"""
    return period.frame(
        sql,
        bind.params,
        {
            "channels": [channel for _, channel in of_channels],
            "history_day": period.day(period.start) - timedelta(weeks=rules.slot_weeks),
            "slot_us": rules.slot_s * 1_000_000,
            "slot_offered": rules.slot_offered,
            "slot_expected": rules.slot_expected,
            "slot_weeks": rules.slot_weeks,
            "slot_weeks_min": rules.slot_weeks_min,
        },
    )
