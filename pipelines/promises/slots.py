"""Coverage: slots of a line in which somebody was served, counted like clocks."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from pipelines.promises.compile import Binder, channels_of
from pipelines.promises.groups import columns_sql, joins, where_sql
from pipelines.promises.period import Period
from pipelines.promises.texts import sql_text
from pipelines.reference.model import Promise


def covered(
    period: Period, keys: tuple[str, ...], where: Mapping[str, object], promise: Promise
) -> pl.DataFrame:
    """Count slots of one promise per group: met are up, breached are down."""
    rules = period.lake.reference.rules
    frames = []
    for channel in channels_of(promise.applies):
        bind = Binder()
        name = bind.add(promise.id)
        groups = ", ".join(f'j."{g}"' for g in keys)
        sql = f"""
with
slots as ({sql_text("coverage")}),
judged as (
    select {columns_sql(keys)} f.is_down, f.line as clock_line
    from (
        select
            {name} as promise,
            {bind.add(channel)} as channel,
            s.line,
            s.slot_at as received_at,
            timezone($zone, s.slot_at)::date as received_date,
            s.is_down
        from slots as s
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
        history = period.day(period.start) - timedelta(weeks=rules.slot_weeks)
        frames.append(
            period.frame(
                sql,
                bind.params,
                {
                    "channel": channel,
                    "history_day": history,
                    "slot_us": rules.slot_s * 1_000_000,
                    "slot_offered": rules.slot_offered,
                    "slot_expected": rules.slot_expected,
                    "slot_weeks": rules.slot_weeks,
                    "slot_weeks_min": rules.slot_weeks_min,
                },
            )
        )
    return pl.concat(frames)
