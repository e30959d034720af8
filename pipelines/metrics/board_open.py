"""What is open on the live board: clocks by their due time, chats, outages, bursts."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.marts.relations import used
from pipelines.metrics.board_rows import taken
from pipelines.metrics.bursts import bursts, with_parts
from pipelines.metrics.facts import run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query, Scope
from pipelines.promises.period import CLOCK_ROWS
from pipelines.promises.state import state_sql

DUE_ROWS = 20
OVERDUE_ROWS = 8
SOON = timedelta(minutes=15)  # near enough to its due time to stand before what is missed
CLOCK_DAYS = 45  # the longest promise of reference data runs 30 days

_CLOCKS = """
create or replace temp table board_clocks as
with
open as (
    select
        f.contact_id, f.promise, f.line, f.channel, f.category, f.operator_id, f.started_at,
        f.due_at, {state} as state
    from ({rows}) as f {joins}
    where f.kind = 'clock' and f.due_at is not null and f.started_at <= $as_of
        and (
            f.stopped_at is null or f.stopped_at > $as_of
            or f.due_at >= $midnight and (f.stopped_at > f.due_at or f.stop_kind = 'failed')
        )
        and {where}
),
chosen as (
    select contact_id, menu_choice from lake.contacts
    where list_contains($first_classes::varchar[], menu_choice)
)
select
    open.*,
    -- the first of the classes that stand first that is its category's, menu choice or line's
    list_extract($first_classes::varchar[], least(
        list_position($first_classes::varchar[], ref_categories.class),
        list_position($first_classes::varchar[], chosen.menu_choice),
        list_position($first_classes::varchar[], ref_lines.skill)
    )) as first_class
from open
left join ref_categories on open.category = ref_categories.category
left join ref_lines on open.line = ref_lines.line
left join chosen on open.contact_id = chosen.contact_id
"""
_COLUMNS = """contact_id, promise, line, channel, category, operator_id, kind, started_at, due_at,
    stopped_at, stop_kind, since_at, until_at"""
# young clocks as they are; of older days the few that lived longer than a day
_ROWS = f"""
select {_COLUMNS} from ({CLOCK_ROWS}) where received_date between $yesterday and $today
union all
select {_COLUMNS} from lake.mart_open_clocks
where received_date >= $first_day and received_date < $yesterday
    and due_at >= timezone($zone, (received_date + 1)::timestamp)
"""
_COUNTS = """
select
    first_class, grouping(first_class) = 1 as is_total,
    -- what a shift can still work off; older debts are on the page of promises
    count(*) filter (where state = 'overdue' and due_at >= $day_ago) as overdue,
    count(*) filter (where state = 'running') as running,
    count(*) filter (
        where state in ('breached', 'overdue') and due_at >= $midnight and due_at <= $as_of
    ) as breached_today,
    count(*) filter (where state = 'running' and due_at <= $in_1) as due_1min,
    count(*) filter (where state = 'running' and due_at <= $in_2) as due_2min,
    count(*) filter (where state = 'running' and due_at <= $in_5) as due_5min
from board_clocks group by grouping sets ((first_class), ())
"""

# what can still be saved within minutes stands first, then what was missed last, then the rest
_DUE = """
    select * exclude (part, place) from (
        select *, row_number() over (
            partition by part
            order by
                case part when 'missed' then -epoch_us(due_at) else epoch_us(due_at) end,
                contact_id, promise
        ) as place
        from (
            select *, case
                when state = 'overdue' then 'missed' when due_at <= $soon then 'breaches next'
                else 'later'
            end as part
            from board_clocks where state in ('running', 'overdue')
        )
    )
    where part <> 'missed' or place <= $overdue_rows
    order by list_position(['breaches next', 'missed', 'later'], part), place
    limit $rows
