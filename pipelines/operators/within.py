"""What circumstances of the work do to the score of one and the same operator.

Between operators a circumstance goes with who works in it; within one operator it does not. So each
contact is held against the other contacts of the same operator: whether it stands further above its
expectation at night than by day says nothing of who works at night. Formulas: docs/score.md.
"""

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.operators.composite import Composite, Observed
from pipelines.operators.help import lay
from pipelines.operators.standing import Codes, Floats
from pipelines.operators.weights import BAND, Weights

NIGHT = (20, 8)  # local hours in which the single line has no operators
WITHIN = ("night", "days_off", "written", "easiness")  # what one operator has both of
_SHAPE = {
    "factor": pl.String(), "operators": pl.Int64(), "points": pl.Float64(), "sd": pl.Float64(),
}  # fmt: skip


def circumstances(lake: Lake, frame: pl.DataFrame) -> dict[str, Floats]:
    """Return WITHIN of each row of `observations`: 0 or 1, easiness a share; nan is unknown."""
    days = lake.frame("select day as received_date, is_working from ref_calendar")
    easy = frame.group_by("category").agg(easiness=pl.col("fcr").mean())
    hour = pl.col("local_hour")
    found = (
        frame.select("received_date", "local_hour", "channel", "category")
        .join(days, on="received_date", how="left", maintain_order="left")
        .join(easy, on="category", how="left", maintain_order="left")
        .select(
            ((hour >= NIGHT[0]) | (hour < NIGHT[1])).alias("night"),
            (~pl.col("is_working").fill_null(value=True)).alias("days_off"),
            pl.col("channel").is_in(["chat", "portal"]).alias("written"),
            "easiness",
        )
    )
    return {
        name: found[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in WITHIN
    }  # fmt: skip


def contrasts(
    frame: pl.DataFrame,
    observed: dict[str, Observed],
    result: Composite,
    weights: Weights,
    factors: dict[str, Floats],
) -> pl.DataFrame:
    """Return by how many points of the score contacts of one operator differ with each factor.

    Args:
        frame: of `observations`. observed, result: made of it.
        factors: name -> one value per row of the frame; nan is unknown.

    Returns:
        factor, operators (who have contacts of several values of it), points (from value 0 to 1),
        sd. No row where nobody has.

    Source: one step of weighted least squares within operators (fixed effects), its variance
    clustered by operator (Liang and Zeger 1986; Cameron and Miller 2015, II and VI.A).
    """
    code = frame["operator_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    size, total = int(code.max()) + 1, sum(weights.components[name] for name in result.parts)
    laid = {}
    for name in result.parts:
        if name != BAND:  # a band has no direction
            made = observed[name]
            y, who = frame[name].cast(pl.Float64).to_numpy()[made.rows], code[made.rows]
            each = 10 * weights.components[name] / total / (made.unit * result.scale)
            # what of an effect reaches the score: the shrinkage of those measured
            kept = float(made.fit.reliability[made.fit.n > 0].mean())
            laid[name] = (made.rows, who, lay(name, made, y, who), each * kept)
    rows = []
    for factor, values in factors.items():
        points, moved = 0.0, np.zeros(size)
        both = np.zeros(size, dtype=bool)
        for at, who, part, each in laid.values():
            slope, influence, varies = _slope(values[at], part.weight, part.residual, who, size)
            points += each * slope
            moved += each * influence
            both |= varies
        n = int(both.sum())
        if n > 1:
            sd = float(np.sqrt(np.sum(moved**2) * n / (n - 1)))
            rows.append({"factor": factor, "operators": n, "points": points, "sd": sd})
    return pl.DataFrame(rows, schema=_SHAPE)


def _slope(
    x: Floats, weight: Floats, residual: Floats, who: Codes, size: int
) -> tuple[float, Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return the slope on x within operators, each one's part in its error, and who varies in x."""
    known = np.isfinite(x)
    x, weight = np.where(known, x, 0.0), np.where(known, weight, 0.0)
    whole = np.maximum(np.bincount(who, weight, size), 1e-12)
    off = np.where(known, x - (np.bincount(who, weight * x, size) / whole)[who], 0.0)
    own = np.bincount(who, weight * off**2, size)
    information = float(own.sum())
    if information < 1e-9:
        return 0.0, np.zeros(size), np.zeros(size, dtype=bool)
    slope = float(off @ residual) / information
    influence = np.bincount(who, off * (residual - slope * weight * off), size) / information
    return slope, influence, own > 1e-9
