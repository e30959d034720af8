"""The verdict of a promise: kept, at_risk, broken, below_own_target, no_data.

With two dozen promises chance alone breaks some each week, so a verdict needs an interval:
- kept: the share reaches the goal (a mean does not exceed its target);
- at_risk: it does not, but the goal lies within the interval: chance can explain it;
- broken: the whole interval lies on the wrong side. Where the promise is our own assumption this is
  below_own_target: nobody promised it to the citizen;
- no_data: nothing to judge. Never 0 % and never 100 %.
The interval of a share is Wilson's, of a mean the normal one (both 95 % with z = 1.96).
"""

import polars as pl


def wilson(share: pl.Expr, n: pl.Expr, z: float) -> tuple[pl.Expr, pl.Expr]:
    """Return the lower and upper end of Wilson's interval of a share of n.

    >>> frame = pl.DataFrame({"p": [0.9], "n": [100]})
    >>> low, high = wilson(pl.col("p"), pl.col("n"), 1.96)
    >>> frame.select(low=low.round(4), high=high.round(4)).row(0)
    (0.8256, 0.9448)
    """
    centre = share + z * z / (2 * n)
    spread = z * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt()
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def with_verdict(frame: pl.DataFrame, z: float) -> pl.DataFrame:
    """Add `state` to rows with kind, n, share, value, value_sd, goal, target_s, basis."""
    n = pl.col("n").cast(pl.Float64)
    _, high = wilson(pl.col("share"), n, z)
    is_mean = pl.col("kind") == "mean"
    margin = z * pl.col("value_sd").fill_null(0.0) / n.sqrt()
    is_kept = (
        pl.when(is_mean)
        .then(pl.col("value") <= pl.col("target_s"))
        .otherwise(pl.col("share") >= pl.col("goal"))
    )
    is_broken = (
        pl.when(is_mean)
        .then(pl.col("value") - margin > pl.col("target_s"))
        .otherwise(high < pl.col("goal"))
    )
    return frame.with_columns(
        state=pl.when(pl.col("n") == 0)
        .then(pl.lit("no_data"))
        .when(is_kept.fill_null(True))  # a promise without a goal is only shown
        .then(pl.lit("kept"))
        .when(~is_broken)
        .then(pl.lit("at_risk"))
        .when(pl.col("basis") == "assumed")
        .then(pl.lit("below_own_target"))
        .otherwise(pl.lit("broken"))
    )
