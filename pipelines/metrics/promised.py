"""Promises and their fulfilment: pipelines/promises judges, the asker's scope is added here."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from pipelines import promises as judged
from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, plan, settled_days
from pipelines.metrics.groups import filter_values
from pipelines.metrics.query import Query, Scope, day_start
from pipelines.promises.groups import EXPRESSIONS
from pipelines.promises.kept import kept
from pipelines.promises.period import Period
from pipelines.promises.rows import counted

NUMBERED = ("hour_of_day", "weekday")  # groups that are numbers, all others texts
_OF_CLOCKS = {"regime", "peak", "time_zone"}  # no count of contacts has these groups


@one_snapshot
def promises(lake: Lake, query: Query) -> pl.DataFrame:
    """Return every promise with its counts, share, verdict and base; by promise unless asked.

    Returns:
        As `pipelines.promises.evaluate`: the groups, then kind, met, breached, overdue, running,
        cancelled, n, share, value, unit, goal, target_s, basis, state, provided_share.

    Raises:
        QueryError: an unknown group or filter.
    """
    asked = query.at(lake)
    where = {name: filter_values(asked, name, lake) for name in asked.where}
    frame: pl.DataFrame = judged.evaluate(
        lake,
        asked.start,
        asked.end,
        by=asked.by or ("promise",),
        where=scoped(where, asked.scope),
        as_of=asked.as_of,
        mart_days=plan(lake, asked, "mart_promises_day", settled_days(lake, asked)).mart_days,
    )
    return frame


def kept_counts(lake: Lake, query: Query) -> pl.DataFrame:
    """Return how the deadlines of each group's contacts were kept, all promises together.

    Returns:
        The groups with any judged deadline, kept_share (met / (met + breached + overdue)) and
        kept_n (how many were judged); no rows where promises have no such group or filter. Outages
        and other readings of a promise are left out.
    """
    if not {*query.by, *query.where} <= set(EXPRESSIONS) - _OF_CLOCKS:
        kinds = {name: pl.Int64() if name in NUMBERED else pl.String() for name in query.by}
        return pl.DataFrame(schema=kinds | {"kept_share": pl.Float64(), "kept_n": pl.Int64()})
    asked = query.at(lake)
    where = {name: filter_values(asked, name, lake) for name in asked.where}
    at, tz = moment(asked), lake.settings.tz
    days = [
        day
        for day in plan(lake, asked, "mart_kept_day", settled_days(lake, asked)).mart_days
        if day_start(day + timedelta(days=1), tz) <= at
    ]
    period = Period(lake, asked.start, asked.end, at, days)
    return kept(period, asked.by, scoped(where, asked.scope)).select(
        *asked.by, kept_share=pl.col("met") / pl.col("judged"), kept_n="judged"
    )


def promise_counts(lake: Lake, query: Query, promise: str) -> pl.DataFrame:
    """Return of how many contacts of each group a promise was judged, and kept, without the rest.

    Args:
        promise: of any kind but coverage.

    Returns:
        The groups, n and met as `promises` has them of a clock or a share; of a mean met (contacts
        measured), sum (of their seconds) and squares (the sum of the squares); no row for a group
        without a clock.
    """
    asked = query.at(lake)
    where = {name: filter_values(asked, name, lake) for name in asked.where}
    days = plan(lake, asked, "mart_promises_day", settled_days(lake, asked)).mart_days
    found = counted(
        Period(lake, asked.start, asked.end, moment(asked), days),
        ("promise", *asked.by),
        scoped(where, asked.scope) | {"promise": (promise,)},
    )
    total, spread = pl.col("value_sum").fill_null(0.0), pl.col("value_sd").fill_null(0.0)
    return found.select(
        *asked.by,
        "met",
        n=pl.sum_horizontal("met", "breached", "overdue"),
        sum=total,
        # value_sd is that of a sample; of one contact it is null
        squares=pl.when(pl.col("met") > 0)
        .then(spread**2 * (pl.col("met") - 1) + total**2 / pl.col("met"))
        .otherwise(0.0),
    )


def scoped(where: Mapping[str, object], scope: Scope) -> dict[str, object]:
    """Return the filters with what the scope allows: values outside it are taken out.

    >>> scoped({"line": ("main", "chat")}, Scope(lines=("chat", "portal")))
    {'line': ('chat',)}
    >>> scoped({}, Scope(lines=("chat",), operator="op1"))
    {'line': ('chat',), 'operator': ('op1',)}
    """
    limited: dict[str, object] = dict(where)
    limits: dict[str, tuple[object, ...] | None] = {
        "line": scope.lines,
        # what nobody has taken yet belongs to a line, not to a team
        "team": None if scope.teams is None else (*scope.teams, None),
        "operator": None if scope.operator is None else (scope.operator,),
    }
    for name, allowed in limits.items():
        if allowed is not None:
            wanted = limited.get(name, allowed)
            values = wanted if isinstance(wanted, tuple) else (wanted,)
            limited[name] = tuple(v for v in values if v in allowed)
    return limited
