"""Funnel limits: how far from its expectation a share may lie by chance, given its contacts.

Spiegelhalter, "Funnel plots for comparing institutional performance" (2005, doi 10.1002/sim.1970);
operators truly differ a little, which an additive variance between them allows for (Spiegelhalter,
"Handling over-dispersion of performance indicators", 2005, doi 10.1136/qshc.2005.013755).
"""

import polars as pl

FEWEST = 10  # operators of a component, below which the variance between them is a guess
_WINSOR = 0.1  # of each end of z: the outlying must not widen the limits they are held against
_SIGMAS = (2, 3)

LIMITS = {
    "z": pl.Float64,
    "outside": pl.String,
} | {f"{side}_{k}": pl.Float64 for k in _SIGMAS for side in ("low", "high")}


def with_limits(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the limits of each operator's gap, by component.

    Args:
        rows: component, n (contacts), value (observed share), gap (value less expected); n > 0.

    Returns:
        The rows with z (gap in standard deviations), low_2, high_2, low_3, high_3 (of the gap, by
        the n of the row), outside (below_3, below_2, above_2, above_3: beyond these limits; null:
        inside). All null where a component has fewer than FEWEST operators or never varies.
    """
    by = "component"
    n, gap = pl.col("n").cast(pl.Float64), pl.col("gap")
    rate = ((n * pl.col("value")).sum() / n.sum()).over(by)
    chance = rate * (1 - rate) / n
    raw = gap / chance.sqrt()
    operators = pl.len().over(by)
    ends = [raw.quantile(q, "linear").over(by) for q in (_WINSOR, 1 - _WINSOR)]
    dispersion = (raw.clip(*ends) ** 2).mean().over(by)
    weight, of_squares = (1 / chance).sum().over(by), (1 / chance**2).sum().over(by)
    between = (operators * dispersion - (operators - 1)) / (weight - of_squares / weight)
    known = (operators >= FEWEST) & (chance > 0)
    sd = pl.when(known).then((chance + between.clip(lower_bound=0)).sqrt())
    z = gap / sd
    return rows.with_columns(
        z=z,
        outside=pl.when(z < -_SIGMAS[1])
        .then(pl.lit("below_3"))
        .when(z < -_SIGMAS[0])
        .then(pl.lit("below_2"))
        .when(z > _SIGMAS[1])
        .then(pl.lit("above_3"))
        .when(z > _SIGMAS[0])
        .then(pl.lit("above_2"))
        .otherwise(None),
        **{f"low_{k}": -k * sd for k in _SIGMAS},
        **{f"high_{k}": k * sd for k in _SIGMAS},
    )
