"""What was decided about a period, and what became of the figures earlier decisions are tied to."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.week_headline import LOWER_IS_BETTER, headline

KIND = "-([WQ]?)"  # letter of a week or a quarter; none of a month
_SQL = """
select
    json_extract_string(d.args, '$.decision_id') as decision_id,
    json_extract_string(d.args, '$.period') as period,
    json_extract_string(d.args, '$.figure') as figure,
    json_extract_string(d.args, '$.unit') as unit,
    json_extract_string(d.args, '$.value')::double as value,
    json_extract_string(d.args, '$.owner') as owner,
    json_extract_string(d.args, '$.due')::date as due_on,
    d.text, d.who, d.acted_at as decided_at,
    json_extract_string(c.args, '$.outcome') as outcome, c.text as result,
    c.acted_at as closed_at
from lake.acts as d
left join lake.acts as c
    on c.kind = 'decision_closed'
    and json_extract_string(c.args, '$.decision_id') = json_extract_string(d.args, '$.decision_id')
where d.kind = 'decided'
order by d.seq
"""


@one_snapshot
def decisions(lake: Lake) -> pl.DataFrame:
    """Return every decision, in the order they were made.

    Returns:
        decision_id, period, figure (name of `week_headline`), unit, value (when it was decided;
        null: not known), owner, due_on, text (masked), who, decided_at, outcome (done, dropped;
        null: open), result (masked), closed_at.
    """
    return run(lake, _SQL, {})


def of_period(rows: pl.DataFrame, period: str) -> pl.DataFrame:
    """Return the decisions made about a period."""
    return rows.filter(pl.col("period") == period.upper())


def followed(
    rows: pl.DataFrame, figures: dict[str, Any], since: datetime, *, today: datetime
) -> pl.DataFrame:
    """Return decisions of earlier periods that are open or ended since, and their figures now.

    Args:
        rows: of `decisions`. figures: of the period they are looked at from. since: its start.

    Returns:
        As `decisions`, with value_now (null: not known in this period), better (the figure went the
        way it should; null: not known, unchanged, or a figure that has no better), is_late.
    """
    now = {one.name: None if one.value is None else float(one.value) for one in headline(figures)}
    # names of one kind sort as their days do
    earlier = rows.filter(
        (pl.col("period") < figures["week"])
        & (pl.col("period").str.extract(KIND) == pl.lit(figures["week"]).str.extract(KIND))
        & (pl.col("closed_at").is_null() | (pl.col("closed_at") >= since.astimezone(UTC)))
    )
    moved = pl.col("value_now") - pl.col("value")
    wanted = (
        pl.when((pl.col("unit") == "s") | pl.col("figure").is_in(list(LOWER_IS_BETTER)))
        .then(-1)
        .when(pl.col("unit") == "share")
        .then(1)
    )
    return earlier.with_columns(
        value_now=pl.col("figure").replace_strict(now, default=None, return_dtype=pl.Float64)
    ).with_columns(
        better=pl.when(moved != 0).then(moved * wanted > 0),
        is_late=pl.col("closed_at").is_null() & (pl.col("due_on") < today.date()),
    )
