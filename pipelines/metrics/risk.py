"""Next week's risk: contacts forecast by line and day against the operators there usually are.

Volume is the forecast of the live board (`forecast.py`): up to eight of the same weekdays before
(holidays as Sundays), hour by hour, later ones weighing more. Operators are those of the last four
of these days, for no log tells a schedule. Erlang A says what level that gives; how far such a
forecast was off on the days it was made of, model and weather together, is its uncertainty.
docs/week.md, "Risk".
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.board_usual import usual_days
from pipelines.metrics.erlang_hours import Floats, levels
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.forecast import DAYS, LEAST_DAYS, Counts, expected, misses
from pipelines.metrics.presence import LEAST_KNOWN, presence
from pipelines.metrics.query import Query, day_start, known_groups
from pipelines.metrics.queue_hours import queue_hours, takes
from pipelines.reference.model import Rules

STAFF_DAYS = 4  # the latest of the days before: people change
LEAST_CASES = 14  # days a range is made of
LEAST_CONTACTS = 20  # a day: the level of fewer says little
CHANCE = 0.5  # from here on a day is told
MOST_MORE = 30  # operators more: a greater number is no answer a shift can use
LOOK_BACK = timedelta(days=7 * DAYS)
COLUMNS = {
    "day": pl.Date(),
    "line": pl.String(),
    "contacts": pl.Float64(),
    "level": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "chance": pl.Float64(),
    "hours": pl.String(),
    "more": pl.Int64(),
}
NO_QUEUE, NO_HISTORY, NO_STATES, LIMITED = "no_queue", "no_history", "no_states", "limited"


@one_snapshot
def risk(lake: Lake, query: Query, days: int = 7) -> dict[str, Any]:
    """Return on which of the days after a period which line would miss its goal.

    Args:
        query: a period and a moment, without groups and filters; only what was received in the
            weeks before its end is read.
        days: how many after it.

    Returns:
        reason (None; no_queue: nobody queued; no_history: fewer than four days of each weekday;
        no_states: the log does not tell who was logged in; limited: who asks may not see all
        lines), start, end, goal, wape (by what share the forecasts of an hour and line were off,
        weighted, on up to four days of each weekday before; None: too few days), and rows: a line
        and day each, those that lack most first: day,
        line, contacts (expected), level (expected share within the threshold), low and high (8 of
        10 such days were between), chance (share of such days below the goal), hours (those of the
        day below it, local, joined by a comma; empty: none), more (operators more in these hours
        that would reach it; 0: none are needed; null: more than MOST_MORE).

    Raises:
        QueryError: groups or filters.
    """
    known_groups(query.by, (), "group", "risk")
    known_groups(query.where, (), "filter", "risk")
    asked = query.at(lake)
    start = asked.end
    told = {
        "reason": LIMITED,
        "start": start,
        "end": start + timedelta(days=days),
        "goal": lake.reference.rules.level_goal,
        "wape": None,
        "rows": pl.DataFrame(schema=COLUMNS),
    }
    if asked.scope.groups:
        return told
    back = Query(start - LOOK_BACK, start, as_of=asked.as_of)
    hours = queue_hours(lake, back).drop_nulls("line")
    if hours.is_empty():
        return told | {"reason": NO_QUEUE}
    used = _days_before(lake, start, days, hours)
    if used.is_empty():
        return told | {"reason": NO_HISTORY}
    since = min(used.filter(pl.col("place") <= STAFF_DAYS)["past"].to_list())
    recent = Query(day_start(since, lake.settings.tz), start, as_of=asked.as_of)
    operators, known = presence(lake, recent)
    lines = [line for line, share in known.items() if share >= LEAST_KNOWN]
    if not lines:
        return told | {"reason": NO_STATES}
    local = _local(hours.filter(pl.col("line").is_in(lines)), lake.settings.zone)
    rules = lake.reference.rules
    counts = _counts(local, _local(operators, lake.settings.zone), used)
    rows = _rows(_cells(counts, hours, rules), local, used, rules)
    return told | {"reason": None, "wape": _wape(counts), "rows": rows}


def _days_before(lake: Lake, start: datetime, days: int, hours: pl.DataFrame) -> pl.DataFrame:
    """Return day, past (a day it is compared with) and place (1 the latest), enough of them."""
    first = start.astimezone(lake.settings.tz).date()
    at = hours["hour_at"].min()
    since = at.astimezone(lake.settings.tz).date() if isinstance(at, datetime) else first
    rows: list[tuple[date, date, int]] = []
    for day in (first + timedelta(days=n) for n in range(days)):
        past = [one for one in usual_days(lake, day) if since <= one < first]
        if len(past) >= LEAST_DAYS:
            rows += [(day, one, n + 1) for n, one in enumerate(past)]
    return pl.DataFrame(
        rows, schema={"day": pl.Date, "past": pl.Date, "place": pl.Int64}, orient="row"
    )


def _local(frame: pl.DataFrame, zone: str) -> pl.DataFrame:
    at = pl.col("hour_at").dt.convert_time_zone(zone)
    return frame.with_columns(past=at.dt.date(), hour=at.dt.hour())


def _counts(local: pl.DataFrame, operators: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    """Return base (contacts) and operators of each day, line, hour and day before (place)."""
    grid = used.join(local.select("line").unique(), how="cross").join(
        pl.DataFrame({"hour": range(24)}, schema={"hour": pl.Int8}), how="cross"
    )
    keys = ["line", "past", "hour"]
    counts = grid.join(local.group_by(keys).agg(pl.col("base").sum()), on=keys, how="left")
    return counts.join(
        operators.group_by(keys).agg(pl.col("operators").sum()), on=keys, how="left"
    ).with_columns(pl.col("base", "operators").fill_null(0))


def _forecast(counts: pl.DataFrame) -> pl.DataFrame:
    """Return what is expected of day, line and hour: contacts."""
    told = [
        slots.with_columns(contacts=pl.Series(expected(came), dtype=pl.Float64))
        for slots, came in _of_days(counts)
    ]
    none = counts.select("day", "line", "hour", contacts=pl.lit(0.0)).clear()
    return pl.concat([none, *told])


def _wape(counts: pl.DataFrame) -> float | None:
    """Return how far the latest days were from what was forecast of them."""
    found = [misses(came) for _, came in _of_days(counts)]
    off, came = (sum(one[n] for one in found) for n in (0, 1))
    return off / came if came else None


def _of_days(counts: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, Counts]]:
    """Yield of each day its slots (day, line, hour) and what came in them the days before it."""
    ordered = counts.sort("day", "place", "line", "hour")
    for _, one in ordered.group_by("day", maintain_order=True):
        slots = one.filter(pl.col("place") == 1).select("day", "line", "hour")
        yield slots, one["base"].to_numpy().astype(np.float64).reshape(-1, len(slots))


def _cells(counts: pl.DataFrame, hours: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return day, line, hour with contacts, operators and level expected."""
    taken = pl.DataFrame(
        [(line, one.handle_s, one.patience_s) for line, one in takes(hours).items()],
        schema={"line": pl.String, "handle_s": pl.Float64, "patience_s": pl.Float64},
        orient="row",
    )
    staff = counts.group_by("day", "line", "hour").agg(
        operators=pl.col("operators").filter(pl.col("place") <= STAFF_DAYS).mean()
    )
    cells = (
        _forecast(counts)
        .join(staff, on=["day", "line", "hour"])
        .join(taken.drop_nulls("handle_s"), on="line")
        .sort("day", "line", "hour")
    )
    return cells.with_columns(level=pl.Series(_levels(cells, rules), dtype=pl.Float64))


