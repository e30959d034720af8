"""One operator's score looked into, and the bands people are shown in: never a place in a row."""

import json
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.operators import operators
from pipelines.metrics.query import EVERYTHING, Query, Scope, day_start
from pipelines.operators.level import BASE
from pipelines.operators.score import base_period
from pipelines.operators.weights import read_weights

MEAN = 50.0  # of the scale: the average operator of the period on the same contacts
STANDARD = 10.0  # one standard deviation between operators
TELLING = 1.0  # points: a contribution below this is not worth a sentence
Z95 = 1.96
_LEVEL = """
select points, sd from lake.operator_contrasts
where period_start = $first and period_end = $end and factor = $factor
"""
_PARTS = {
    "component": pl.String(),
    "value": pl.Float64(),
    "expected": pl.Float64(),
    "gap": pl.Float64(),
    "n": pl.Int64(),
    "weight": pl.Float64(),
    "contribution": pl.Float64(),
    "reliability": pl.Float64(),
}


@one_snapshot
def score_periods(lake: Lake, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    """Return the periods that have scores the scope may see, the newest first.

    Returns:
        period (2026-10-27..2026-11-23), start, end (aware, end exclusive), first, last (days),
        operators (how many), average (of the scale), least (the agreed minimum, points; null
        where score.yml has no version for it).
    """
    found = run(
        lake,
        """
select s.period_start, s.period_end, count(*) as operators
from lake.operator_scores as s
left join lake.operators as o on o.operator_id = s.operator_id
where ($teams::varchar[] is null or list_contains($teams, o.team))
    and ($operator::varchar is null or s.operator_id = $operator)
group by s.period_start, s.period_end
order by s.period_end desc, s.period_start desc""",
        {
            "teams": None if scope.teams is None else list(scope.teams),
            "operator": scope.operator,
        },
    )
    return [_period(lake, *row) for row in found.iter_rows()]


@one_snapshot
def score_level(lake: Lake, query: Query) -> dict[str, Any] | None:
    """Return how far the average operator of a period is from that of the base period.

    A score is held against the average of its own period; this tells whether that average moved.

    Returns:
        base_first, base_last (days), points (of the period's scale, on the same mix), low, high
        (95 %); None where the period has no scores, or no base period is over before it.
    """
    first, last = query.local_days(lake.settings.tz)
    found = run(lake, _LEVEL, {"first": first, "end": last + timedelta(days=1), "factor": BASE})
    weights = read_weights(lake.settings.reference, last)
    base = base_period(lake, first, weights)
    if found.is_empty() or base is None:
        return None
    points, sd = found.row(0)
    return {
        "base_first": base[0],
        "base_last": base[1] - timedelta(days=1),
        "points": points,
        "low": points - Z95 * sd,
        "high": points + Z95 * sd,
    }


@one_snapshot
def first_operator(lake: Lake) -> str:
    """Return whose page an operator profile that names nobody opens; "" while there is none."""
    found = lake.frame("select coalesce(min(operator_id), '') as operator from lake.operators")
    return str(found.item())


def _period(lake: Lake, start: date, end: date, n: int) -> dict[str, Any]:
    last = end - timedelta(days=1)
    return {
        "period": f"{start}..{last}",
        "start": day_start(start, lake.settings.tz),
        "end": day_start(end, lake.settings.tz),
        "first": start,
        "last": last,
        "operators": n,
        "average": MEAN,
        "least": _least(lake, last),
    }


def _least(lake: Lake, day: date) -> float | None:
    version = lake.reference.score(day)
    return MEAN + STANDARD * version.minimum if version else None


@one_snapshot
def scored(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the operators of a period with their bands, in order of their ids.

    Returns:
        The columns of `operators` by operator and: hired_on; band (attention, watch: the flag;
        strong: the whole 80 % interval above the average; typical; null: no score); hidden_by
        (few_contacts, new_operator, low_reliability: why there is no score; null: there is one).
    """
    rows = operators(lake, query)
    hired = lake.frame("select operator_id as operator, hired_on from lake.operators")
    last = _last_day(rows, query, lake)
    limits = _limits(lake, last)
    newest = last - timedelta(days=int(limits.get("new_operator_days", 0)) - 1)
    return rows.join(hired, on="operator", how="left", maintain_order="left").with_columns(
        band=pl.when(pl.col("score").is_null())
        .then(None)
        .when(pl.col("flag").is_not_null())
        .then(pl.col("flag"))
        .when(pl.col("score_low") > MEAN)
        .then(pl.lit("strong"))
        .otherwise(pl.lit("typical")),
        hidden_by=pl.when(pl.col("score").is_not_null())
        .then(None)
        .when(pl.col("n") < limits.get("min_contacts", 0))
        .then(pl.lit("few_contacts"))
        .when(pl.col("hired_on") > newest)
        .then(pl.lit("new_operator"))
        .otherwise(pl.lit("low_reliability")),
    )


@one_snapshot
def scored_parts(lake: Lake, query: Query, operator: str) -> dict[str, Any]:
    """Return what the score of one operator is made of.

    Returns:
        last: the last day of the question; limits: those of score.yml in force; least: the agreed
        minimum in points; average: of the scale; rows: a frame by component, those that moved the
        score most first: value (observed; share, seconds for aht), expected (an average operator
        on the same contacts), gap (value less expected), n, weight (as used), contribution (points
        of the score; null where no score is shown), reliability; below, above: components that
        lowered or raised a shown score by a point or more, the largest first.
    """
    found = _stored(lake, query, operator)
    rows = _frame(found)
    last = query.end.astimezone(lake.settings.tz).date() - timedelta(days=1)
    told = rows.filter(pl.col("contribution").abs() >= TELLING)
    return {
        "last": last,
        "limits": dict(_limits(lake, last)),
        "least": _least(lake, last),
        "average": MEAN,
        "rows": rows,
        "below": told.filter(pl.col("contribution") < 0).to_dicts(),
        "above": told.filter(pl.col("contribution") > 0).to_dicts(),
    }


def _stored(lake: Lake, query: Query, operator: str) -> dict[str, Any] | None:
    one = Query(query.start, query.end, where={"operator": operator}, scope=query.scope)
    shown = operators(lake, one)
    if shown.is_empty():
        return None
    row = shown.row(0, named=True)
    text = run(
        lake,
        "select components from lake.operator_scores where operator_id = $operator "
        "and period_start = $start and period_end = $end",
        {"operator": operator, "start": row["period_start"], "end": row["period_end"]},
    ).item()
    return {"is_shown": row["score"] is not None, "components": json.loads(text or "{}")}


def _frame(found: dict[str, Any] | None) -> pl.DataFrame:
    if found is None:
        return pl.DataFrame(schema=_PARTS)
    rows = [{"component": name, **part} for name, part in found["components"].items()]
    frame = pl.DataFrame(rows, schema={k: v for k, v in _PARTS.items() if k != "gap"}, strict=False)
    return (
        frame.filter(pl.col("n") > 0)
        .with_columns(
            gap=pl.col("value") - pl.col("expected"),
            contribution=pl.when(found["is_shown"]).then(pl.col("contribution")),
        )
        .select(list(_PARTS))
        .sort(pl.col("contribution").abs(), "weight", descending=True, nulls_last=True)
    )


def _last_day(rows: pl.DataFrame, query: Query, lake: Lake) -> date:
    end = rows["period_end"].max() if len(rows) else None
    day = end if isinstance(end, date) else query.end.astimezone(lake.settings.tz).date()
    return day - timedelta(days=1)


def _limits(lake: Lake, day: date) -> dict[str, float]:
    version = lake.reference.score(day)
    return dict(version.limits) if version else {}
