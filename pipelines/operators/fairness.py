"""Does a score depend on what it must not: how much of it goes with circumstances of the work.

One linear regression of all factors at once, operators as rows. A dependence is told apart from
chance only where its interval says so; with too few operators nothing is said at all.
"""

from statistics import NormalDist

import numpy as np
import polars as pl

from pipelines.operators.standing import Floats

MARGIN = 5.0  # points: half of the spread between operators, less than one score's own doubt
CONFIDENCE = 0.95  # of all the intervals together
FEWEST_PER_FACTOR = 10  # operators for each factor, below which a regression fits chance
_ENDS = (10, 90)  # percentiles of the operators between which a change is told

FEWEST_OWN = 20  # operators with contacts of several values of a factor: fewer are no sample
OWN = {
    "own_operators": pl.Int64,
    "own_change": pl.Float64,
    "own_low": pl.Float64,
    "own_high": pl.Float64,
    "own_verdict": pl.String,
}
SCHEMA = {
    "factor": pl.String,
    "operators": pl.Int64,
    "low": pl.Float64,
    "high": pl.Float64,
    "change": pl.Float64,
    "change_low": pl.Float64,
    "change_high": pl.Float64,
    "margin": pl.Float64,
    "verdict": pl.String,
    "reason": pl.String,
}


def dependence(outcome: Floats, factors: dict[str, Floats], logs: tuple[str, ...]) -> pl.DataFrame:
    """Return by how many points an outcome changes with each factor, the others held.

    Args:
        outcome: one value per operator, points: a score, or how far it is from the truth.
        factors: name -> one value per operator; nan is unknown. logs: those that act by ratio.

    Returns:
        A row per factor, in order: operators (how many it is told from), low and high (the
        factor of the 10th and 90th percentile operator, or of the least and most where these are
        the same), change (points from low to high), change_low and change_high (95 % for all
        factors together), margin (MARGIN), verdict: no_trace (the interval lies within MARGIN),
        depends (it leaves 0 out and reaches beyond MARGIN), cannot_tell; reason of the last: few
        (operators), same (all are alike in it), unknown (known of too few), wide (the interval).

    Source: ordinary least squares with the HC3 covariance (MacKinnon and White 1985; Long and
    Ervin 2000 for few observations), Bonferroni's share of the error for each factor; ten
    observations for each variable: Harrell, Regression Modeling Strategies, 4.4.
    """
    values = {name: np.log(np.maximum(x, 1e-9)) if name in logs else x
              for name, x in factors.items()}  # fmt: skip
    reasons = {name: _unusable(x) for name, x in values.items()}
    used = [name for name, reason in reasons.items() if reason is None]
    rows = np.isfinite(outcome)
    for name in used:
        rows &= np.isfinite(values[name])
    n = int(rows.sum())
    if n < FEWEST_PER_FACTOR * len(used):
        reasons |= dict.fromkeys(used, "few")
        used = []
    x = {name: values[name][rows] for name in used}
    ends = {name: _between_ends(one) for name, one in x.items()}
    slope, sd = _least_squares(outcome[rows], list(x.values())) if used else (np.empty(0),) * 2
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / max(1, len(used)))
    found = []
    for name in factors:
        row: dict[str, object] = {"factor": name, "operators": n, "margin": MARGIN,
                                  "verdict": "cannot_tell",
                                  "reason": reasons[name]}  # fmt: skip
        if name in used:
            low, high = ends[name]
            i = used.index(name)
            change, doubt = slope[i] * (high - low), z * sd[i] * abs(high - low)
            natural = np.exp if name in logs else float
            row |= {"low": float(natural(low)), "high": float(natural(high)), "change": change,
                    "change_low": change - doubt, "change_high": change + doubt}  # fmt: skip
            row["verdict"] = _verdict(change - doubt, change + doubt)
            row["reason"] = "wide" if row["verdict"] == "cannot_tell" else None
        found.append(row)
    return pl.DataFrame(found, schema=SCHEMA)


def with_own(
    found: pl.DataFrame, factors: dict[str, Floats], contrasts: pl.DataFrame
) -> pl.DataFrame:
    """Add to `dependence` what each factor does to the score of one and the same operator.

    Args:
        found: of `dependence`. factors: as there.
        contrasts: factor, operators, points, sd (of pipelines/operators/within.py).

    Returns:
        found and own_operators, own_change (points from low to high as there), own_low, own_high
        (95 % for all these together), own_verdict: as verdict; all null where the factor does not
        vary within operators, or in fewer than FEWEST_OWN of them.
    """
    told = contrasts.filter(pl.col("operators") >= FEWEST_OWN)
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / max(1, len(told)))
    rows = []
    for factor, n, points, sd in told.select("factor", "operators", "points", "sd").iter_rows():
        known = factors[factor][np.isfinite(factors[factor])]
        if len(known) > 1:
            low, high = _between_ends(known)
            width = high - low
            change, doubt = points * width, z * sd * width
            rows.append({
                "factor": factor, "own_operators": n, "own_change": change,
                "own_low": change - doubt, "own_high": change + doubt,
                "own_verdict": _verdict(change - doubt, change + doubt),
            })  # fmt: skip
    return found.join(
        pl.DataFrame(rows, schema={"factor": pl.String, **OWN}),
        on="factor", how="left", maintain_order="left",
    )  # fmt: skip


def _unusable(x: Floats) -> str | None:
    known = x[np.isfinite(x)]
    if len(known) < max(2, len(x) // 2):
        return "unknown"
    return "same" if np.ptp(known) < 1e-9 else None


def _between_ends(x: Floats) -> tuple[float, float]:
    low, high = np.percentile(x, _ENDS)
    return (float(low), float(high)) if high - low > 1e-9 else (float(x.min()), float(x.max()))


def _verdict(low: float, high: float) -> str:
    """Judge an interval of points.

    >>> [_verdict(*one) for one in ((-3.5, 1.0), (0.5, 8.0), (-1.0, 6.0))]
    ['no_trace', 'depends', 'cannot_tell']
    """
    if low >= -MARGIN and high <= MARGIN:
        return "no_trace"
    return "depends" if low > 0 or high < 0 else "cannot_tell"


def _least_squares(y: Floats, columns: list[Floats]) -> tuple[Floats, Floats]:
    """Return the slope of each column and its HC3 standard error, an intercept besides."""
    x = np.column_stack([np.ones(len(y)), *((c - c.mean()) / c.std() for c in columns)])
    inverse = np.linalg.pinv(x.T @ x)
    slope = inverse @ x.T @ y
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    residual = (y - x @ slope) / np.maximum(1 - leverage, 1e-6)
    meat = x.T @ (residual[:, None] ** 2 * x)
    sd = np.sqrt(np.maximum(np.diag(inverse @ meat @ inverse), 0))
    scale = np.array([c.std() for c in columns])
    return slope[1:] / scale, sd[1:] / scale
