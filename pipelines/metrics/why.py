"""Why a share moved from one period to the next: mix of lines, categories, hours, and the rest.

Said only of changes outside usual variation: larger than chance on so many contacts, and than twice
the usual week-to-week change of the weeks before, where those are known. Formulas: `split`,
docs/metrics.md#why-it-moved.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import sqrt
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.level_model import level_model
from pipelines.metrics.promised import promise_counts
from pipelines.metrics.query import Query
from pipelines.metrics.sla import sla
from pipelines.metrics.split import closed, split_parts
from pipelines.metrics.two_periods import of_both, of_each
from pipelines.metrics.week_figures import rating_counts

WEEKS = 8  # looked back at
LEAST_CHANGES = 3  # fewer changes between whole weeks say nothing of what is usual
CHANCE = 1.96  # standard errors of the difference of two shares
USUAL = 2.0  # times the median change
LEAST_BASE = 30
LINES = 3  # named; the others are one step
LEVELS = ("line", "category", "hour_of_day")
Totals = tuple[tuple[int, int], ...]  # (n, top) before and now
Counts = Callable[[Lake, Query], pl.DataFrame]  # the groups asked for, n (base), top


def why(
    lake: Lake,
    now: Query,
    before: Query,
    kind: str,
    kept: pl.DataFrame,
    totals: Mapping[str, Totals],
) -> list[dict[str, Any]]:
    """Return the shares that moved more than they usually do, each with its parts.

    Args:
        now, before: the periods, without groups. kind: week, month or quarter. kept: promises of
            both (`week`), to look at the one that moved most. totals: of the level and csat,
            counted in all already.

    Returns:
        Of the service level, the ratings of 4 and 5 and one promise those with news: figure (name
        of `week_headline`), before, now (shares), usual (the change that would be no news), parts:
        frame of step (mix_line, mix_category, mix_hour; within: of a line; within_rest: of the
        others), line (null but for within), change (of the share; the sum is now - before), shown
        (thousandths; the sum is the difference of the shares as shown). Of the service level also
        model: the same change by its causes, as `level_model` returns it.
    """
    asked: list[tuple[str, Counts, tuple[str, ...], Totals]] = [
        (name, counts, LEVELS, totals[name])
        for name, counts in (("level", _level), ("csat", rating_counts))
    ]
    if row := _moved_most(kept):
        met = (row["n_before"], row["met_before"]), (row["n"], row["met"])
        promise = row["promise"]
        asked.append((f"promise:{promise}", _of_promise(promise), LEVELS[:2], met))
    found = [_moved(lake, now, before, kind, *one) for one in asked]
    return [one for one in found if one]


def usual_change(
    history: list[tuple[int, int]], before: tuple[int, int], now: tuple[int, int]
) -> float:
    """Return the change of a share that would be no news.

    Args:
        history: (n, top) of the weeks before, in their order, those without a base left out.
        before, now: (n, top) of the two that are compared.
    """
    n = before[0] + now[0]
    share = (before[1] + now[1]) / n
    chance = CHANCE * sqrt(share * (1 - share) * (1 / before[0] + 1 / now[0]))
    shares = [top / base for base, top in history]
    changes = [abs(b - a) for a, b in pairwise(shares)]
    return max(chance, USUAL * median(changes) if len(changes) >= LEAST_CHANGES else 0.0)


def _moved(
    lake: Lake,
    now: Query,
    before: Query,
    kind: str,
    name: str,
    counts: Counts,
    by: tuple[str, ...],
    totals: Totals,
) -> dict[str, Any] | None:
    first, last = totals
    if min(first[0], last[0]) < LEAST_BASE:
        return None
    change = last[1] / last[0] - first[1] / first[0]
    if abs(change) <= usual_change([], first, last):  # no need to look back
        return None
    usual = usual_change(_history(lake, before, counts), first, last)
    if abs(change) <= usual:
        return None
    ours, past = (
        # an entry of the journal is held against the days of the question, so two are two
        of_each(counts, lake, now, before, *by)
        if name.startswith("promise:")
        else of_both(counts, lake, now, before, kind, *by)
    )
    cells = ours.join(
        past,
        on=list(by),
        how="full",
        coalesce=True,
        nulls_equal=True,
        suffix="_before",
    )
    shares = first[1] / first[0], last[1] / last[0]
    told = {
        "figure": name,
        "before": shares[0],
        "now": shares[1],
        "usual": usual,
        "parts": parts(cells.fill_null(0), by, *shares),
    }
    return told | {"model": level_model(lake, now, before, shares)} if name == "level" else told


def _history(lake: Lake, before: Query, counts: Counts) -> list[tuple[int, int]]:
    """Return n and top of the weeks up to `before`; of longer periods too few are known."""
    if before.end - before.start > timedelta(days=8):
        return []
    since = before.start - timedelta(days=7 * (WEEKS - 1))
    weeks = counts(lake, replace(before, start=since, by=("week",))).filter(pl.col("n") > 0)
    return list(weeks.sort("week").select("n", "top").iter_rows())


def parts(cells: pl.DataFrame, by: tuple[str, ...], before: float, now: float) -> pl.DataFrame:
    """Return the steps from one share to the other, as `why` describes them.

    Args:
        cells: the groups `by`, n, top, n_before, top_before.
    """
    used = cells.filter((pl.col("n") > 0) | (pl.col("n_before") > 0)).sort(by, nulls_last=True)
    levels = [
        used.select(pl.struct(by[: i + 1]).rank("dense").alias("id"))["id"].to_numpy() - 1
        for i in range(len(by))
    ]
    base, top = ((_floats(used, f"{word}_before"), _floats(used, word)) for word in ("n", "top"))
    *mixes, within = split_parts([level.astype(np.int64) for level in levels], base, top)
    by_line = (
        used.select("line", change=pl.Series(within))
        .group_by("line")
        .agg(pl.col("change").sum())
        .sort(pl.col("change").abs(), "line", descending=[True, False], nulls_last=True)
    )
    counts = [1, *(int(level.max()) + 1 for level in levels)]
    steps: list[tuple[str, str | None, float]] = [
        (f"mix_{name.split('_')[0]}", None, float(mix.sum()))
        for name, mix, n, outer in zip(by, mixes, counts[1:], counts, strict=False)
        if n > outer  # one line has no mix of lines
    ]
    steps += [("within", line or "", change) for line, change in by_line.head(LINES).iter_rows()]
    if len(by_line) > LINES:
        steps.append(("within_rest", None, float(by_line[LINES:]["change"].sum())))
    frame = pl.DataFrame(
        steps, schema={"step": pl.String, "line": pl.String, "change": pl.Float64}, orient="row"
    )
    shown = closed(frame["change"].to_list(), before, now)
    return frame.with_columns(shown=pl.Series(shown, dtype=pl.Int64))


def _floats(frame: pl.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return frame[name].to_numpy().astype(np.float64)


def _level(lake: Lake, query: Query) -> pl.DataFrame:
    return sla(lake, query).select(*query.by, n="base", top="within")


def _of_promise(promise: str) -> Counts:
    def counts(lake: Lake, query: Query) -> pl.DataFrame:
        return promise_counts(lake, query, promise).rename({"met": "top"})

    return counts


def _moved_most(kept: pl.DataFrame) -> dict[str, Any] | None:
    """Return the promise whose share moved most for its base; None: no share is of enough."""
    both = kept.filter(
        (pl.col("unit") == "share")
        & (pl.min_horizontal("n", "n_before") >= LEAST_BASE)
        & (pl.col("moved").abs() > 0)
        & (pl.col("kind") != "coverage")
    )
    moved = both.sort(
        pl.col("moved").abs() * pl.col("n").sqrt(), "promise", descending=[True, False]
    )
    return moved.row(0, named=True) if len(moved) else None
