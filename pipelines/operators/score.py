"""Score the operators of a period: facts from the lake, model, composite, flags.

A score is a reason to talk, never a ground for a penalty, a bonus or a dismissal; it is hidden
where it would be luck (few contacts, low reliability) or unfair (a new operator).
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.lake.tables import polars_types
from pipelines.operators.base import Days, base_days, is_month, reading, stored
from pipelines.operators.base import rows as base_rows
from pipelines.operators.composite import Z80
from pipelines.operators.evaluated import Scored, evaluate
from pipelines.operators.help import help_rows
from pipelines.operators.judged import below, doubtful, is_enough, judged
from pipelines.operators.level import Base
from pipelines.operators.observations import observations
from pipelines.operators.weights import Weights, read_weights
from pipelines.operators.within import circumstances, contrasts

BASE = "base"  # the factor in operator_contrasts
WRITTEN = ("operator_scores", "operator_help", "operator_contrasts")


def score(lake: Lake, period_start: date, period_end: date) -> pl.DataFrame:
    """Score every operator with a contact in period_start <= received_date < period_end.

    Returns:
        Rows of lake.operator_scores. score (50 +- 10), its 80 % interval and flag are null where
        the contacts or the reliability do not suffice, and for new operators. components: JSON,
        id -> value (observed mean: share, or seconds for aht), expected (an average operator on
        the same contacts), base (one of the base period; null: on the period's own scale), n,
        weight (as used, shared out), contribution (points; they add up to score - 50),
        reliability. base_start, base_end: of the scale; null: the period's own.

    Raises:
        ReferenceDataError: score.yml is missing or lacks a field.
    """
    return score_and_more(lake, period_start, period_end)["operator_scores"]


def score_and_more(lake: Lake, period_start: date, period_end: date) -> dict[str, pl.DataFrame]:
    """Return rows of the tables WRITTEN, made of the same observations of a period.

    And those of the reading of the base period, empty where the lake has it already.
    """
    weights = read_weights(lake.settings.reference, period_end - timedelta(days=1))
    frame = observations(lake, period_start, period_end, weights)
    if frame.is_empty():
        return {table: pl.DataFrame(schema=polars_types(table)) for table in WRITTEN} | base_rows(
            None, weights
        )
    days = base_days(lake, period_start, period_end, weights)
    is_base = days == Days(period_start, period_end)
    base = stored(lake, days, weights) if days and not is_base else None
    is_read = base is not None
    if days and not is_base and base is None:
        before = observations(lake, days.start, days.end, weights)
        base = None if before.is_empty() else _reading(evaluate(before, weights), days)
    scored = evaluate(frame, weights, base)
    if days and is_base:
        base = _reading(scored, days)
    doubts = []
    start, end = period_start, period_end
    for _ in range(2):
        start, end = previous_period(start, end)
        doubts.append(_doubted(lake, start, end, weights, None if is_base else base))
    hired = lake.frame("select operator_id, hired_on from lake.operators")
    rows = judged(scored, doubts, hired, period_start, period_end, base)
    ids = scored.operators["operator_id"]
    helped = help_rows(frame, ids, scored.observed, scored.result, weights)
    differ = contrasts(frame, scored.observed, scored.result, weights, circumstances(lake, frame))
    differ = pl.concat([differ, pl.DataFrame(_risen(scored), schema=differ.schema)])
    written = {"period_start": pl.lit(period_start), "period_end": pl.lit(period_end)}
    made = zip(WRITTEN, (rows, helped, differ), strict=True)
    return {
        table: rows.with_columns(**written).select(list(TABLES[table])) for table, rows in made
    } | base_rows(None if is_read else base, weights)


def _reading(scored: Scored, days: Days) -> Base | None:
    """Return the reading of a period on its own scale, where anybody of it can be told apart."""
    if not is_enough(scored).any():
        return None
    return reading(days, scored.observed, scored.result, scored.strata, scored.where)


def _risen(scored: Scored) -> list[dict[str, object]]:
    """Return the row of operator_contrasts that says how far everybody is from the base period."""
    if not any(o.level for o in scored.observed.values()):
        return []
    each = 10 / scored.result.scale
    points = float(np.mean(scored.result.q)) * each
    sd = scored.result.level_sd * each
    return [{"factor": BASE, "operators": len(scored.operators), "points": points, "sd": sd}]


def _doubted(
    lake: Lake, start: date, end: date, weights: Weights, base: Base | None
) -> pl.DataFrame:
    """Return who was doubtful in an earlier period: as published, else computed now."""
    told = lake.frame(
        "select operator_id, score, score_low, score_high from lake.operator_scores"
        " where period_start = $start and period_end = $end and score is not null",
        {"start": start, "end": end},
    )
    if len(told):
        sd = (told["score_high"] - told["score_low"]).to_numpy() / (2 * Z80)
        low = below(told["score"].to_numpy(), sd, weights) > weights.flag_attention
        return told.filter(pl.Series(low)).select("operator_id")
    before = observations(lake, start, end, weights)
    return (
        before.select("operator_id").clear()
        if before.is_empty()
        else doubtful(evaluate(before, weights, base))
    )


def previous_period(start: date, end: date) -> tuple[date, date]:
    """Return the period before: the previous calendar month of a month, else as many days.

    >>> previous_period(date(2026, 3, 1), date(2026, 4, 1))
    (datetime.date(2026, 2, 1), datetime.date(2026, 3, 1))
    """
    month_before = (start - timedelta(days=1)).replace(day=1)
    return (month_before if is_month(start, end) else start - (end - start)), start
