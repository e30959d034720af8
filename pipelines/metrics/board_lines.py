"""The board's lines: waiting now, service levels of three windows, today so far."""

from datetime import datetime, timedelta
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.marts.settled import DEFAULT_THRESHOLD_S
from pipelines.metrics.board_usual import Usual
from pipelines.metrics.facts import run
from pipelines.metrics.sla import DEFAULT_VARIANT, IN_QUEUE, counts_sql


def _windows(at: datetime, midnight: datetime) -> dict[str, tuple[datetime, datetime]]:
    """The last target of a window is not ripe: its legs may still be answered in time."""
    ripe = at - timedelta(seconds=DEFAULT_THRESHOLD_S)
    return {
        "half_hour": (ripe - timedelta(minutes=30), ripe),
        "hour": (at - timedelta(hours=1), at),
        "today": (midnight, at),
    }


def line_figures(lake: Lake, at: datetime, midnight: datetime) -> dict[str | None, dict[str, Any]]:
    """Return the figures of each line, and of all together under None."""
    windows = _windows(at, midnight)
    levels = ", ".join(
        counts_sql(
            DEFAULT_VARIANT,
            f"_{name}",
            f"{IN_QUEUE} and received_at >= ${name}_start and received_at < ${name}_end",
        )
        for name in windows
    )
    legs = "received_at >= $midnight"
    params: dict[str, object] = {"threshold_s": DEFAULT_THRESHOLD_S, "midnight": midnight}
    for name, (start, end) in windows.items():
        params |= {f"{name}_start": start, f"{name}_end": end}
    found = run(
        lake,
        f"""
with
legs as (
    select
        line, grouping(line) = 1 as is_total, mode(channel) as channel,
        count(*) filter (where state = 'waiting' and {IN_QUEUE}) as waiting,
        min(queued_at) filter (where state = 'waiting' and {IN_QUEUE}) as oldest_queued_at,
        coalesce(sum(n_offered) filter (where {legs}), 0)::bigint as offered,
        coalesce(sum(n_answered) filter (where {legs}), 0)::bigint as answered,
        coalesce(sum(n_abandoned) filter (where {legs}), 0)::bigint as abandoned,
        {levels}
    from board_legs group by grouping sets ((line), ()) having line is not null or is_total
),
contacts as (
    select
        line, grouping(line) = 1 as is_total, mode(channel) as channel, count(*) as volume
    from board_contacts where {legs}
    group by grouping sets ((line), ()) having line is not null or is_total
)
select
    coalesce(l.line, c.line) as line, coalesce(l.channel, c.channel) as channel,
    l.* exclude (line, is_total, channel), coalesce(c.volume, 0) as volume
from legs as l
full join contacts as c on l.line is not distinct from c.line and l.is_total = c.is_total
order by 1 nulls last""",
        params,
    )
    return {row["line"]: row for row in found.to_dicts()}


def lines(
    lake: Lake,
    figures: dict[str | None, dict[str, Any]],
    at: datetime,
    midnight: datetime,
    usual: Usual,
) -> list[dict[str, Any]]:
    """Return the figures of every line known or seen today."""
    known = lake.reference.lines
    names = [n for n in known if usual.may_see(n)]
    names += [n for n in figures if n is not None and n not in known]
    return [
        {"line": name, **_worked(figures.get(name), _channel(lake, name), at, midnight)}
        | {"expected_volume": usual.volume(name)}
        for name in names
    ]


def _channel(lake: Lake, line: str) -> str:
    return line if line in lake.reference.channels else "phone"


def total(
    figures: dict[str | None, dict[str, Any]], at: datetime, midnight: datetime, usual: Usual
) -> dict[str, Any]:
    """Return the figures of all lines in scope together."""
    worked = _worked(figures.get(None, {}) | {"channel": None}, None, at, midnight)
    worked.pop("channel")
    return worked | {"expected_volume": usual.volume(None)}


def _worked(
    row: dict[str, Any] | None, channel: str | None, at: datetime, midnight: datetime
) -> dict[str, Any]:
    row = row or {}
    channel = row.get("channel") or channel
    level = {}
    for name, (start, end) in _windows(at, midnight).items():
        within, base = row.get(f"within_{name}") or 0, row.get(f"base_{name}") or 0
        share = within / base if base else None
        level[name] = {"within": within, "base": base, "share": share, "start": start, "end": end}
    counts = {n: row.get(n) or 0 for n in ("offered", "answered", "abandoned", "volume")}
    return {
        "channel": channel,
        "waiting": None if channel == "portal" else row.get("waiting") or 0,
        "oldest_queued_at": row.get("oldest_queued_at"),
        **counts,
        "level": level,
    }
