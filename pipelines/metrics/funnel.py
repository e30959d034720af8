"""Components of the score as funnels: who lies farther from the expected than chance lets."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.operators import FILTERS, component_figure, scores_of
from pipelines.metrics.query import Query, known_groups
from pipelines.operators.funnel import LIMITS, with_limits
from pipelines.operators.weights import SHARES

DRAWN = (*SHARES, "transfers")  # what else is measured is no share of contacts
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
        A row per component of DRAWN and operator it is measured of, in this order: component,
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
             for name in DRAWN]  # fmt: skip
    return (
        pl.concat(parts)
        .filter(pl.col("n") > 0)
        .with_columns(gap=pl.col("value") - pl.col("expected"))
    )


def _part(name: str) -> list[pl.Expr]:
    return [
        pl.lit(name).alias("component"),
        component_figure(name, "n").cast(pl.Int64).alias("n"),
        *(component_figure(name, key).alias(key) for key in ("value", "expected")),
    ]
