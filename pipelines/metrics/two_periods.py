"""A figure of two periods in one question, where the one ends as the other begins."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.periods import period_at
from pipelines.metrics.query import Query

Figure = Callable[[Lake, Query], pl.DataFrame]


def of_both(
    figure: Figure, lake: Lake, now: Query, before: Query, kind: str, *by: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what a figure of `pipelines.metrics` says of each of two periods.

    Args:
        figure: a question that can be grouped by weeks, months and quarters, and says of each what
            it says when asked for it alone.
        now, before: whole periods of `kind` (week, month, quarter), without groups. by: groups.

    Returns:
        The frames of `figure` for now and before, grouped by `by`.
    """
    if before.end != now.start:
        return of_each(figure, lake, now, before, *by)
    both = figure(lake, replace(now, start=before.start, by=(kind, *by)))
    return _of(figure, lake, now, both, kind, by), _of(figure, lake, before, both, kind, by)


def of_each(
    figure: Figure, lake: Lake, now: Query, before: Query, *by: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what `of_both` does, by a question each."""
    return figure(lake, replace(now, by=by)), figure(lake, replace(before, by=by))


def _of(
    figure: Figure, lake: Lake, query: Query, both: pl.DataFrame, kind: str, by: tuple[str, ...]
) -> pl.DataFrame:
    name = period_at(query.start.astimezone(lake.settings.tz).date(), kind)
    rows = both.filter(pl.col(kind) == name).drop(kind)
    # of a period without a row only the question itself knows what it says
    return rows if len(rows) or by else figure(lake, query)
