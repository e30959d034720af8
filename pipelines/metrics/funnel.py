"""Components of the score as funnels: who lies farther from the expected than chance lets."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.operators import FILTERS, scores_of
from pipelines.metrics.query import Query, known_groups
from pipelines.operators.funnel import LIMITS, with_limits

SHARES = ("sla", "fcr", "csat", "confirmation", "transfers")  # others are no shares of contacts
_SHAPE = {
    "component": pl.String,
    "operator": pl.String,
    "team": pl.String,
    "n": pl.Int64,
    "value": pl.Float64,
    "expected": pl.Float64,
    "gap": pl.Float64,
    **LIMITS,
    "period_start": pl.Date,
    "period_end": pl.Date,
}


@one_snapshot
def funnel(lake: Lake, query: Query) -> pl.DataFrame:
    """Return what operators reached of each share of the score beside what was to be expected.

    Args:
        query: as of `operators`; filters choose whose rows, the limits are of everybody's.

    Returns:
        A row per component of SHARES and operator it is measured of, in this order: component,
        operator, team, n (contacts), value (observed share), expected (an average operator on the
        same contacts), gap (value less expected), the columns of
        `pipelines.operators.funnel.with_limits`, period_start, period_end (exclusive).

    Raises:
        QueryError: a group, or a filter `operators` does not know.
    """
    known_groups(query.by, (), "group", "funnel")
    known_groups(query.where, FILTERS, "filter", "funnel")
    everybody = Query(query.start, query.end)
    rows = with_limits(_measured(scores_of(lake, everybody)))
    mine = scores_of(lake, query).select("operator")
    return rows.join(mine, on="operator", how="semi", maintain_order="left").select(list(_SHAPE))


def _measured(scores: pl.DataFrame) -> pl.DataFrame:
    parts = [scores.select("operator", "team", "period_start", "period_end", *_part(name))
             for name in SHARES]  # fmt: skip
    return (
        pl.concat(parts)
        .filter(pl.col("n") > 0)
        .with_columns(gap=pl.col("value") - pl.col("expected"))
    )


def _part(name: str) -> list[pl.Expr]:
    def number(key: str) -> pl.Expr:
        found = pl.col("components").str.json_path_match(f"$['{name}'].{key}")
        return found.cast(pl.Float64, strict=False).alias(key)

    return [
        pl.lit(name).alias("component"),
        number("n").cast(pl.Int64),
        number("value"),
        number("expected"),
    ]
