"""Rows of lake.operator_scores made of a fitted period: shown or hidden, flagged or not."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.lake.schema import TABLES
from pipelines.operators.composite import Z80
from pipelines.operators.evaluated import Scored
from pipelines.operators.level import Base
from pipelines.operators.model import mean_of
from pipelines.operators.standing import Floats
from pipelines.operators.weights import BAND, REVIEW, Weights

COLUMNS = list(TABLES["operator_scores"])


def points(scored: Scored) -> tuple[Floats, Floats]:
    """Return score and its sd, points."""
    r = scored.result
    return 50 + 10 * r.q / r.scale, 10 * r.sd / r.scale


def is_enough(scored: Scored) -> pl.Series:
    """Return of whom there are contacts and reliability enough to show a score."""
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
    low = below(*points(scored), scored.weights) > scored.weights.flag_attention
    return scored.operators.filter(pl.Series(low) & is_enough(scored)).select("operator_id")


def _base_expected(scored: Scored, name: str) -> Floats:
    """Return what an average operator of the base period would have got on the same contacts."""
    o, size = scored.observed[name], len(scored.operators)
    if o.level is None:
        return np.full(size, np.nan)
    who = scored.code[o.rows]
    p, _ = mean_of(o.fit.predicted - o.level.shift, binary=name not in (BAND, REVIEW))
    with np.errstate(invalid="ignore"):
        return np.bincount(who, p, size) / o.fit.n


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
                    "base": natural(_base_expected(scored, name)),
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
    scored: Scored,
    earlier: list[pl.DataFrame],
    hired: pl.DataFrame,
    start: date,
    end: date,
    base: Base | None = None,
) -> pl.DataFrame:
    """Return the rows of `score`: shown or hidden, flagged or not.

    Args:
        scored: the period start <= day < end.
        earlier: `doubtful` of the periods before.
        hired: operator_id, hired_on (null where unknown).
        base: whose scale it is; the period itself where it is the base.
    """
    place, sd = points(scored)
    times = pl.concat([doubtful(scored), *earlier]).group_by("operator_id").len("doubted")
    newest = end - timedelta(days=scored.weights.new_operator_days)
    low = pl.col("p_low") > scored.weights.flag_attention
    attention = low & (pl.col("doubted") >= 2) & (pl.col("gap") >= scored.weights.gap)
    return (
        scored.operators.with_columns(
            pl.lit(start).alias("period_start"),
            pl.lit(end).alias("period_end"),
            pl.lit(base.start if base else None, dtype=pl.Date).alias("base_start"),
            pl.lit(base.end if base else None, dtype=pl.Date).alias("base_end"),
            pl.Series("score", place),
            pl.Series("score_low", place - Z80 * sd),
            pl.Series("score_high", place + Z80 * sd),
            pl.Series("reliability", scored.result.reliability),
            pl.Series("p_low", below(place, sd, scored.weights)),
            pl.Series("gap", _widest_gap(scored)),
            _components(scored),
            is_enough(scored).alias("is_enough"),
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
