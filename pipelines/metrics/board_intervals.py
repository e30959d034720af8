"""The board's last hours in intervals: service level of lines, offered against the usual."""

from datetime import datetime, timedelta
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.metrics.board_usual import Usual
from pipelines.metrics.facts import run
from pipelines.metrics.sla import DEFAULT_VARIANT, IN_QUEUE, counts_sql

QUARTER = timedelta(minutes=15)
SPARK = 12  # quarters of an hour drawn
SHOWN = 6  # intervals of each width
WIDTHS = {"quarter": 1, "half_hour": 2}  # in quarters

_INTERVALS = f"""
select
    line, grouping(line) = 1 as is_total, interval_at,
    coalesce(sum(n_offered) filter (where {IN_QUEUE}), 0)::bigint as offered,
    {counts_sql(DEFAULT_VARIANT, "", IN_QUEUE)}
from board_legs where received_at >= $from
group by grouping sets ((line, interval_at), (interval_at)) having line is not null or is_total
"""


def intervals(lake: Lake, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return the service level by interval: key `quarter` and `half_hour`, newest last.

    Each interval: start, end (not later than `at`), cells: {line (None: all): {offered, within,
    base, share, deviation}}; deviation is share - goal. An interval belongs to the contacts
    received in it; the newest is not over yet. Lines with nothing in an interval have no cell.
    """
    last = _quarter(at)
    first = last - QUARTER * (2 * SHOWN)
    rules = lake.reference.rules
    params: dict[str, object] = {"from": first, "threshold_s": rules.level_within_s}
    counted: dict[float, dict[str | None, tuple[int, int, int]]] = {}
    for line, is_total, start, *counts in run(lake, _INTERVALS, params).iter_rows():
        counted.setdefault(start.timestamp(), {})[None if is_total else line] = tuple(counts)
    return {
        name: [
            _interval(start, width, at, counted, rules.level_goal) for start in _starts(last, width)
        ]
        for name, width in WIDTHS.items()
    }


def _quarter(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // 900 * 900, tz=at.tzinfo)


def _starts(last: datetime, width: int) -> list[datetime]:
    span = QUARTER * width
    newest = datetime.fromtimestamp(
        last.timestamp() // span.total_seconds() * span.total_seconds(), tz=last.tzinfo
    )
    return [newest - span * n for n in reversed(range(SHOWN))]


def _interval(
    start: datetime,
    width: int,
    at: datetime,
    counted: dict[float, dict[str | None, tuple[int, int, int]]],
    goal: float,
) -> dict[str, Any]:
    sums: dict[str | None, tuple[int, int, int]] = {}
    for n in range(width):
        for line, counts in counted.get((start + QUARTER * n).timestamp(), {}).items():
            before = sums.get(line, (0, 0, 0))
            sums[line] = (before[0] + counts[0], before[1] + counts[1], before[2] + counts[2])
    cells = {
        line: {
            "offered": offered,
            "within": within,
            "base": base,
            "share": within / base if base else None,
            "deviation": within / base - goal if base else None,
        }
        for line, (offered, within, base) in sums.items()
    }
    return {"start": start, "end": min(start + QUARTER * width, at), "cells": cells}


def spark(lake: Lake, at: datetime, usual: Usual) -> list[dict[str, Any]]:
    """Return the last quarters of an hour: start, offered, expected."""
    last = _quarter(at)
    starts = [last - QUARTER * n for n in reversed(range(SPARK))]
    found = run(
        lake,
        "select interval_at, sum(n_offered)::bigint as n from board_legs "
        "where received_at >= $from group by interval_at",
        {"from": starts[0]},
    )
    offered = {moment.timestamp(): n for moment, n in found.iter_rows()}
    return [
        {
            "start": start,
            "offered": offered.get(start.timestamp(), 0),
            "expected": usual.offered(start),
        }
        for start in starts
    ]