def _levels(cells: pl.DataFrame, rules: Rules, more: float = 0.0) -> Floats:
    contacts, handle_s, patience_s, operators = (
        cells[name].to_numpy().astype(np.float64)
        for name in ("contacts", "handle_s", "patience_s", "operators")
    )
    there = operators + more
    return levels(contacts / 3600, handle_s, patience_s, there, rules.level_within_s)


def _rows(
    cells: pl.DataFrame, local: pl.DataFrame, used: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    goal = rules.level_goal
    late = pl.col("level") < goal
    days = cells.group_by("day", "line").agg(
        model=(pl.col("level") * pl.col("contacts")).sum() / pl.col("contacts").sum(),
        hours=pl.col("hour").filter(late & (pl.col("contacts") >= 1)).sort(),
        contacts=pl.col("contacts").sum(),
    )
    seen = local.group_by("line", "past").agg(share=pl.col("within").sum() / pl.col("base").sum())
    # how the level of each of the days before was off the one expected of such a day
    off = (
        used.filter(pl.col("place") <= STAFF_DAYS)
        .join(days, on="day")
        .join(seen, on=["line", "past"])
        .select("line", off=pl.col("share") - pl.col("model"))
        .group_by("line")
        .agg(pl.col("off"), cases=pl.len())
        .filter(pl.col("cases") >= LEAST_CASES)
    )
    expected = days.filter(pl.col("contacts") >= LEAST_CONTACTS).join(off, on="line")
    outcome = (pl.col("off") + pl.col("model")).list.eval(pl.element().clip(0.0, 1.0))
    ranged = expected.with_columns(outcome=outcome).with_columns(
        level=pl.col("outcome").list.median(),
        low=pl.col("outcome").list.eval(pl.element().quantile(0.1, "linear")).list.first(),
        high=pl.col("outcome").list.eval(pl.element().quantile(0.9, "linear")).list.first(),
        chance=pl.col("outcome").list.eval(pl.element() < goal).list.mean(),
    )
    needed = pl.struct("day", "line", "hours")
    more = ranged.select(needed.alias("asked"))["asked"].to_list()
    return (
        ranged.with_columns(
            more=pl.Series([_more(cells, one, rules) for one in more], dtype=pl.Int64),
            hours=pl.col("hours").cast(pl.List(pl.String)).list.join(","),
        )
        .select(list(COLUMNS))
        .sort(
            (goal - pl.col("level")) * pl.col("contacts"), "day", "line",
            descending=[True, False, False],
        )
    )  # fmt: skip


def _more(cells: pl.DataFrame, asked: dict[str, Any], rules: Rules) -> int | None:
    """Return how many operators more in the hours named would reach the goal over them."""
    of = cells.filter(
        (pl.col("day") == asked["day"])
        & (pl.col("line") == asked["line"])
        & pl.col("hour").is_in(asked["hours"])
    )
    if of.is_empty():
        return 0
    contacts = of["contacts"].to_numpy()
    wanted = rules.level_goal * float(contacts.sum())
    for more in range(1, MOST_MORE + 1):
        if float(_levels(of, rules, more) @ contacts) >= wanted:
            return more
    return None
