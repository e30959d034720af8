"""Score the operators of a period: facts from the lake, model, composite, flags.

A score is a reason to talk, never a ground for a penalty, a bonus or a dismissal; it is hidden
where it would be luck (few contacts, low reliability) or unfair (a new operator).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.lake.tables import polars_types
from pipelines.operators.composite import Z80, Composite, Observed, composite
from pipelines.operators.help import help_rows
from pipelines.operators.level import moved
from pipelines.operators.model import Codes, Floats, fit
from pipelines.operators.observations import observations
from pipelines.operators.reviewed import fit_means
from pipelines.operators.strata import codes, levels
from pipelines.operators.weights import BAND, MEASURED, REVIEW, Weights, read_weights
from pipelines.operators.within import circumstances, contrasts

OWN_PART = "sla"  # another act in each channel
OWN_ACTS = {"chat": "first reply", "portal": "answer"}  # elsewhere a ring
COLUMNS = list(TABLES["operator_scores"])
_OVERLAP = timedelta(days=7)  # trailing days begin a day or two before the month they follow ends
WRITTEN = ("operator_scores", "operator_help", "operator_contrasts")


@dataclass(frozen=True)
class Scored:
    """One period: operators in order of their codes and everything computed about them."""

    operators: pl.DataFrame  # operator_id, n
    observed: dict[str, Observed]
    result: Composite
    weights: Weights


def evaluate(frame: pl.DataFrame, weights: Weights) -> Scored:
    """Fit each component of MEASURED a frame of `observations` has, and combine them."""
    operators = frame.group_by("operator_id").len("n").sort("operator_id")
    code = codes(frame["operator_id"])
    strata = levels(frame, weights.strata)
    kind = _main_act(frame, operators)
    observed: dict[str, Observed] = {}
    for name in (one for one in MEASURED if one in frame.columns):
        rows = np.flatnonzero(frame[name].is_not_null().to_numpy())
        if not len(rows):
            continue
        y = frame[name].cast(pl.Float64).to_numpy()[rows]
        if name == REVIEW:
            made = fit_means(y, code[rows], len(operators))
        else:
            made = fit(
                y,
                code[rows],
                len(operators),
                [level[rows] for level in strata],
                weights.prior_m,
                binary=name != BAND,
                kind=kind if name == OWN_PART else None,
            )
        observed[name] = Observed(made, rows, is_band=name == BAND)
    result = composite(observed, weights.components, code, len(operators))
    return Scored(operators, observed, result, weights)


def score(lake: Lake, period_start: date, period_end: date) -> pl.DataFrame:
    """Score every operator with a contact in period_start <= received_date < period_end.

    Returns:
        Rows of lake.operator_scores. score (50 +- 10), its 80 % interval and flag are null where
        the contacts or the reliability do not suffice, and for new operators. components: JSON,
        id -> value (observed mean: share, or seconds for aht), expected (an average operator on
        the same contacts), n, weight (as used, shared out), contribution (points; they add up to
        score - 50), reliability.

    Raises:
        ReferenceDataError: score.yml is missing or lacks a field.
    """
    return score_and_more(lake, period_start, period_end)["operator_scores"]


def score_and_more(lake: Lake, period_start: date, period_end: date) -> dict[str, pl.DataFrame]:
    """Return rows of the tables WRITTEN, made of the same observations of a period."""
    weights = read_weights(lake.settings.reference, period_end - timedelta(days=1))
    frame = observations(lake, period_start, period_end, weights)
    if frame.is_empty():
        return {table: pl.DataFrame(schema=polars_types(table)) for table in WRITTEN}
    scored = evaluate(frame, weights)
    doubts = []
    start, end = period_start, period_end
    for _ in range(2):
        start, end = previous_period(start, end)
        doubts.append(_doubted(lake, start, end, weights))
    hired = lake.frame("select operator_id, hired_on from lake.operators")
    rows = judged(scored, doubts, hired, period_start, period_end)
    ids = scored.operators["operator_id"]
    helped = help_rows(frame, ids, scored.observed, scored.result, weights)
    differ = contrasts(frame, scored.observed, scored.result, weights, circumstances(lake, frame))
    if base := base_period(lake, period_start, weights):
        before = observations(lake, *base, weights)
        level = (
            None
            if before.is_empty()
            else moved(before, frame, scored.observed, scored.result, weights)
        )
        differ = pl.concat([differ, pl.DataFrame([level] if level else [], schema=differ.schema)])
    days = {"period_start": pl.lit(period_start), "period_end": pl.lit(period_end)}
    made = zip(WRITTEN, (rows, helped, differ), strict=True)
    return {table: rows.with_columns(**days).select(list(TABLES[table])) for table, rows in made}


def base_period(lake: Lake, start: date, weights: Weights) -> tuple[date, date] | None:
    """Return the period levels are held against: of score.yml, else the first published month.

    None where that is not over, give or take a week, when the period asked about begins.
    """
    latest = start + _OVERLAP
    if weights.base:
        return weights.base if weights.base[1] <= latest else None
    found = lake.frame(
        "select period_start, period_end from lake.operator_scores"
        " where day(period_start) = 1 and day(period_end) = 1 and period_end <= $latest"
        " order by period_start limit 1",
        {"latest": latest},
    )
    return found.row(0) if len(found) else None


def _doubted(lake: Lake, start: date, end: date, weights: Weights) -> pl.DataFrame:
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
        else doubtful(evaluate(before, weights))
    )


def previous_period(start: date, end: date) -> tuple[date, date]:
    """Return the period before: the previous calendar month of a month, else as many days.

    >>> previous_period(date(2026, 3, 1), date(2026, 4, 1))
    (datetime.date(2026, 2, 1), datetime.date(2026, 3, 1))
    """
    is_month = start.day == 1 and end == (start + timedelta(days=31)).replace(day=1)
    return (
        (start - timedelta(days=1)).replace(day=1) if is_month else start - (end - start)
    ), start


def _main_act(frame: pl.DataFrame, operators: pl.DataFrame) -> Codes:
    """Return which own part each operator has most of: a ring, a first reply, an answer."""
    act = (
        pl.col("channel")
        .cast(pl.String)
        .replace_strict(OWN_ACTS, default="ring", return_dtype=pl.String)
    )
    counted = frame.group_by("operator_id", act.alias("act")).len().sort("len", "act")
    main = counted.group_by("operator_id", maintain_order=True).last()
    return codes(operators.join(main, on="operator_id", maintain_order="left")["act"])


def _points(scored: Scored) -> tuple[Floats, Floats]:
    r = scored.result
    return 50 + 10 * r.q / r.scale, 10 * r.sd / r.scale


def _is_enough(scored: Scored) -> pl.Series:
    reliability = pl.Series(scored.result.reliability)
    w = scored.weights
    return (scored.operators["n"] >= w.min_contacts) & (reliability >= w.min_reliability)


def below(points: Floats, sd: Floats, weights: Weights) -> Floats:
    """Return the probability that who has these points is below the agreed minimum."""
    x = (50 + 10 * weights.minimum - points) / np.maximum(sd, 1e-9)
    # Phi, error below 2e-4
    return np.asarray(1 / (1 + np.exp(-np.clip(1.5976 * x + 0.07056 * x**3, -500, 500))))


def doubtful(scored: Scored) -> pl.DataFrame:
    """Return operator_id of those probably below the minimum in a period, enough measured."""
    low = below(*_points(scored), scored.weights) > scored.weights.flag_attention
    return scored.operators.filter(pl.Series(low) & _is_enough(scored)).select("operator_id")


def _widest_gap(scored: Scored) -> Floats:
    """Return by how much (share) the worst weighted component stands below its expectation."""
    gaps = [
        np.nan_to_num(-o.fit.gap)
        for name, o in scored.observed.items()
        if not o.is_band and scored.weights.components.get(name, 0) > 0
    ]
    return np.max(gaps, axis=0) if gaps else np.zeros(len(scored.operators))


def _components(scored: Scored) -> pl.Series:
    total = sum(scored.weights.components[name] for name in scored.result.parts)
    structs = {}
    for name, o in scored.observed.items():
        weight = scored.weights.components.get(name, 0) if name in scored.result.parts else 0
        part = scored.result.parts.get(name, np.zeros(len(scored.operators)))
        natural = np.exp if o.is_band else np.asarray
        structs[name] = (
            pl.DataFrame(
                {
                    "value": natural(o.fit.value),
                    "expected": natural(o.fit.expected),
                    "n": o.fit.n.astype(np.int64),
                    "weight": np.full(len(part), weight / total if total else 0.0),
                    "contribution": 10 * part / scored.result.scale,
                    "reliability": o.fit.reliability,
                }
            )
            .select(pl.col(pl.Float64).fill_nan(None).round(6), "n")
            .to_struct(name)
        )
    return pl.DataFrame(structs).to_struct("components").struct.json_encode()


def judged(
    scored: Scored, earlier: list[pl.DataFrame], hired: pl.DataFrame, start: date, end: date
) -> pl.DataFrame:
    """Return the rows of `score`: shown or hidden, flagged or not.

    Args:
        scored: the period start <= day < end.
        earlier: `doubtful` of the periods before.
        hired: operator_id, hired_on (null where unknown).
    """
    points, sd = _points(scored)
    times = pl.concat([doubtful(scored), *earlier]).group_by("operator_id").len("doubted")
    newest = end - timedelta(days=scored.weights.new_operator_days)
    low = pl.col("p_low") > scored.weights.flag_attention
    attention = low & (pl.col("doubted") >= 2) & (pl.col("gap") >= scored.weights.gap)
    return (
        scored.operators.with_columns(
            pl.lit(start).alias("period_start"),
            pl.lit(end).alias("period_end"),
            pl.Series("score", points),
            pl.Series("score_low", points - Z80 * sd),
            pl.Series("score_high", points + Z80 * sd),
            pl.Series("reliability", scored.result.reliability),
            pl.Series("p_low", below(points, sd, scored.weights)),
            pl.Series("gap", _widest_gap(scored)),
            _components(scored),
            _is_enough(scored).alias("is_enough"),
        )
        .join(hired, on="operator_id", how="left")
        .join(times, on="operator_id", how="left")
        .with_columns(
            flag=pl.when(attention)
            .then(pl.lit("attention"))
            .when(pl.col("p_low") > scored.weights.flag_watch)
            .then(pl.lit("watch")),
            # unknown hired_on counts as experienced
            is_shown=pl.col("is_enough") & (pl.col("hired_on") <= newest).fill_null(True),
        )
        .with_columns(pl.when("is_shown").then(pl.col("score", "score_low", "score_high", "flag")))
        .select(pl.col(COLUMNS))
        .cast({"n": pl.Int64})
        .sort("operator_id")
    )
