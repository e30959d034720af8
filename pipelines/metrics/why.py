"""Why a share or a mean moved from one period to the next: mix of lines, categories, hours, rest.

Said only of changes outside usual variation: larger than chance on so many contacts, and than twice
the usual week-to-week change of the weeks before, where those are known. Formulas: `split`,
docs/metrics.md#why-it-moved.
"""

from collections.abc import Mapping, Sequence
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
from pipelines.metrics.query import Query
from pipelines.metrics.split import closed, split_parts
from pipelines.metrics.two_periods import of_both, of_each
from pipelines.metrics.why_counts import (
    MEANS,
    Asked,
    Counts,
    Totals,
    level_asked,
    means_asked,
    promise_asked,
    ratings_asked,
)

WEEKS = 8  # looked back at
LEAST_CHANGES = 3  # fewer changes between whole weeks say nothing of what is usual
CHANCE = 1.96  # standard errors of the difference of two shares or means
USUAL = 2.0  # times the median change
LEAST_BASE = 30
LINES = 3  # named; the others are one step
SIZES = ((86400, 3600), (3600, 60), (0, 1))  # seconds from which on a mean is shown in so many


def why(
    lake: Lake,
    now: Query,
    before: Query,
    kind: str,
    kept: pl.DataFrame,
    totals: Mapping[str, Totals],
) -> list[dict[str, Any]]:
    """Return the shares and means that moved more than they usually do, each with its parts.

    Args:
        now, before: the periods, without groups. kind: week, month or quarter. kept: promises of
            both (`week`), to look at the share and the mean that moved most. totals: of the level,
            csat and MEANS, counted in all already.

    Returns:
        Of those `asked_of` names the ones with news, as `looked_at` has them.
    """
    asked = asked_of(kept, totals)
    found = [looked_at(lake, now, before, kind, one) for one in asked]
    return [one for one in found if one["parts"] is not None]


def asked_of(kept: pl.DataFrame, totals: Mapping[str, Totals]) -> list[Asked]:
    """Return what is looked at: level, ratings, the promise whose share moved most, means.

    These are mean wait (ASA), mean handling (AHT) and the promise whose mean moved most.
    """
    shares = [level_asked(totals["level"]), ratings_asked(totals["csat"])]
    means = means_asked({name: totals[name] for name in MEANS})
    for unit, asked in (("share", shares), ("s", means)):
        if row := moved_most(kept, unit):
            asked.append(promise_asked(row["promise"], unit, _of_promise(row)))
    return [*shares, *means]


def _of_promise(row: dict[str, Any]) -> Totals:
    if row["unit"] == "share":
        return (row["n_before"], row["met_before"]), (row["n"], row["met"])
    return tuple(
        (row[n], row[n] * row[mean]) for n, mean in (("n_before", "value_before"), ("n", "value"))
    )


def looked_at(
    lake: Lake, now: Query, before: Query, kind: str | None, asked: Asked
) -> dict[str, Any]:
    """Return whether one figure moved more than it usually does, and then its parts.

    Args:
        now, before: the periods, without groups. kind: of both: week, month, quarter; None: days.

    Returns:
        figure (name of `week_headline`), unit (share, s), before, now (None: under 30 contacts in
        one of the periods), usual (the change that would be no news, at least), parts (None: no
        news): frame of step (mix_line, mix_category, mix_hour; within: of a line; within_rest: of
        the others), line (null but for within), change (of the figure; the sum is now - before),
        shown (whole thousandths of a share; seconds of a mean, of one with hours whole minutes, of
        one with days whole hours; the sum is the difference of the two as shown). Of the service
        level with news also model: the same change by its causes, as `level_model` returns it.
    """
    told: dict[str, Any] = {"figure": asked.figure, "unit": asked.unit}
    first, last = asked.totals or _totals(lake, now, before, kind, asked)
    if min(first[0], last[0]) < LEAST_BASE:
        return told | {"before": None, "now": None, "usual": None, "parts": None}
    values = first[1] / first[0], last[1] / last[0]
    told |= {"before": values[0], "now": values[1], "parts": None}
    change = abs(values[1] - values[0])
    # of shares chance is known from the totals: then there is no need to look back
    usual = 0.0 if asked.cells else usual_change([], first, last)
    if change > usual:
        history = _history(lake, before, kind, asked.counts)
        usual = max(usual, usual_of(history))
    size = size_of(asked.unit, *values)
    if change <= usual or round(values[0] / size) == round(values[1] / size):
        return told | {"usual": usual}
    counts = asked.cells or asked.counts
    ours, past = _both(lake, now, before, kind, asked, counts, asked.by)
    if asked.cells:
        usual = max(usual, chance_of_means(ours, past))
        if change <= usual:
            return told | {"usual": usual}
    cells = ours.join(
        past, on=list(asked.by), how="full", coalesce=True, nulls_equal=True, suffix="_before"
    )
    told |= {"usual": usual, "parts": parts(cells.fill_null(0), asked.by, *values, size)}
    if asked.figure != "level" or now.where:
        return told
    return told | {"model": level_model(lake, now, before, values)}


