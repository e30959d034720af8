"""Manual reviews as a component of the score: random ones only, without their reviewers' leniency.

Reviews of one contact by two people are one observation. The critical criteria are not here: they
are a gate of their own (`metrics.critical`), never averaged with anything. See docs/score.md.
"""

from datetime import date

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.operators.model import Fit
from pipelines.operators.standing import Codes, Floats, standing

FEWEST_REPEATED = 10  # observations beyond the first of each group, to know their spread

# counted: handed in, drawn at random, not taken out by an upheld appeal
_SQL = """
select review_id, contact_id, operator_id, reviewer, score / 100 as score
from lake.reviews
where received_date >= $start and received_date < $end
    and how = 'random' and reviewed_at is not null and state <> 'upheld' and score is not null
"""


def reviewed(lake: Lake, start: date, end: date) -> pl.DataFrame:
    """Return what the counted reviews of contacts of start <= received_date < end say.

    Returns:
        One row per contact_id and operator_id: review (share 0..1 less the leniency of who
        reviewed; the mean where two did).
    """
    found = lake.frame(_SQL, {"start": start, "end": end})
    return (
        found.join(leniency(found).select("reviewer", "leniency"), on="reviewer")
        .group_by("contact_id", "operator_id")
        .agg(review=(pl.col("score") - pl.col("leniency")).mean())
    )


def leniency(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return how much more than the others each reviewer gives.

    The reviewer's mean less the mean of all, shrunk as operators are: with few reviews, or where
    reviewers differ no more than chance makes them, it is near 0. Source: methods.md 2.2, 2.3b.

    Args:
        reviews: reviewer, score (share), drawn at random and dealt out at random.

    Returns:
        By reviewer: n, mean, leniency (share; their mean over all reviews is 0).
    """
    if reviews.is_empty():
        return pl.DataFrame(
            schema={"reviewer": pl.String, "n": pl.Int64, "mean": pl.Float64,
                    "leniency": pl.Float64}
        )  # fmt: skip
    names = reviews["reviewer"].unique().sort()
    code = reviews["reviewer"].rank("dense").cast(pl.Int64).to_numpy() - 1
    made = fit_means(reviews["score"].to_numpy(), code, len(names))
    shift = made.posterior - made.n @ made.posterior / made.n.sum()
    return pl.DataFrame(
        {"reviewer": names, "n": made.n.astype(np.int64), "mean": made.value, "leniency": shift}
    )


def fit_means(y: Floats, group: Codes, n_groups: int, unit: float | None = None) -> Fit:
    """Fit a one-way model of means: few observations a group, no strata, v = s^2 / n.

    The two-way fit of `model.py` needs many observations a person: with four it would take half of
    their noise for the person. Here s^2 is the variance within groups, all together.

    Args:
        y: one value per observation. group: its code 0..n_groups-1. unit: see `model.standing`.

    Returns:
        `model.Fit`, its effects relative to the plain mean of all.
    """
    n = np.bincount(group, minlength=n_groups).astype(float)
    has = n > 0
    mean = float(np.mean(y))
    with np.errstate(invalid="ignore"):
        value = np.bincount(group, y, n_groups) / n
    effect = np.where(has, value - mean, 0.0)
    left = len(y) - int(has.sum())
    # few second observations: how much of the spread is chance is not known, so all of it is
    is_known = left >= FEWEST_REPEATED
    within = np.sum((y - value[group]) ** 2) / left if is_known else np.var(y, ddof=len(y) > 1)
    s2 = max(float(within), 1e-12)
    with np.errstate(divide="ignore"):
        variance = s2 / n
    found = standing(effect, variance, unit=unit)
    nothing = np.where(has, 1.0, np.nan)
    return Fit(
        n=n,
        value=value,
        expected=(mean + found.mu) * nothing,
        slope=nothing,
        information=n / s2,
        taken=n / n.sum(),
        effect=effect,
        variance=variance,
        **found.fields(),
        residual=(y - mean - found.posterior[group]) / s2,
        predicted=np.full(len(y), mean + found.mu),
        steps=[],
    )
