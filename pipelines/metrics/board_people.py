"""Who does what on the shift now, and whom to move where people wait."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.board_flow import work
from pipelines.metrics.board_lines import Figures
from pipelines.metrics.facts import run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query, Scope

SHIFT = timedelta(hours=16)  # a log-in older than this was never logged out
ROWS = 6

_IS_READY = "state not in ('pause', 'logout') and not is_talking and wraps_since is null"
_AT_WORK = """
create or replace temp table board_at_work as
with
talks as (
    select
        operator_id,
        bool_or(is_talking) as is_talking,
        count(*) filter (where is_talking) as n_talks,
        -- after-contact work is known only where the log has told how long it took
        max(left_at) filter (where left_at + to_microseconds((wrap_s * 1e6)::bigint) > $as_of)
            as wraps_since,
        arg_max(line, answered_at) as line
    from board_legs where operator_id is not null and answered_at is not null
    group by operator_id
),
last as (
    select f.operator_id, arg_max(f.state, f.event_at) as state,
        arg_max_null(f.reason, f.event_at) as reason, max(f.event_at) as since
    from lake.operator_events as f {joins}
    where f.event_at > $since and f.event_at <= $as_of and {where}
    group by f.operator_id
)
select
    coalesce(last.operator_id, talks.operator_id) as operator_id, last.state, last.reason,
    last.since, coalesce(talks.is_talking, false) as is_talking,
    coalesce(talks.n_talks, 0) as n_talks, talks.wraps_since, talks.line
from last full join talks on last.operator_id = talks.operator_id
"""


def operators(lake: Lake, at: datetime, scope: Scope) -> dict[str, Any] | None:
    """Return operators by state now; None where no log of operators reaches this shift.

    contact: talking now and logged in; wrap: of the others, in after-contact work; unknown:
    talking, but not logged in by the log. A pause counts where its operator does not talk.
    """
    query = Query(at, at + SHIFT, scope=Scope(None, scope.teams, scope.operator))
    where, params = conditions(query, "contact_facts", lake)
    sql = _AT_WORK.format(joins=joins(where, is_leg=False), where=where)
    lake.con.execute(sql, params | {"since": at - SHIFT, "as_of": at})
    people = run(lake, "select * from board_at_work", {})
    if people.get_column("state").is_null().all():
        return None
    talking = pl.col("is_talking")
    logged = pl.col("state") != "logout"
    here = people.filter(logged)
    paused = here.filter((pl.col("state") == "pause") & ~talking)
    wraps = here.filter(~talking & pl.col("wraps_since").is_not_null() & _ready())
    reasons = paused.get_column("reason").to_list()
    return {
        "contact": here.filter(talking).height,
        "free": here.filter(~talking & pl.col("wraps_since").is_null() & _ready()).height,
        "wrap": wraps.height,
        "pause": paused.height,
        "unknown": people.filter(talking & ~logged.fill_null(value=False)).height,
        "by_pause_reason": dict(Counter(reason or "" for reason in reasons)),
    }


def ready_by_line(lake: Lake) -> dict[str, int]:
    """Return how many operators are free now of those who last worked on each line."""
    found = run(
        lake, f"select line, count(*) from board_at_work where {_IS_READY} group by line", {}
    )
    return dict(found.drop_nulls().iter_rows())


def _ready() -> pl.Expr:
    return ~pl.col("state").is_in(["pause", "logout"])


def moves(
    lake: Lake, lines: list[dict[str, Any]], figures: Figures, at: datetime, *, knows_shift: bool
) -> dict[str, Any]:
    """Return whom to move: where help is needed and who could give it.

    ready: one row a line in need (a new caller waits longer than the threshold, or the last ripe
    half hour is below the goal) with skill and operators: those ready now who have it and last
    worked on another line; none where no log tells who is on shift. long_talks: over
    `long_talk_ratio` times the usual handling of their line. long_holds, long_wraps: longer than
    settings.yml says. no_answer: whose phone rang in the last half hour and was not taken, while
    they are logged in. Lists of at most ROWS, the worst first; n_*: how many there are.
    """
    rules = lake.reference.rules
    usual = {line["line"]: takes for line in lines if (takes := work(figures, line["line"]))}
    limits = {name: takes.handle_s * rules.long_talk_ratio for name, takes in usual.items()}
    params: dict[str, object] = {
        "as_of": at,
        "names": list(limits),
        "limits": list(limits.values()),
        "long_hold_s": rules.long_hold_s,
        "long_wrap_s": rules.long_wrap_s,
    }
    out: dict[str, Any] = {"ready": _ready_rows(lake, lines) if knows_shift else []}
    for name, sql in _LISTS.items():
        rows = run(lake, sql, {k: v for k, v in params.items() if f"${k}" in sql})
        out |= {name: rows.head(ROWS).to_dicts(), f"n_{name}": rows.height}
    return out


def _ready_rows(lake: Lake, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    needy = [line for line in lines if _needs_help(lake, line)]
    if not needy:
        return []
    found = run(lake, _READY, {}).to_dicts()
    out = []
    for line in needy:
        known = lake.reference.lines.get(line["line"])
        if known is None:
            continue
        able = [
            {"operator_id": row["operator_id"], "line": row["line"]}
            for row in found
            if known.skill in row["skills"] and row["line"] != line["line"]
        ]
        out.append(
            {
                "line": line["line"],
                "skill": known.skill,
                "waiting": line["waiting"],
                "operators": able[:ROWS],
                "n": len(able),
            }
        )
    return out


def _needs_help(lake: Lake, line: dict[str, Any]) -> bool:
    rules = lake.reference.rules
    share = line["level"]["half_hour"]["share"]
    waits = line["expected_wait_s"] or 0
    is_queue = bool(line["waiting"]) and waits > rules.level_within_s
    return line["channel"] != "portal" and (
        is_queue or (share is not None and share < rules.level_goal)
    )


_READY = (
    """
select w.operator_id, w.line, string_split(o.skills, ';') as skills
from board_at_work as w
inner join lake.operators as o on w.operator_id = o.operator_id
where """
    + _IS_READY
    + """
order by w.operator_id
"""
)
_LISTS = {
    "long_talks": """
select t.contact_id, t.operator_id, t.line, t.answered_at as since, u.limit_s
from board_legs as t
inner join (select unnest($names::varchar[]) as line, unnest($limits::double[]) as limit_s) as u
    on t.line = u.line
where t.is_talking and t.channel is distinct from 'portal'
    and epoch_us($as_of::timestamptz) - epoch_us(t.answered_at) > u.limit_s * 1e6
order by t.answered_at, t.contact_id
""",
    "long_holds": """
select l.contact_id, l.operator_id, l.line, t.held_at as since
from board_legs as l
inner join board_turns as t on l.contact_id = t.contact_id
where l.is_talking and t.held_at > coalesce(t.unheld_at, '-infinity')
    and t.held_at < $as_of::timestamptz - to_seconds($long_hold_s)
order by t.held_at, l.contact_id
""",
    "long_wraps": """
select operator_id, line, wraps_since as since from board_at_work
where not is_talking and wraps_since < $as_of::timestamptz - to_seconds($long_wrap_s)
order by wraps_since, operator_id
""",
    "no_answer": """
select e.rang_by as operator_id, max(e.line) as line, max(e.newest_at) as since,
    sum(e.n)::bigint as n
from board_turns as e
inner join board_at_work as w on e.rang_by = w.operator_id
where coalesce(w.state, 'login') <> 'logout'
group by e.rang_by
order by n desc, since desc, e.rang_by
""",
}
