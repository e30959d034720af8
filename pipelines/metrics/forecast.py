"""How many contacts come: the forecast of the board and of the week's risk, and how far it is off.

    expected = sum of weight · capped / sum of weights,   weight = .85^k of the k-th day before

over up to eight days of its kind before; a slot is capped at its median + 3 √(median + 1), so that
an old outbreak does not teach it. Recent weeks weigh more: where volumes grow or a quiet season
begins, a plain mean lags behind. Measured on both, docs/metrics.md, "Forecast".
"""

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]

DAYS = 8
LEAST_DAYS = 4
DECAY = 0.85
ORIGINS = 4  # days that are forecast from those before them, to see how far a forecast is off


def expected(counts: Counts) -> Counts:
    """Return what is expected in each slot of a day.

    Args:
        counts: a row a day before, the latest first, at least one; a column a slot.

    >>> expected(np.array([[10.0, 0.0], [10.0, 2.0], [500.0, 1.0]])).round(2).tolist()
    [12.79, 0.94]
    """
    counts = counts[:DAYS]
    median = np.median(counts, axis=0)
    capped = np.minimum(counts, median + 3 * np.sqrt(median + 1))
    weights = DECAY ** np.arange(len(counts))
    return np.asarray(weights @ capped / weights.sum(), dtype=np.float64)


def misses(counts: Counts) -> tuple[float, float]:
    """Return by how many contacts the forecasts of the latest days were off, and how many came.

    Each of up to ORIGINS latest days is forecast from the days before it, where there are enough.
    The first through the second is the weighted error of the forecast (WAPE); of several lines or
    days both are added up before.

    >>> misses(np.array([[12.0], [10.0], [10.0], [10.0], [10.0]]))
    (2.0, 12.0)
    """
    off, came = 0.0, 0.0
    for n in range(min(ORIGINS, len(counts) - LEAST_DAYS)):
        off += float(np.abs(expected(counts[n + 1 :]) - counts[n]).sum())
        came += float(counts[n].sum())
    return off, came


def wape(counts: Counts) -> float | None:
    """Return the weighted error of the forecast of a slot; None: too few days, or nothing came."""
    off, came = misses(counts)
    return off / came if came else None
