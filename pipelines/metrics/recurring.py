"""Recurring problems as a page asks for them: the Pareto order, sums, days."""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.problems import problems
from pipelines.metrics.query import Query

PARTS = ("share", "cumulative_share", "repeat_share")
PARETO = 0.8  # the few categories that together make four contacts of five


def recurring(lake: Lake, query: Query) -> pl.DataFrame:
    """Return categories by volume, each with its part of all contacts and the part up to it.

    Returns:
        As `problems` by category, most contacts first, and: share (of the contacts of known
        category), cumulative_share (of this category and those above), repeat_share (repeats of
        contacts). Contacts of no category (null) are the last row, their shares null.
    """
    return in_order(problems(lake, replace(query, by=("category",))), "category")


def in_order(frame: pl.DataFrame, group: str) -> pl.DataFrame:
    """Sort groups of `problems` by volume and give each its part; those of no group stand last."""
    known = pl.when(pl.col(group).is_not_null()).then(pl.col("contacts"))
    return frame.sort(
        pl.col(group).is_null(), -pl.col("contacts"), pl.col(group), maintain_order=True
    ).with_columns(
        share=known / known.sum(),
        cumulative_share=known.cum_sum() / known.sum(),
        repeat_share=pl.col("repeats") / pl.col("contacts"),
    )


def recurring_sums(frame: pl.DataFrame) -> dict[str, float | None]:
    """Add up the rows of `recurring`; people are not additive and stay out.

    Returns:
        contacts, repeats, repeat_share (null: no citizen known); unnamed (contacts of no category),
        categories; excess (null: usual unknown for every category); bursts (categories in a
        burst; null: not known to this scope), most (how many categories make PARETO of the contacts
        of known category).

    >>> rows = {"category": ["a", "b", None], "contacts": [8, 2, 2], "repeats": [1, 0, 0],
    ...         "excess": [2.0, None, None], "burst": [True, False, False],
    ...         "cumulative_share": [0.8, 1.0, None]}
    >>> sums = recurring_sums(pl.DataFrame(rows))
    >>> sums["most"], sums["excess"], sums["unnamed"], sums["categories"]
    (1, 2.0, 2, 2)
    """
    excess, repeats = pl.col("excess").drop_nulls(), pl.col("repeats").drop_nulls()
    contacts = pl.col("contacts").sum()
    before = pl.col("cumulative_share").drop_nulls().shift(1, fill_value=0.0)
    row: dict[str, float | None] = frame.select(
        contacts=contacts,
        repeats=pl.when(repeats.len() > 0).then(repeats.sum()),
        repeat_share=pl.when(repeats.len() > 0, contacts > 0).then(repeats.sum() / contacts),
        unnamed=pl.col("contacts").filter(pl.col("category").is_null()).sum(),
        categories=pl.col("category").count(),
        excess=pl.when(excess.len() > 0).then(excess.sum()),
        bursts=pl.when(pl.col("burst").count() > 0).then(pl.col("burst").sum()),
        most=(before < PARETO - 1e-9).sum(),
    ).row(0, named=True)
    return row


def recurring_days(lake: Lake, query: Query, category: str | None) -> pl.DataFrame:
    """Return one category day by day beside what is usual.

    Returns:
        One row a day with contacts, citizens, repeats, baseline (null: too little history) and
        excess; day is YYYY-MM-DD; days without contacts are left out.
    """
    where = {**query.where, "category": (category,)}
    return problems(lake, replace(query, by=("day",), where=where)).drop("burst").sort("day")
