"""Operator scores as stored for a period: the score is made in pipelines/operators."""

import json
from datetime import date, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import Query, known_groups

GROUPED = ("operator", "team", "skill")
FILTERS = (*GROUPED, "line")
_COLUMNS = ("score", "score_low", "score_high", "n", "reliability", "flag")

# the latest period that lies in the question, else the one that shares most days with it
_PERIOD = """
select period_start, period_end
from lake.operator_scores
where period_start < $last and period_end > $first
group by period_start, period_end
order by
    (period_start >= $first and period_end <= $last) desc,
    case when period_start >= $first and period_end <= $last then period_end end desc nulls last,
    least(period_end, $last) - greatest(period_start, $first) desc,
    period_end desc
limit 1
"""
_SCORES = """
select
    s.operator_id as operator, o.team, o.skills, s.score, s.score_low, s.score_high, s.n,
    s.reliability, s.flag, s.components, s.period_start, s.period_end
from lake.operator_scores as s
left join lake.operators as o on o.operator_id = s.operator_id
where s.period_start = $period_start and s.period_end = $period_end
    and ($operators::varchar[] is null or list_contains($operators, s.operator_id))
    and ($teams::varchar[] is null or list_contains($teams, o.team))
    and ($scope_teams::varchar[] is null or list_contains($scope_teams, o.team))
    and ($operator::varchar is null or s.operator_id = $operator)
    and (
        $skills::varchar[] is null
        or list_has_any(string_split(coalesce(o.skills, ''), ';'), $skills)
    )
    and (
        $lines::varchar[] is null
        or s.operator_id in (
            select l.operator_id from lake.legs as l
            where l.received_date between $period_start and $last
                and l.left_as = 'answered' and list_contains($lines, l.line)
        )
    )
order by s.operator_id
"""


@one_snapshot
def operators(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the stored scores of the latest score period within the question.

    Args:
        lake: open lake.
        query: by operator (default), team or skill; the filter line takes who answered on one of
            them in the score period. Their scores are of a person's whole work, which lines of
            the scope do not limit either.

    Returns:
        Sorted by group. By operator: operator, team, score, score_low, score_high (80 % interval),
        n (contacts), reliability, flag (attention, watch, null), reviews (contacts reviewed at
        random behind it), a column a component with its observed value, period_start, period_end
        (exclusive). Score and flag are null where there is
        too little to say. By team or skill: n is their sum, score and the components means weighted
        by n of those who have one, the interval, reliability and flag null.

    Raises:
        QueryError: another group or filter.
    """
    known_groups(query.by, GROUPED, "group", "operators")
    known_groups(query.where, FILTERS, "filter", "operators")
    by = list(query.by) or ["operator"]
    frame = scores_of(lake, query)
    names = _component_names(frame)
    frame = frame.with_columns(
        _reviews(), *(component_figure(name, "value").alias(name) for name in names)
    ).drop("components")
    if "skill" in by:
        frame = frame.with_columns(skill=pl.col("skills").str.split(";")).explode(
            "skill", empty_as_null=True, keep_nulls=True
        )
    frame = frame.drop("skills")
    if "operator" in by:
        more = [n for n in ("team", *GROUPED) if n in frame.columns and n not in by]
        return frame.select(
            *by, *dict.fromkeys(more), *_COLUMNS, "reviews", *names, "period_start", "period_end"
        ).sort(by, nulls_last=True)
    return _rolled(frame, by, names)


def scores_of(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the stored rows the question is about, as `operators`, with their components."""
    first, last = query.local_days(lake.settings.tz)
    period = run(lake, _PERIOD, {"first": first, "last": last + timedelta(days=1)})
    start, end = period.row(0) if len(period) else (date.min, date.min)
    teams = query.scope.teams
    return run(
        lake,
        _SCORES,
        {
            "period_start": start,
            "period_end": end,
            "last": end - timedelta(days=1) if len(period) else end,
            "operators": _wanted(query, "operator"),
            "teams": _wanted(query, "team"),
            "skills": _wanted(query, "skill"),
            "lines": _wanted(query, "line"),
            "scope_teams": None if teams is None else list(teams),
            "operator": query.scope.operator,
        },
    )


def _wanted(query: Query, name: str) -> list[str] | None:
    """Return the values of a filter; None: there is none, so everybody."""
    return [str(v) for v in query.values(name)] if name in query.where else None


def _component_names(frame: pl.DataFrame) -> list[str]:
    """Return the components any operator has, in the order of the first that has them."""
    found: dict[str, None] = {}
    for text in frame["components"].drop_nulls().unique(maintain_order=True).head(50):
        found |= dict.fromkeys(json.loads(text))
    return list(found)


def component_figure(name: str, key: str) -> pl.Expr:
    """Return one figure of a component (value, expected, n, …) of stored scores; null: none."""
    text = pl.col("components").str.json_path_match(f"$['{name}'].{key}")
    return text.cast(pl.Float64, strict=False)


def _reviews() -> pl.Expr:
    return component_figure("review", "n").cast(pl.Int64).fill_null(0).alias("reviews")


def _rolled(frame: pl.DataFrame, by: list[str], names: list[str]) -> pl.DataFrame:
    def mean(name: str) -> pl.Expr:
        weight = pl.col("n").filter(pl.col(name).is_not_null())
        total = weight.sum()
        return pl.when(total > 0).then((pl.col(name) * pl.col("n")).sum() / total).alias(name)

    rolled = frame.group_by(by).agg(
        mean("score"),
        pl.col("n", "reviews").sum(),
        *(mean(name) for name in names),
        pl.col("period_start", "period_end").first(),
    )
    nothing = [
        pl.lit(None, dtype=pl.String if n == "flag" else pl.Float64).alias(n)
        for n in ("score_low", "score_high", "reliability", "flag")
    ]
    return (
        rolled.with_columns(nothing)
        .select(*by, *_COLUMNS, "reviews", *names, "period_start", "period_end")
        .sort(by, nulls_last=True)
    )
