"""The board's lines: waiting now, service levels of their windows, today so far, growth."""

from datetime import datetime, timedelta
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.metrics.board_usual import Usual
from pipelines.metrics.facts import run
from pipelines.metrics.query import day_start
from pipelines.metrics.sla import DEFAULT_VARIANT, IN_QUEUE, counts_sql

HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
FRESH = timedelta(hours=4)
COUNTS = ("offered", "answered", "abandoned", "volume")
Figures = dict[str | None, dict[str, Any]]


class Moment:
    """The moment of a board: its local midnight, hour, windows of service levels and goal."""

    def __init__(self, lake: Lake, at: datetime) -> None:
        """Work out the windows."""
        self.at, self.day = at, at.astimezone(lake.settings.tz).date()
        self.midnight = midnight = day_start(self.day, lake.settings.tz)
        self.hour = at.astimezone(lake.settings.tz).replace(minute=0, second=0, microsecond=0)
        self.within_s = lake.reference.rules.level_within_s
        self.goal = lake.reference.rules.level_goal
        # the last target of a window is not ripe: its legs may still be answered in time
        ripe = at - timedelta(seconds=self.within_s)
        self.windows = {
            "half_hour": (ripe - HALF_HOUR, ripe),
            "before": (ripe - 2 * HALF_HOUR, ripe - HALF_HOUR),
            "hour": (self.hour, at),
            "hour_before": (self.hour - HOUR, self.hour),
            "today": (midnight, at),
            "today_before": (midnight, max(midnight, self.hour)),  # as the day stood at this hour
        }
        self.fresh = min(midnight, at - FRESH)  # rows of legs and contacts are read from here on
        self.growth_s = lake.reference.rules.growth_window_s

    def params(self) -> dict[str, object]:
        """Return the values the statements below bind."""
        values: dict[str, object] = {
            "threshold_s": self.within_s,
            "midnight": self.midnight,
            "hour": self.hour,
            "fresh": self.fresh,
            "recent": self.at - timedelta(seconds=self.growth_s),
        }
        for name, (start, end) in self.windows.items():
            values |= {f"{name}_start": start, f"{name}_end": end}
        return values


_LINES = f"""
with
legs as (
    select
        line, grouping(line) = 1 as is_total, mode(channel) as channel,
        count(*) filter (where state = 'waiting' and {IN_QUEUE}) as waiting,
        min(queued_at) filter (where state = 'waiting' and {IN_QUEUE}) as oldest_queued_at,
        coalesce(sum(n_offered) filter (where received_at >= $midnight), 0)::bigint as offered,
        coalesce(sum(n_answered) filter (where received_at >= $midnight), 0)::bigint as answered,
        coalesce(sum(n_abandoned) filter (where received_at >= $midnight), 0)::bigint
            as abandoned,
        count(*) filter (where queued_at > $recent and {IN_QUEUE}) as came,
        count(*) filter (
            where state <> 'waiting' and coalesce(answered_at, left_at, queued_at) > $recent
            and {IN_QUEUE}
        ) as went,
        count(*) filter (where is_talking) as talking,
        count(distinct operator_id) filter (where is_talking) as busy,
        avg(wait_s) filter (where answered_at > $recent) as last_wait_s,
        count(*) filter (where received_at >= $midnight and {IN_QUEUE}) as queued_today,
        sum(handle_sum_s) as handle_sum_s,
        sum(n_handled) as n_handled,
        sum(wait_s) filter (where received_at >= $fresh and {IN_QUEUE}) as waited_s,
        sum(n_abandoned) filter (where received_at >= $fresh and {IN_QUEUE}) as n_lost,
        LEVELS
    from board_legs group by grouping sets ((line), ()) having line is not null or is_total
),
contacts as (
    select
        line, grouping(line) = 1 as is_total, mode(channel) as channel,
        count(*) filter (where received_at >= $midnight) as volume,
        count(*) filter (where received_at >= $hour) as hour_volume,
        max(received_at) as newest_at
    from board_contacts
    group by grouping sets ((line), ()) having line is not null or is_total
),
late as (
    select line, grouping(line) = 1 as is_total, count(*) as overdue from board_clocks
    where state = 'overdue' and due_at >= $day_ago
    group by grouping sets ((line), ()) having line is not null or is_total
)
select
    coalesce(l.line, c.line, d.line) as line, coalesce(l.channel, c.channel) as channel,
    l.* exclude (line, is_total, channel), coalesce(c.volume, 0) as volume,
    coalesce(c.hour_volume, 0) as hour_volume, c.newest_at, coalesce(d.overdue, 0) as overdue
from legs as l
full join contacts as c on l.line is not distinct from c.line and l.is_total = c.is_total
full join late as d
    on coalesce(l.line, c.line) is not distinct from d.line
    and coalesce(l.is_total, c.is_total) = d.is_total
order by 1 nulls last"""


def line_figures(lake: Lake, moment: Moment) -> Figures:
    """Return the figures of each line, and of all together under None."""
    levels = ", ".join(
        counts_sql(
            DEFAULT_VARIANT,
            f"_{name}",
            f"{IN_QUEUE} and received_at >= ${name}_start and received_at < ${name}_end",
        )
        for name in moment.windows
    )
    params = moment.params() | {"day_ago": moment.at - timedelta(days=1)}
    found = run(lake, _LINES.replace("LEVELS", levels), params)
    return {row["line"]: row for row in found.to_dicts()}


def lines(lake: Lake, figures: Figures, moment: Moment, usual: Usual) -> list[dict[str, Any]]:
    """Return the figures of every line known or seen today."""
    known = lake.reference.lines
    names = [n for n in known if usual.may_see(n)]
    names += [n for n in figures if n is not None and n not in known]
    return [
        {"line": name, **worked(figures.get(name), _channel(lake, name), moment)}
        | usual.of_line(name, figures.get(name, {}).get("newest_at"))
        for name in names
    ]


def _channel(lake: Lake, line: str) -> str:
    return line if line in lake.reference.channels else "phone"


def total(figures: Figures, moment: Moment, usual: Usual) -> dict[str, Any]:
    """Return the figures of all lines in scope together."""
    found = worked(figures.get(None, {}) | {"channel": None}, None, moment)
    found.pop("channel")
    return found | usual.of_line(None, figures.get(None, {}).get("newest_at"))


def worked(row: dict[str, Any] | None, channel: str | None, moment: Moment) -> dict[str, Any]:
    """Return one line's own figures: counts, levels of all windows, growth a minute."""
    row = row or {}
    channel = row.get("channel") or channel
    level = {}
    for name, (start, end) in moment.windows.items():
        within, base = row.get(f"within_{name}") or 0, row.get(f"base_{name}") or 0
        share = within / base if base else None
        level[name] = {"within": within, "base": base, "share": share, "start": start, "end": end}
    queued = channel != "portal"
    growth = ((row.get("came") or 0) - (row.get("went") or 0)) / (moment.growth_s / 60)
    return {
        "channel": channel,
        "waiting": row.get("waiting") or 0 if queued else None,
        "oldest_queued_at": row.get("oldest_queued_at"),
        "growth_per_min": growth if queued else None,
        "overdue": row.get("overdue") or 0,
        "hour_volume": row.get("hour_volume") or 0,
        **{n: row.get(n) or 0 for n in COUNTS},
        "level": level,
    }
