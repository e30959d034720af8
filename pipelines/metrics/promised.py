"""Promises and their fulfilment: pipelines/promises judges, the asker's scope is added here."""

from collections.abc import Mapping

import polars as pl

from pipelines import promises as judged
from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, plan, settled_days
from pipelines.metrics.groups import filter_values
from pipelines.metrics.query import Query, Scope


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
