"""What is at stake: how far the service level would move by the calls that cannot be as told.

Bounds, no estimate: all wrong stays at once the best, or the worst, they can be.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params, with_facts
from pipelines.metrics.facts import days_of, moment, run
from pipelines.metrics.query import Query
from pipelines.metrics.sla import sla

# effect of a wrong stay: what it is at best and at worst, as (within, base) of SL-1 from what it
# counts as now
EFFECTS = {
    "none": ("now_within, now_base", "now_within, now_base"),  # no part of the service level
    "doubtful": ("now_within, now_base", "0, now_base"),  # perhaps it was not answered so
    "unsure": ("1, 1", "0, 1"),  # it may have been either
    "extra": (  # perhaps there was no such call
        "now_within, case when now_within = 1 then now_base else 0 end",
        "0, case when now_within = 1 then 0 else now_base end",
    ),
    "missing": ("1, 1", "0, 1"),  # a call no log of telephony has
}


def _stakes_sql() -> str:
    """What each wrong stay counts as now, at best, at worst; a missing call counts as nothing."""
    best, worst = (
        "case m.effect "
        + " ".join(f"when '{name}' then [{ways[i]}]" for name, ways in EFFECTS.items())
        + " end"
        for i in (0, 1)
    )
    return f"""
stays as (
    select
        contact_id, leg, (state = 'answered' and wait_s <= $threshold_s)::int as now_within,
        (state <> 'waiting' or wait_s > $threshold_s)::int as now_base
    from leg_facts
),
wrong as (
    select distinct
        m.finding, m.channel, coalesce(m.contact_id, m.reference) as contact_id, m.leg, m.effect,
        coalesce(s.now_within, 0) as now_within, coalesce(s.now_base, 0) as now_base
    from mismatches as m
    left join stays as s on m.contact_id = s.contact_id and m.leg = s.leg
    where m.effect <> 'none' and (m.leg is not null or m.effect = 'missing')
),
judged as (
    select *, {best} as best, {worst} as worst from wrong as m
),
stakes as (
    select
        finding, channel, contact_id, leg, now_within, now_base,
        best[1] as best_within, best[2] as best_base, worst[1] as worst_within,
        worst[2] as worst_base
    from judged
)"""


def with_levels(lake: Lake, query: Query, rows: pl.DataFrame) -> pl.DataFrame:
    """Add sl, sl_low, sl_high to rows of findings.

    Args:
        lake: with `mismatches` of `gather`. query: with its moment.
        rows: finding and channel, `all` among them.

    Returns:
        The rows with the service level of telephony as counted (SL-1, the default threshold; null
        for nothing), and were all that is found the worst or the best it can be.
    """
    phone = replace(query, where={**query.where, "channel": "phone"})
    level = sla(lake, phone).row(0, named=True)
    within, base = level["within"], level["base"]
    days: list[date] = days_of(lake, query)
    rows_of = row_params(days, query.start, query.end, moment(query), lake.settings.short_abandon_s)
    only = "contact_id in (select contact_id from mismatches)"
    moved = run(
        lake,
        f"""{with_facts("leg_facts", rows_of, only=only)}, {_stakes_sql()},
once as (
    select
        'all' as finding, null::varchar as channel, contact_id, leg, min(now_within) as now_within,
        min(now_base) as now_base, max(best_within) as best_within,
        case when max(best_within) = 1 then max(best_base) else min(best_base) end as best_base,
        min(worst_within) as worst_within, max(worst_base) as worst_base
    from stakes group by contact_id, leg
),
every as (
    select * from stakes union all by name select * from once
)
select
    finding, channel, sum(best_within - now_within)::bigint as up_within,
    sum(best_base - now_base)::bigint as up_base,
    sum(worst_within - now_within)::bigint as down_within,
    sum(worst_base - now_base)::bigint as down_base
from every group by finding, channel""",
        rows_of | {"threshold_s": lake.reference.rules.level_within_s},
    )
    joined = rows.join(moved, on=["finding", "channel"], how="left", nulls_equal=True).with_columns(
        pl.col("up_within", "up_base", "down_within", "down_base").fill_null(0)
    )
    return joined.with_columns(
        sl=_share(pl.lit(within), pl.lit(base)),
        sl_high=_share(within + pl.col("up_within"), base + pl.col("up_base")),
        sl_low=_share(within + pl.col("down_within"), base + pl.col("down_base")),
    )


def _share(within: pl.Expr, base: pl.Expr) -> pl.Expr:
    return pl.when(base > 0).then(within / base)
