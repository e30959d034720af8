"""One operator's score looked into, and the bands people are shown in: never a place in a row."""

import json
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.operators import operators
from pipelines.metrics.query import EVERYTHING, Query, Scope, day_start
from pipelines.operators.score import BASE
from pipelines.operators.weights import BAND

MEAN = 50.0  # of the scale: the average operator of the base period on the same contacts
STANDARD = 10.0  # one standard deviation between operators
TELLING = 1.0  # points: a contribution below this is not worth a sentence
Z95 = 1.96
_SCALE = """
select s.base_start, s.base_end, c.points, c.sd
from lake.operator_scores as s
left join lake.operator_contrasts as c
    on s.period_start = c.period_start and s.period_end = c.period_end and c.factor = $factor
where s.period_start = $first and s.period_end = $end
limit 1
"""
_PARTS = {
    "component": pl.String(),
    "value": pl.Float64(),
    "expected": pl.Float64(),
    "standard": pl.Float64(),
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
def score_scale(lake: Lake, query: Query) -> dict[str, Any]:
    """Return what the scores of a period are held against, and where everybody stands on it.

    Returns:
        base_first, base_last: days of the base period whose average operator 50 stands for; None:
        the period has a scale of its own. is_base: the period is the base itself. points: of the
        average operator of the period on the same mix, less 50; low, high (95 %); None where the
        period is its own scale.
    """
    first, last = query.local_days(lake.settings.tz)
    end = last + timedelta(days=1)
    found = run(lake, _SCALE, {"first": first, "end": end, "factor": BASE})
    start, until, points, sd = found.row(0) if len(found) else (None,) * 4
    is_told = points is not None
    return {
        "base_first": start,
        "base_last": until - timedelta(days=1) if until else None,
        "is_base": (start, until) == (first, end),
        "points": points,
        "low": points - Z95 * sd if is_told else None,
        "high": points + Z95 * sd if is_told else None,
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
        minimum in points; average: of the scale; scale: as `score_scale`; rows: a frame by
        component, those that moved the score most first: value (observed; share, seconds for aht),
        expected (an average operator on the same contacts), standard (one of the base period, whom
        50 stands for; of the period itself where it has a scale of its own), gap (value less
        expected), n, weight (as used), contribution (points of the score; null where no score is
        shown), reliability; below, above: components that lowered or raised a shown score by a
        point or more, the largest first, and were observed on that side of the standard.
    """
    found = _stored(lake, query, operator)
    rows = _frame(found)
    last = query.end.astimezone(lake.settings.tz).date() - timedelta(days=1)
    # what everybody did moves also who did not do it: no sentence says more of less
    agrees = (pl.col("value") - pl.col("standard")) * pl.col("contribution") > 0
    is_share = pl.col("component") != BAND
    told = rows.filter((pl.col("contribution").abs() >= TELLING) & (agrees | ~is_share))
    return {
        "last": last,
        "limits": dict(_limits(lake, last)),
        "least": _least(lake, last),
        "average": MEAN,
        "scale": score_scale(lake, query),
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
    made = {k: v for k, v in _PARTS.items() if k not in ("gap", "standard")}
    frame = pl.DataFrame(rows, schema=made | {"base": pl.Float64()}, strict=False)
    return (
        frame.filter(pl.col("n") > 0)
        .with_columns(
            standard=pl.coalesce("base", "expected"),
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
