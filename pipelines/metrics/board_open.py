"""What is open on the live board: clocks by their due time, operators, chats, outages."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.marts.relations import used
from pipelines.metrics.facts import run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query, Scope
from pipelines.promises.period import CLOCK_ROWS
from pipelines.promises.state import state_sql

DUE_ROWS = 20
OVERDUE_ROWS = 8
CLOCK_DAYS = 45  # the longest promise of reference data runs 30 days
SHIFT = timedelta(hours=16)  # a log-in older than this was never logged out

_CLOCKS = """
create or replace temp table board_clocks as
select
    f.contact_id, f.promise, f.line, f.channel, f.category, f.operator_id, f.started_at, f.due_at,
    {state} as state
from ({rows}) as f {joins}
where f.kind = 'clock' and f.due_at is not null and f.started_at <= $as_of
    and (
        f.stopped_at is null or f.stopped_at > $as_of
        or f.due_at >= $midnight and (f.stopped_at > f.due_at or f.stop_kind = 'failed')
    )
    and {where}
"""
_COLUMNS = """contact_id, promise, line, channel, category, operator_id, kind, started_at, due_at,
    stopped_at, stop_kind, since_at, until_at"""
# young clocks as they are; of older days the few that lived longer than a day
_ROWS = f"""
select {_COLUMNS} from ({CLOCK_ROWS}) where received_date between $yesterday and $today
union all
select {_COLUMNS} from lake.mart_open_clocks
where received_date >= $first_day and received_date < $yesterday
"""
_COUNTS = """
select
    -- what a shift can still work off; older debts are on the page of promises
    count(*) filter (where state = 'overdue' and due_at >= $day_ago) as overdue,
    count(*) filter (where state = 'running') as running,
    count(*) filter (
        where state in ('breached', 'overdue') and due_at >= $midnight and due_at <= $as_of
    ) as breached_today,
    count(*) filter (where state = 'running' and due_at <= $in_1) as due_1min,
    count(*) filter (where state = 'running' and due_at <= $in_2) as due_2min,
    count(*) filter (where state = 'running' and due_at <= $in_5) as due_5min
from board_clocks
"""

_DUE = """
    select * exclude (place) from (
        select
            *,
            case state
                when 'overdue' then row_number() over (
                    partition by state order by due_at desc, contact_id, promise
                )
                else row_number() over (partition by state order by due_at, contact_id, promise)
            end as place
        from board_clocks
        where state in ('running', 'overdue')
    )
    where state = 'running' or place <= $overdue_rows
    order by state, place
    limit $rows
"""


def due_counts(
    lake: Lake, at: datetime, midnight: datetime, scope: Scope, *, with_marts: bool
) -> dict[str, Any]:
    """Return due (at most 20 open clocks that need a hand now) and counts of open and broken ones.

    Up to 8 overdue, the latest missed first; then running ones, the soonest first. Old debts are
    only counted: they must not hide what can still be saved.
    """
    today = at.astimezone(lake.settings.tz).date()
    where, params = conditions(Query(midnight, at + SHIFT, scope=scope), "contact_facts", lake)
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
        "as_of": at,
        "midnight": midnight,
    }
    lake.con.execute(sql, used(sql, params))
    rows = run(
        lake,
        _DUE,
        {"rows": DUE_ROWS, "overdue_rows": OVERDUE_ROWS},
    ).to_dicts()
    basis = {p.id: p.basis for p in lake.reference.promises}
    moments: dict[str, object] = {f"in_{n}": at + timedelta(minutes=n) for n in (1, 2, 5)}
    counts = run(
        lake,
        _COUNTS,
        moments | {"midnight": midnight, "as_of": at, "day_ago": at - timedelta(days=1)},
    )
    return {
        "due": [row | {"basis": basis.get(row["promise"])} for row in rows],
        "counts": counts.row(0, named=True),
    }


def operators(lake: Lake, at: datetime, scope: Scope) -> dict[str, Any] | None:
    """Return operators by state now; None where no log of operators reaches this shift.

    contact: talking now and logged in; unknown: talking, but not logged in by the log.
    """
    where, params = conditions(
        Query(at, at + SHIFT, scope=Scope(None, scope.teams, scope.operator)), "contact_facts", lake
    )
    last = run(
        lake,
        f"""
select f.operator_id, arg_max(f.state, f.event_at) as state,
    arg_max_null(f.reason, f.event_at) as reason
from lake.operator_events as f {joins(where, is_leg=False)}
where f.event_at > $since and f.event_at <= $as_of and {where}
group by f.operator_id""",
        params | {"since": at - SHIFT, "as_of": at},
    )
    if last.is_empty():
        return None
    talking = {
        row[0]
        for row in lake.con.execute(
            "select distinct operator_id from board_legs "
            "where is_talking and operator_id is not null"
        ).fetchall()
    }
    states = {name: state for name, state, _ in last.iter_rows()}
    present = {name for name, state in states.items() if state != "logout"}
    paused = {name: reason for name, state, reason in last.iter_rows() if state == "pause"}
    return {
        "contact": len(talking & present),
        "free": len(present - talking - paused.keys()),
        "pause": len(paused.keys() - talking),
        "unknown": len(talking - present),
        "by_pause_reason": dict(
            Counter(reason or "" for name, reason in paused.items() if name not in talking)
        ),
    }


def chats(lake: Lake) -> dict[str, int] | None:
    """Return open chats and who is waiting for whom; None where no chats are known today."""
    opened, known, first, following = lake.con.execute(
        """
with
chats as (
    select contact_id, bool_or(is_talking) as is_open, bool_or(n_waiting = 1) as is_waiting
    from board_legs where channel = 'chat' group by contact_id
)
select
    count(*) filter (where c.is_open or c.is_waiting),
    count(*),
    count(*) filter (where c.is_waiting),
    count(*) filter (where c.is_open and t.asked_at > coalesce(t.replied_at, '-infinity'))
from chats as c left join board_turns as t on t.contact_id = c.contact_id"""
    ).fetchall()[0]
    if not known:
        return None
    return {"open": opened, "awaiting_first": first, "awaiting_next": following}


def incidents(lake: Lake, at: datetime, scope: Scope) -> list[dict[str, Any]]:
    """Return the outages not yet restored, with the time they are promised to be."""
    # planning over a table that never held a row costs more than asking whether it did
    if not lake.con.execute("select count(*) from lake.incidents").fetchall()[0][0]:
        return []
    rows = run(
        lake,
        "select incident_id, category, region, line, detected_at, is_complex from lake.incidents "
        "where detected_at <= $as_of and (restored_at is null or restored_at > $as_of) "
        "and ($lines::varchar[] is null or line is null or list_contains($lines, line)) "
        "order by detected_at",
        {"as_of": at, "lines": None if scope.lines is None else list(scope.lines)},
    ).to_dicts()
    promise = next(
        (p for p in lake.reference.promises if p.subject == "incident" and p.kind == "clock"), None
    )
    for row in rows:
        is_complex = row.pop("is_complex")
        target = promise and (promise.complex_target_s if is_complex else promise.target_s)
        row["due_at"] = row["detected_at"] + timedelta(seconds=target) if target else None
    return rows
