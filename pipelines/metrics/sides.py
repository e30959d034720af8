"""Every promise from the sides a list shows: day by day, and the lines that answer for it."""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.promised import promises
from pipelines.metrics.query import Query


@one_snapshot
def promise_sides(lake: Lake, query: Query) -> pl.DataFrame:
    """Return each promise in one row day by day and by the lines that answer for it.

    Args:
        lake: open lake. query: as of `promises`; its groups are not used.

    Returns:
        promise, days (value of each day that has a base, oldest first: share 0-1, or seconds for a
        mean), lines (ids, the one that failed most often first; of a mean, the longest first;
        none of what stands on no line). Promises with no base have no row.
    """
    cells = (
        promises(lake, replace(query, by=("promise", "line", "day")))
        .filter(pl.col("n") > 0)
        .with_columns(
            total=pl.col("value") * pl.col("n"), failed=pl.col("breached") + pl.col("overdue")
        )
    )
    days = (
        cells.group_by("promise", "day")
        .agg(value=pl.col("total").sum() / pl.col("n").sum())
        .sort("day")
        .group_by("promise")
        .agg(days=pl.col("value"))
    )
    worst = pl.when("is_mean").then(pl.col("total") / pl.col("n")).otherwise("failed")
    lines = (
        cells.filter(pl.col("line").is_not_null())
        .group_by("promise", "line")
        .agg(pl.col("total", "n", "failed").sum(), is_mean=pl.col("failed").is_null().all())
        .sort(worst, "line", descending=[True, False])
        .group_by("promise", maintain_order=True)
        .agg(lines=pl.col("line"))
    )
    return days.join(lines, on="promise", how="left").sort("promise")
