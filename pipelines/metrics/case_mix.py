"""What one operator is given, beside what colleagues on the same lines are: the mix of a score."""

from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, period, run
from pipelines.metrics.operators import scores_of
from pipelines.metrics.query import Query
from pipelines.operators.within import NIGHT

_ANSWERED = """
with
answered as (
    select
        contact_id, received_date, line, operator_id = $who as is_own,
        hour(received_at at time zone $zone) >= $evening
        or hour(received_at at time zone $zone) < $morning as is_night
    from lake.legs
    where received_date between $first and $last and received_at >= $start
        and received_at < $end and answered_at <= $as_of and operator_id is not null
),
of_same_lines as (
    select * from answered where line in (select line from answered where is_own)
)
select
    grouping_id(l.line, category, is_night) as of_what, l.line, category, is_night,
    count(*) filter (where is_own) as answered, count(*) as answered_all
from of_same_lines as l
inner join lake.contacts as c
    on c.received_date = l.received_date and c.contact_id = l.contact_id
where c.received_date between $first and $last
group by grouping sets ((l.line), (category), (is_night))
"""
_OF = {"line": 0b011, "category": 0b101, "is_night": 0b110}  # bits of what is not grouped by


@one_snapshot
def case_mix(lake: Lake, query: Query, operator: str) -> dict[str, Any]:
    """Return the contacts one operator answered beside those all operators of these lines did.

    Args:
        query: period and scope (whose operators may be asked about); filters are not used.
        operator: whose; the others count as a sum only.

    Returns:
        line, category: frames of the group (null: not recorded), answered (the operator's legs
        whose time of answer is told), share, share_all (of everybody's such legs on the lines the
        operator answered on), alike (legs the operator would have were the shares alike), what
        the operator has most of first; night, night_all: share of
        those of contacts received from 20 to 8. Empty frames and None where the operator, or the
        scope, has none.
    """
    asked = replace(query, by=(), where={}).at(lake)
    held = scores_of(lake, replace(asked, where={"operator": (operator,)}))
    rows = run(lake, _ANSWERED, {
        "who": operator if len(held) else None,
        "zone": lake.settings.zone, "evening": NIGHT[0], "morning": NIGHT[1],
        **period(lake, asked),
    })  # fmt: skip
    night = _beside(rows, "is_night")
    shares = night.filter(pl.col("is_night")).select(pl.col("share", "share_all").sum()).row(0)
    return {
        "line": _beside(rows, "line"),
        "category": _beside(rows, "category"),
        "night": shares[0] if len(night) else None,
        "night_all": shares[1] if len(night) else None,
    }


def _beside(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return (
        rows.filter(pl.col("of_what") == _OF[name])
        .select(
            name,
            "answered",
            share=pl.col("answered") / pl.col("answered").sum(),
            share_all=pl.col("answered_all") / pl.col("answered_all").sum(),
        )
        .with_columns(alike=pl.col("share_all") * pl.col("answered").sum())
        .sort("answered", "share_all", descending=True, maintain_order=True)
    )