"""


def due_counts(
    lake: Lake, at: datetime, midnight: datetime, scope: Scope, *, with_marts: bool
) -> dict[str, Any]:
    """Return due (at most 20 open clocks that need a hand now), counts of open and broken ones.

    first: the same counts for each class whose deadlines stand first, in the order of settings.yml,
    and the rest under None.

    Running ones due within 15 minutes, the soonest first; then up to 8 overdue, the latest missed
    first; then the other running ones. All overdue are counted: they must not hide what can still
    be saved.
    """
    today = at.astimezone(lake.settings.tz).date()
    where, params = conditions(
        Query(midnight, at + timedelta(hours=1), scope=scope), "contact_facts", lake
    )
    sql = _CLOCKS.format(
        rows=_ROWS if with_marts else _ROWS.partition("union all")[0],
        state=state_sql(table="f"),
        joins=joins(where, is_leg=False),
        where=where,
    )
    params |= {
        "first_day": today - timedelta(days=CLOCK_DAYS),
        "yesterday": today - timedelta(days=1),
        "today": today,
        "zone": lake.settings.zone,
        "as_of": at,
        "midnight": midnight,
        "first_classes": list(lake.reference.rules.first_classes),
    }
    lake.con.execute(taken(sql), used(sql, params))
    rows = run(
        lake,
        _DUE,
        {"rows": DUE_ROWS, "overdue_rows": OVERDUE_ROWS, "soon": at + SOON},
    ).to_dicts()
    basis = {p.id: p.basis for p in lake.reference.promises}
    moments: dict[str, object] = {f"in_{n}": at + timedelta(minutes=n) for n in (1, 2, 5)}
    counts = run(
        lake,
        _COUNTS,
        moments | {"midnight": midnight, "as_of": at, "day_ago": at - timedelta(days=1)},
    )
    by_class = {(row.pop("first_class"), row.pop("is_total")): row for row in counts.to_dicts()}
    none = dict.fromkeys(counts.columns[2:], 0)
    return {
        "due": [row | {"basis": basis.get(row["promise"])} for row in rows],
        "counts": by_class.get((None, True), none),
        "first": [
            {"class": name} | by_class.get((name, False), none)
            for name in (*lake.reference.rules.first_classes, None)
        ],
    }


def due_within(lake: Lake, at: datetime, within_s: int) -> dict[str | None, int]:
    """Return the running clocks due within some seconds of a moment, by line; None: of all lines.

    Of the clocks `board` took last through this cursor: due_5min of its counts is this at 300 s.
    """
    found = lake.con.execute(
        "select line, grouping(line) = 1 as is_total, count(*) from board_clocks "
        "where state = 'running' and due_at <= $until group by grouping sets ((line), ())",
        {"until": at + timedelta(seconds=within_s)},
    ).fetchall()
    by_line = {line: n for line, is_total, n in found if line is not None and not is_total}
    return {**by_line, None: next((n for _, is_total, n in found if is_total), 0)}


def chats(lake: Lake) -> dict[str, Any] | None:
    """Return open chats and who is waiting for whom; None where no chats are known today."""
    opened, known, first, following, held, people, most = lake.con.execute(
        """
with
chats as (
    select
        contact_id, bool_or(is_talking) as is_open, bool_or(n_waiting = 1) as is_waiting,
        any_value(operator_id) filter (where is_talking) as operator_id
    from board_legs where channel = 'chat' group by contact_id
)
select
    count(*) filter (where c.is_open or c.is_waiting),
    count(*),
    count(*) filter (where c.is_waiting),
    count(*) filter (where c.is_open and t.asked_at > coalesce(t.replied_at, '-infinity')),
    count(c.operator_id), count(distinct c.operator_id), max(c.n)
from (
    select *, case when operator_id is not null then count(*) over (partition by operator_id) end
        as n
    from chats
) as c
left join board_turns as t on t.contact_id = c.contact_id"""
    ).fetchall()[0]
    if not known:
        return None
    return {
        "open": opened,
        "awaiting_first": first,
        "awaiting_next": following,
        "per_operator": held / people if people else None,
        "most_per_operator": most,
    }


def open_bursts(lake: Lake, at: datetime, midnight: datetime, scope: Scope) -> list[dict[str, Any]]:
    """Return the bursts that go on at the moment and are no part of another.

    What came before the end of an outage of the category or line is that outage's: it starts after
    it. Each is burst_id, kind, category, line, menu_choice (as `bursts`), started_at, excess, parts
    (those that go on: kind, line, menu_choice, started_at, excess).
    """
    if not lake.has("lake.bursts"):
        return []
    query = Query(midnight - timedelta(days=7), at + timedelta(seconds=1), as_of=at, scope=scope)
    found = bursts(lake, query)
    going_on = found.filter(found.get_column("ended_at").is_null())
    if going_on.is_empty():
        return []
    over = lake.frame(
        "select coalesce(category, line) as about, max(restored_at) as over_at "
        "from lake.incidents where coalesce(category, line) is not null and restored_at <= $at_ "
        "group by category, line",
        {"at_": at},
    )
    # one connection may call the same zone UTC and Etc/UTC
    begins = pl.col("started_at", "over_at").dt.convert_time_zone("UTC")
    about = pl.coalesce("category", "line")
    over = over.group_by("about").agg(pl.col("over_at").max())
    found = with_parts(going_on)
    return (
        found.with_columns(about=about)
        .join(over, on="about", how="left", maintain_order="left")
        .with_columns(started_at=pl.max_horizontal(begins))
        .select(
            "burst_id", "kind", "category", "line", "menu_choice", "started_at", "excess", "parts"
        )
        .to_dicts()
    )
