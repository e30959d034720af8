"""Whether scores depend on what they must not: shift, channel, case mix, tenure, sample size."""

from datetime import date

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.operators import component_figure, scores_of
from pipelines.metrics.query import Query, known_groups
from pipelines.operators.fairness import OWN, SCHEMA, dependence, with_own
from pipelines.operators.within import NIGHT

FACTORS = ("night", "days_off", "written", "easiness", "tenure_months", "contacts")
LOGS = ("tenure_months", "contacts")  # twice as many tell as much, from whatever number

_WORK = """
select
    l.operator_id as operator,
    avg((hour(l.received_at at time zone $zone) >= $evening
        or hour(l.received_at at time zone $zone) < $morning)::integer) as night,
    avg((not coalesce(c.is_working, true))::integer) as days_off,
    avg((l.channel in ('chat', 'portal'))::integer) as written
from lake.legs as l
left join ref_calendar as c on c.day = (l.received_at at time zone $zone)::date
where l.received_date >= $period_start and l.received_date < $period_end
    and l.answered_at is not null and l.operator_id is not null
group by l.operator_id
"""
_CONTRASTS = """
select factor, operators, points, sd from lake.operator_contrasts
where period_start = $period_start and period_end = $period_end
"""
_HIRED = "select operator_id as operator, hired_on from lake.operators"


@one_snapshot
def fairness(lake: Lake, query: Query) -> pl.DataFrame:
    """Return how the scores of a period go with the circumstances of the work.

    Args:
        query: as of `operators`; filters choose whose scores, there are no groups.

    Returns:
        A row for each of FACTORS: night (share of contacts received from 20 to 8), days_off (on
        days off), written (in chat and on the portal), easiness (expected share of first-contact
        resolution on the operator's own mix), tenure_months, contacts; columns as of
        `pipelines.operators.fairness.dependence` (between operators) and `with_own` (what the
        factor does to one and the same operator: of everybody's contacts, whatever the filters),
        and period_start, period_end (exclusive).
        No row where the period has no scores.

    Raises:
        QueryError: a group, or a filter `operators` does not know.
    """
    known_groups(query.by, (), "group", "fairness")
    scores = scores_of(lake, query)
    if scores.is_empty():
        return pl.DataFrame(schema=SCHEMA | OWN | {"period_start": pl.Date, "period_end": pl.Date})
    start, end = scores.select("period_start", "period_end").row(0)
    rows = _with_work(lake, scores, start, end)
    factors = {name: rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in FACTORS}
    outcome = rows["score"].fill_null(np.nan).to_numpy()
    differ = run(lake, _CONTRASTS, {"period_start": start, "period_end": end})
    return with_own(dependence(outcome, factors, LOGS), factors, differ).with_columns(
        period_start=pl.lit(start), period_end=pl.lit(end)
    )


def _with_work(lake: Lake, scores: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    work = run(lake, _WORK, {
        "period_start": start, "period_end": end, "zone": lake.settings.zone,
        "evening": NIGHT[0], "morning": NIGHT[1],
    })  # fmt: skip
    return (
        scores.filter(pl.col("score").is_not_null())
        .join(work, on="operator", how="left")
        .join(run(lake, _HIRED, {}), on="operator", how="left")
        .with_columns(
            easiness=component_figure("fcr", "expected"),
            tenure_months=(pl.lit(end) - pl.col("hired_on")).dt.total_days() / 30.44,
            contacts=pl.col("n"),
        )
    )
