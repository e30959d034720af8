"""Contacts per thousand uses of the service, where `uses.yml` says how often it was used."""

from datetime import date, datetime, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment
from pipelines.metrics.query import Query, day_start


def per_thousand(lake: Lake, query: Query, rows: pl.DataFrame) -> pl.DataFrame:
    """Add uses and per_thousand to rows by category.

    Uses of a month are spread evenly over it; the part of the period that has come counts. Null
    for groups other than the category, and where any month of the period has no number.
    """
    nothing = {"uses": pl.lit(None, pl.Float64), "per_thousand": pl.lit(None, pl.Float64)}
    if query.by != ("category",) or not lake.reference.uses:
        return rows.with_columns(**nothing)
    parts = _months(lake, query)
    known = pl.DataFrame(
        [(category, month, uses) for (category, month), uses in lake.reference.uses.items()],
        schema={"category": pl.String, "month": pl.Date, "month_uses": pl.Float64},
        orient="row",
    )
    uses = (
        known.join(parts, on="month")
        .group_by("category")
        .agg(
            uses=pl.when(pl.len() == len(parts)).then((pl.col("month_uses") * pl.col("part")).sum())
        )
    )
    return rows.join(uses, on="category", how="left", maintain_order="left").with_columns(
        per_thousand=1000 * pl.col("contacts") / pl.col("uses")
    )


def _months(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the months of the period: month (its first day) and the part of it asked about."""
    tz = lake.settings.tz
    end = min(query.end, moment(query))
    first = query.start.astimezone(tz).date().replace(day=1)
    rows: list[tuple[date, float]] = []
    while (begins := day_start(first, tz)) < end:
        following = (first + timedelta(days=32)).replace(day=1)
        ends = day_start(following, tz)
        asked = _length(max(begins, query.start), min(ends, end))
        rows.append((first, asked / _length(begins, ends)))
        first = following
    return pl.DataFrame(rows, schema={"month": pl.Date, "part": pl.Float64}, orient="row")


def _length(start: datetime, end: datetime) -> float:
    return end.timestamp() - start.timestamp()
