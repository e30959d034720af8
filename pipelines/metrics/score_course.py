"""The scores of one operator, period by period, and whether the last change can be told."""

from datetime import timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import Query

_DAY = timedelta(days=1)
_PERIODS = """
select
    s.period_start, s.period_end, s.score, s.score_low, s.score_high, s.n, s.flag,
    s.base_start, s.base_end
from lake.operator_scores as s
left join lake.operators as o on o.operator_id = s.operator_id
where s.operator_id = $who and s.period_end <= $last
    and ($teams::varchar[] is null or list_contains($teams, o.team))
    and ($operator::varchar is null or s.operator_id = $operator)
order by s.period_end, s.period_start
"""


@one_snapshot
def score_course(lake: Lake, query: Query, operator: str) -> dict[str, Any]:
    """Return the scores of one operator up to the end of the question.

    Returns:
        rows: a frame by period, the oldest first: period_start, period_end (exclusive), score,
        score_low, score_high (80 % interval; null where there was too little to say), n, flag,
        base_start, base_end (of the scale; null: the period's own);
        change, change_low, change_high: the newest score less the one before that has no more than
        a day in common with it, with an 80 % interval; None where either is missing or they are on
        different scales. The two are of different contacts, so their doubts add up as of
        independent figures. is_mixed: not all rows are on the scale of the newest.
    """
    _, last = query.local_days(lake.settings.tz)
    teams = query.scope.teams
    rows = run(
        lake,
        _PERIODS,
        {
            "who": operator,
            "last": last + _DAY,
            "teams": None if teams is None else list(teams),
            "operator": query.scope.operator,
        },
    )
    scales = rows.select("base_start", "base_end").n_unique() if len(rows) else 0
    return {"rows": rows, "is_mixed": scales > 1, **_change(rows)}


def _change(rows: pl.DataFrame) -> dict[str, float | None]:
    nothing = dict.fromkeys(("change", "change_low", "change_high"))
    if rows.is_empty():
        return nothing
    now = rows.row(-1, named=True)
    past = rows.filter(
        pl.col("score").is_not_null() & (pl.col("period_end") <= now["period_start"] + _DAY)
    )
    if now["score"] is None or past.is_empty():
        return nothing
    then = past.row(-1, named=True)
    if (now["base_start"], now["base_end"]) != (then["base_start"], then["base_end"]):
        return nothing
    wide = sum(((one["score_high"] - one["score_low"]) / 2) ** 2 for one in (now, then)) ** 0.5
    change = now["score"] - then["score"]
    return {"change": change, "change_low": change - wide, "change_high": change + wide}
