"""Figures over time: one metric by period, and contacts by hour of the week."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.metrics.problems import COLUMNS as PROBLEM_COLUMNS
from pipelines.metrics.problems import problems
from pipelines.metrics.promised import promises
from pipelines.metrics.query import TIME_GROUPS, Query
from pipelines.metrics.sla import DEFAULT_VARIANT, sla
from pipelines.metrics.volume import COLUMNS as VOLUME_COLUMNS
from pipelines.metrics.volume import volume

# name -> the metric that has it and its column
_NAMES: Mapping[str, tuple[str, str]] = {
    **{name: ("volume", name) for name in VOLUME_COLUMNS},
    **{name: ("problems", name) for name in PROBLEM_COLUMNS if name not in VOLUME_COLUMNS},
    "sla": ("sla", "share"),
}


def trend(
    lake: Lake,
    query: Query,
    metric: str,
    *,
    promise: str | None = None,
    threshold_s: float | None = None,
    variant: str = DEFAULT_VARIANT,
) -> pl.DataFrame:
    """Return one figure over time.

    Args:
        lake: open lake.
        query: its groups hold at least one of time (day when none is named).
        metric: a column of volume or problems, `sla`, or `promise` (then `promise` names it).
        promise: id of the promise. threshold_s, variant: of sla.

    Returns:
        The groups, value, and its base: n (legs for sla, the promise's base, contacts else). Value
        is null where nothing is known; periods with no rows at all are left out.

    Raises:
        QueryError: an unknown metric or group.
    """
    if not TIME_GROUPS & set(query.by):
        query = replace(query, by=(*query.by, "day"))
    if metric == "promise":
        if promise is None:
            raise QueryError("name the promise to draw")
        asked = replace(query, where={**query.where, "promise": (promise,)})
        found = promises(lake, asked)
        return found.select(*query.by, "value", "n")
    if metric not in _NAMES:
        raise QueryError(
            f"unknown metric '{metric}'{nearest(metric, _NAMES)}. "
            f"Known: {', '.join(_NAMES)}, promise."
        )
    of, column = _NAMES[metric]
    if of == "sla":
        levels = sla(lake, query, threshold_s, variant)
        return levels.select(*query.by, value="share", n="base")
    counted = volume(lake, query) if of == "volume" else problems(lake, query)
    return counted.select(*query.by, pl.col(column).cast(pl.Float64).alias("value"), n="contacts")


# a share of fewer has an interval about 40 points wide: its colour would say nothing
LEAST = 20


def heatmap(
    lake: Lake, query: Query, metric: str = "contacts", *, promise: str | None = None
) -> pl.DataFrame:
    """Return a figure by weekday (1-7) and hour of the day, every cell of the week.

    Args:
        lake: open lake. query: period and filters.
        metric, promise: as of `trend`.

    Returns:
        168 rows: weekday, hour_of_day, value (null: nothing known of that hour), n (null the same),
        is_small (the base is under LEAST).
    """
    known = trend(lake, replace(query, by=("weekday", "hour_of_day")), metric, promise=promise)
    cells = pl.DataFrame({"weekday": range(1, 8)}, schema={"weekday": pl.Int64}).join(
        pl.DataFrame({"hour_of_day": range(24)}, schema={"hour_of_day": pl.Int64}), how="cross"
    )
    return (
        cells.join(known, on=["weekday", "hour_of_day"], how="left")
        .with_columns(is_small=pl.col("n").fill_null(0) < LEAST)
        .sort("weekday", "hour_of_day")
    )