def size_of(unit: str, before: float, now: float) -> float:
    """Return the least difference that is shown: a tenth of a per cent; of means what SIZES says.

    >>> [size_of("s", 0, most) for most in (3599, 3600, 90000)], size_of("share", 0.1, 0.2)
    ([1, 60, 3600], 0.001)
    """
    if unit == "share":
        return 0.001
    return next(size for least, size in SIZES if max(before, now) >= least)


def usual_change(
    history: Sequence[tuple[float, float]], before: tuple[float, float], now: tuple[float, float]
) -> float:
    """Return the change of a share that would be no news.

    Args:
        history: (n, top) of the weeks before, in their order, those without a base left out.
        before, now: (n, top) of the two that are compared.
    """
    n = before[0] + now[0]
    share = (before[1] + now[1]) / n
    chance = CHANCE * sqrt(share * (1 - share) * (1 / before[0] + 1 / now[0]))
    return max(chance, usual_of(history))


def usual_of(history: Sequence[tuple[float, float]]) -> float:
    """Return twice the median change from week to week; 0: too few weeks tell."""
    values = [top / base for base, top in history]
    changes = [abs(b - a) for a, b in pairwise(values)]
    return USUAL * median(changes) if len(changes) >= LEAST_CHANGES else 0.0


def chance_of_means(now: pl.DataFrame, before: pl.DataFrame) -> float:
    """Return the difference of two means that chance alone makes in one of twenty cases.

    Args:
        now, before: n, top and squares of groups that are all of their period, n above 1 in all.

    >>> one = pl.DataFrame({"n": [50, 50], "top": [50.0, 150.0], "squares": [50.0, 450.0]})
    >>> round(chance_of_means(one, one), 4)  # half of them 1, half 3
    0.2786
    """
    errors = 0.0
    for side in (now, before):
        n, top, squares = (float(side[name].sum()) for name in ("n", "top", "squares"))
        errors += max(squares - top * top / n, 0.0) / (n - 1) / n
    return CHANCE * sqrt(errors)


def _both(
    lake: Lake,
    now: Query,
    before: Query,
    kind: str | None,
    asked: Asked,
    counts: Counts,
    by: tuple[str, ...] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    # an entry of the journal is held against the days of the question, so two are two
    if kind is None or asked.figure.startswith("promise:"):
        return of_each(counts, lake, now, before, *by)
    return of_both(counts, lake, now, before, kind, *by)


def _totals(lake: Lake, now: Query, before: Query, kind: str | None, asked: Asked) -> Totals:
    ours, past = _both(lake, now, before, kind, asked, asked.counts)
    return tuple((float(side["n"].sum()), float(side["top"].sum())) for side in (past, ours))


def _history(
    lake: Lake, before: Query, kind: str | None, counts: Counts
) -> list[tuple[float, float]]:
    """Return n and top of the weeks up to `before`; of longer periods too few are known."""
    if kind != "week":
        return []
    since = before.start - timedelta(days=7 * (WEEKS - 1))
    weeks = counts(lake, replace(before, start=since, by=("week",))).filter(pl.col("n") > 0)
    return list(weeks.sort("week").select("n", "top").iter_rows())


def parts(
    cells: pl.DataFrame, by: tuple[str, ...], before: float, now: float, size: float = 0.001
) -> pl.DataFrame:
    """Return the steps from one share or mean to the other, as `looked_at` describes them.

    Args:
        cells: the groups `by`, n, top, n_before, top_before. size: of `size_of`.
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
    shown = closed(frame["change"].to_list(), before, now, 1 / size)
    whole = max(round(size), 1)  # thousandths stay as they are, minutes and hours are seconds
    return frame.with_columns(shown=pl.Series(shown, dtype=pl.Int64) * whole)


def _floats(frame: pl.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return frame[name].to_numpy().astype(np.float64)


def moved_most(kept: pl.DataFrame, unit: str) -> dict[str, Any] | None:
    """Return the promise whose share or mean moved most for its base; None: none is of enough."""
    both = kept.filter(
        (pl.col("unit") == unit)
        & (pl.min_horizontal("n", "n_before") >= LEAST_BASE)
        & (pl.col("moved").abs() > 0)
        & (pl.col("kind") != "coverage")
    )
    # means by their size: an hour more is much of a minute and little of a week
    whole = 1.0 if unit == "share" else pl.max_horizontal("value", "value_before")
    moved = both.sort(
        pl.col("moved").abs() / whole * pl.col("n").sqrt(), "promise", descending=[True, False]
    )
    return moved.row(0, named=True) if len(moved) else None
