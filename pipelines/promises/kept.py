"""How the deadlines of contacts were kept, all promises together."""

from collections.abc import Mapping

import polars as pl

from pipelines.lake.days import in_days
from pipelines.promises.compile import Binder
from pipelines.promises.groups import columns_sql, joins, where_sql
from pipelines.promises.period import CLOCK_ROWS, IN_PERIOD, Period
from pipelines.promises.state import state_sql

_COLUMNS = """
        f.promise, f.kind, f.source, f.line, f.channel, f.category, f.region, f.operator_id,
        f.received_at, f.received_date, f.started_at, f.due_at, f.stopped_at, f.stop_kind,
        f.since_at, f.until_at"""


def kept(period: Period, keys: tuple[str, ...], where: Mapping[str, object]) -> pl.DataFrame:
    """Count the deadlines (promises of kind clock) that were judged at the period's moment.

    Args:
        period: its mart_days are answered by lake.mart_kept_day and lake.mart_open_clocks; they
            ended by the moment, and the marts hold the groups and filters.
        keys: groups of promises.
        where: filters.

    Returns:
        The groups with any judged clock, met, judged (met, breached and overdue).
    """
    bind = Binder()
    chosen, joined, columns = where_sql(where, bind), joins(keys, where), columns_sql(keys)
    own = f"{period.of_rows('received_date')} and kind = 'clock'"
    rows = CLOCK_ROWS.replace("lake.clocks", f"(select * from lake.clocks where {own})").replace(
        "lake.contacts", f"(select * from lake.contacts where {period.of_rows('received_date')})"
    )
    groups = ", ".join(f'"{name}"' for name in keys)
    settled, late = "", ""
    if period.mart_days:
        of_mart = in_days("f.received_date", sorted(period.mart_days))
        settled = f"""
    union all
    select {columns} sum(f.n_met)::bigint as met, sum(f.n_judged)::bigint as judged
    from lake.mart_kept_day as f {joined}
    where {of_mart} {chosen}
    group by {groups}"""
        late = f"""
    union all
    select {_COLUMNS.replace("f.category", "nullif(coalesce(f.judged_category, f.category), '')")}
    from lake.mart_open_clocks as f where {of_mart}"""
    return period.frame(
        f"""
with
clocks as (
    select {_COLUMNS} from ({rows}) as f where {IN_PERIOD}
    {late}
),
judged as (
    select {columns} {state_sql(table="f")} as state from clocks as f {joined} where true {chosen}
),
counts as (
    select
        {groups}, count(*) filter (where state = 'met') as met,
        count(*) filter (where state in ('met', 'breached', 'overdue')) as judged
    from judged group by {groups}
    {settled}
)
select {groups}, sum(met)::bigint as met, sum(judged)::bigint as judged
from counts group by {groups} having sum(judged) > 0""",
        bind.params,
    )
