"""Why the service level moved, by a model of the queue: volume, handling, operators, hang-ups.

Each line and hour of the week is a queue of its own (Erlang A, `erlang_hours`): so many calls, so
many operators, so long a call, so long a patience. The level of the period by the model is the mean
over these, weighted by calls. Its change is split among the four by Shapley: the effect of each,
averaged over all orders in which they might have changed. What the model does not explain is a step
of its own, so the steps add up to the change that was measured. docs/week.md says what is assumed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, combinations
from typing import Any

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.erlang_hours import Floats, levels
from pipelines.metrics.facts import moment
from pipelines.metrics.presence import LEAST_KNOWN, presence
from pipelines.metrics.query import Query
from pipelines.metrics.queue_hours import queue_hours, takes
from pipelines.metrics.split import closed, shapley

CAUSES = ("volume", "handling", "operators", "patience")
UNEXPLAINED = "unexplained"
LEAST_COVERED = 0.9  # of the legs are of lines the model can speak of
CELL = ["line", "weekday", "hour"]
# why there is no model
NO_STATES, NO_HANDLING, LIMITED = "no_states", "no_handling", "limited"


@dataclass(frozen=True)
class Side:
    """One period: cells of its queues, the lines whose operators are known, and what they take."""

    cells: pl.DataFrame  # CELL, days, base, operators, handle_s, patience_s
    known: dict[str, float]
    base: int
    days: int


def level_model(
    lake: Lake, now: Query, before: Query, shares: tuple[float, float]
) -> dict[str, Any]:
    """Return the change of the service level by its four causes.

    Args:
        now, before: the periods, without groups. shares: the levels measured, before and now.

    Returns:
        reason (None; no_states: the log does not tell who was logged in for enough of the work;
        no_handling: nor how long contacts took; limited: who asks may not see all lines);
        and without one: modelled_before, modelled_now (levels by the model), covered (share of the
        legs on lines it speaks of), parts: frame of step (CAUSES, then unexplained), before and now
        (legs, mean handling in seconds, hours of operators, mean patience in seconds; null for
        unexplained), change (their sum is the change of `shares`), shown (thousandths).
    """
    if now.scope.groups:
        return {"reason": LIMITED}
    sides = [_side(lake, query) for query in (before, now)]
    if any(side is None for side in sides):
        return {"reason": NO_HANDLING}
    first, last = (side for side in sides if side is not None)
    lines = {
        line
        for line in {*first.known, *last.known}
        if all(side.known.get(line, 1.0) >= LEAST_KNOWN for side in (first, last))
        and any(line in side.known for side in (first, last))
    }
    both = [side.cells.filter(pl.col("line").is_in(lines)) for side in (first, last)]
    legs = [int(cells["base"].sum()) for cells in both]
    covered = sum(legs) / max(first.base + last.base, 1)
    if covered < LEAST_COVERED:
        return {"reason": NO_STATES}
    worth = _worth(both[0], both[1], lake.reference.rules.level_within_s)
    split = shapley(worth, CAUSES)
    modelled = worth[frozenset()], worth[frozenset(CAUSES)]
    left = Fraction(shares[1]) - Fraction(shares[0]) - sum(split.values(), Fraction(0))
    changes = [*(float(split[name]) for name in CAUSES), float(left)]
    seen = [_seen(cells, side.days) for cells, side in zip(both, (first, last), strict=True)]
    return {
        "reason": None,
        "modelled_before": modelled[0],
        "modelled_now": modelled[1],
        "covered": covered,
        "parts": pl.DataFrame(
            {
                "step": [*CAUSES, UNEXPLAINED],
                "before": [*seen[0], None],
                "now": [*seen[1], None],
                "change": changes,
                "shown": closed(changes, *shares),
            },
            schema_overrides={"before": pl.Float64, "now": pl.Float64},
        ),
    }


def _side(lake: Lake, query: Query) -> Side | None:
    hours = queue_hours(lake, query).drop_nulls("line")
    operators, known = presence(lake, query)
    taken = takes(hours)
    if not any(one.handle_s for one in taken.values()):
        return None
    zone = lake.settings.zone
    local = pl.col("hour_at").dt.convert_time_zone(zone)
    cells = (
        hours.select("line", "hour_at", "base")
        .join(operators, on=["line", "hour_at"], how="full", coalesce=True)
        .with_columns(weekday=local.dt.weekday(), hour=local.dt.hour())
        .group_by(CELL)
        .agg(pl.col("base", "operators").sum())
    )
    days = _days(lake, query)
    of_line = pl.DataFrame(
        [(line, one.handle_s, one.patience_s) for line, one in taken.items()],
        schema={"line": pl.String, "handle_s": pl.Float64, "patience_s": pl.Float64},
        orient="row",
    )
    return Side(
        cells.join(days, on="weekday").join(of_line, on="line", how="left").with_columns(
            pl.col("operators") / pl.col("days")
        ),
        known,
        int(hours["base"].sum()),
        int(days["days"].sum()),
    )  # fmt: skip


def _days(lake: Lake, query: Query) -> pl.DataFrame:
    """Return how many of each weekday the period has had."""
    first, last = replace(query, end=min(query.end, moment(query))).local_days(lake.settings.tz)
    days = pl.date_range(first, last, eager=True)
    return days.dt.weekday().value_counts(name="days").rename({days.name: "weekday"})


def _seen(cells: pl.DataFrame, days: int) -> list[float | None]:
    """Return what the causes were: legs a day, handling, hours of operators a day, patience."""
    legs = float(cells["base"].sum())

    def mean(name: str) -> float:
        return float(cells.select((pl.col(name) * pl.col("base")).sum()).item()) / legs

    hours = float(cells.select((pl.col("operators") * pl.col("days")).sum()).item())
    return [legs / days, mean("handle_s"), hours / days, mean("patience_s")]


def _worth(before: pl.DataFrame, now: pl.DataFrame, within_s: float) -> dict[frozenset[str], float]:
    """Return the level by the model for every set of causes that have their later value."""
    both = before.join(now, on=CELL, how="full", coalesce=True, suffix="_now").sort(CELL)
    both = both.with_columns(
        pl.col("base", "base_now", "operators", "operators_now").fill_null(0),
        # a cell of one period only: no calls and nobody there in the other, what a call takes as is
        *(
            pl.coalesce(name, other).alias(name)
            for one in ("handle_s", "patience_s", "days")
            for name, other in ((one, f"{one}_now"), (f"{one}_now", one))
        ),
    )
    sides = [
        {name: _floats(both, f"{name}{suffix}") for name in ("base", "days", *_FACTORS.values())}
        for suffix in ("", "_now")
    ]
    subsets = [frozenset(one) for one in _subsets(CAUSES)]
    picked = [[sides[cause in one] for cause in CAUSES] for one in subsets]
    told = levels(
        np.concatenate([volume["base"] / volume["days"] / 3600 for volume, *_ in picked]),
        np.concatenate([handling["handle_s"] for _, handling, *_ in picked]),
        np.concatenate([patience["patience_s"] for *_, patience in picked]),
        np.concatenate([operators["operators"] for *_, operators, _ in picked]),
        within_s,
    ).reshape(len(subsets), -1)
    weights = [volume["base"] for volume, *_ in picked]
    return {
        one: float(level @ weight / weight.sum())
        for one, level, weight in zip(subsets, told, weights, strict=True)
    }


_FACTORS = {"handling": "handle_s", "operators": "operators", "patience": "patience_s"}


def _subsets(names: Iterable[str]) -> Iterable[tuple[str, ...]]:
    known = tuple(names)
    return chain.from_iterable(combinations(known, size) for size in range(len(known) + 1))


def _floats(frame: pl.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy().astype(np.float64)
