"""How everybody's level moved since the base period: what a score among peers cannot show.

A score holds each operator against the average of the same period, so were all to improve alike,
none would move. Told beside it: all contacts of a period against those of the base period, matter
by matter, in points of the period's own scale. Formulas: docs/score.md.
"""

import numpy as np
import polars as pl

from pipelines.operators.composite import Composite, Observed
from pipelines.operators.model import fit
from pipelines.operators.strata import levels
from pipelines.operators.weights import Weights

BASE = "base"  # the factor in operator_contrasts
SHARES = ("sla", "fcr", "csat", "confirmation")  # shares of contacts; reviews are few


def moved(
    base: pl.DataFrame,
    now: pl.DataFrame,
    observed: dict[str, Observed],
    result: Composite,
    weights: Weights,
) -> dict[str, object] | None:
    """Return by how many points the average contact of a period is above that of the base period.

    Args:
        base, now: of `observations`, of both periods.
        observed, result: made of `now`.

    Returns:
        factor (BASE), operators (of both periods), points, sd (clustered by operator: contacts of
        one person are alike); None where nothing is measured in both.
    """
    both = pl.concat([base, now], how="vertical_relaxed")
    later = np.repeat(np.array([0, 1]), [len(base), len(now)])
    people = both["operator_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    size = int(people.max(initial=-1)) + 1
    total = sum(weights.components[name] for name in result.parts)
    points, influence, told = 0.0, np.zeros(size), False
    for name in (one for one in result.parts if one in SHARES):
        rows = np.flatnonzero(both[name].is_not_null().to_numpy())
        if len(set(later[rows].tolist())) < 2:
            continue
        made = fit(
            both[name].cast(pl.Float64).to_numpy()[rows],
            later[rows],
            2,
            levels(both[rows], weights.strata),
            weights.prior_m,
            binary=True,
        )
        each = 10 * weights.components[name] / total / (observed[name].fit.tau * result.scale)
        sign = np.where(later[rows] == 1, 1.0, -1.0) * made.variance[later[rows]]
        points += each * float(made.effect[1] - made.effect[0])
        influence += each * np.bincount(people[rows], sign * made.residual, size)
        told = True
    if not told:
        return None
    sd = float(np.sqrt(np.sum(influence**2) * size / max(size - 1, 1)))
    return {"factor": BASE, "operators": size, "points": points, "sd": sd}
