"""What `why` counts of each figure it looks at: base and sum of a group, squares of means."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, plan, run, settled_days, union_sql
from pipelines.metrics.promised import promise_counts
from pipelines.metrics.query import Query
from pipelines.metrics.sla import sla
from pipelines.metrics.volume import group_by, group_list
from pipelines.metrics.week_figures import rating_counts

MEANS = ("wait", "handle")  # of legs; all others are of promises
LEVELS = ("line", "category", "hour_of_day")
Totals = tuple[tuple[float, float], ...]  # (n, top) before and now
Counts = Callable[[Lake, Query], pl.DataFrame]  # the groups asked for, n (base), top
_LEG_MEASURES = ("n_waits", "wait_sum_s", "n_handled", "handle_sum_s")
_LEG_SUMS = """
coalesce(sum(n_waits), 0)::bigint as n_wait,
coalesce(sum(wait_sum_s), 0)::double as wait_s,
coalesce(sum(n_handled), 0)::bigint as n_handle,
coalesce(sum(handle_sum_s), 0)::double as handle_s"""
_LEG_SQUARES = f"""{_LEG_SUMS},
coalesce(sum(wait_sum_s * wait_sum_s), 0)::double as wait_squares,
coalesce(sum(handle_sum_s * handle_sum_s), 0)::double as handle_squares"""


@dataclass(frozen=True)
class Asked:
    """A figure to look at: its base and sum, the groups its change is split by.

    totals: before and now, where they are counted already. cells: of a mean, counts of the groups
    with `squares`, the sum of the squares of the single values.
    """

    figure: str
    unit: str  # share, s
    counts: Counts
    by: tuple[str, ...] = LEVELS
    totals: Totals | None = None
    cells: Counts | None = None


def leg_sums(lake: Lake, query: Query) -> pl.DataFrame:
    """Return what the mean wait and the mean handling are made of.

    Returns:
        The groups, n_wait (answered legs), wait_s (their waits), n_handle (handled legs), handle_s
        (talk, hold and after-contact work): wait_s / n_wait is ASA, handle_s / n_handle is AHT, as
        `volume` has them.
    """
    return _legs(lake, query, _LEG_SUMS)


def leg_cells(lake: Lake, query: Query) -> pl.DataFrame:
    """Return `leg_sums`, from rows, with wait_squares and handle_squares (of single legs)."""
    return _legs(lake, query, _LEG_SQUARES)


@one_snapshot
def _legs(lake: Lake, query: Query, sums: str) -> pl.DataFrame:
    asked = query.at(lake)
    # a row of a mart is of several legs: squares of single ones are of rows
    settled = settled_days(lake, asked) if sums == _LEG_SUMS else frozenset()
    planned = plan(lake, asked, "mart_legs_15min", settled)
    sql, params = union_sql(asked, lake, "leg_facts", "mart_legs_15min", _LEG_MEASURES, planned)
    return run(
        lake, f"{sql} select {group_list(asked, sums)} from answer {group_by(asked)}", params
    )


def means_asked(totals: dict[str, Totals] | None = None) -> list[Asked]:
    """Return the means of legs to look at; both ask the same of the lake, once."""
    sums, cells = _once(leg_sums), _once(leg_cells)
    return [
        Asked(
            name,
            "s",
            _of_legs(sums, name),
            totals=totals[name] if totals else None,
            cells=_of_legs(cells, name, "squares"),
        )
        for name in MEANS
    ]


def _once(figure: Counts) -> Counts:
    kept: dict[tuple[object, ...], pl.DataFrame] = {}

    def counts(lake: Lake, query: Query) -> pl.DataFrame:
        key = (query.start, query.end, query.by)
        if key not in kept:
            kept[key] = figure(lake, query)
        return kept[key]

    return counts


def _of_legs(sums: Counts, name: str, *more: str) -> Counts:
    def counts(lake: Lake, query: Query) -> pl.DataFrame:
        told = {"n": f"n_{name}", "top": f"{name}_s"} | {one: f"{name}_{one}" for one in more}
        return sums(lake, query).select(*query.by, **told)

    return counts


def level_asked(totals: Totals | None = None) -> Asked:
    """Return the service level to look at."""

    def counts(lake: Lake, query: Query) -> pl.DataFrame:
        return sla(lake, query).select(*query.by, n="base", top="within")

    return Asked("level", "share", counts, totals=totals)


def ratings_asked(totals: Totals | None = None) -> Asked:
    """Return the share of ratings of 4 and 5 to look at."""
    return Asked("csat", "share", rating_counts, totals=totals)


def promise_asked(promise: str, unit: str, totals: Totals | None = None) -> Asked:
    """Return a promise to look at, its share or its mean; its contacts have no hours."""

    def counts(lake: Lake, query: Query) -> pl.DataFrame:
        found = promise_counts(lake, query, promise)
        if unit == "share":
            return found.select(*query.by, "n", top="met")
        return found.select(*query.by, "squares", n="met", top="sum")

    cells = None if unit == "share" else counts
    return Asked(f"promise:{promise}", unit, counts, LEVELS[:2], totals, cells)
