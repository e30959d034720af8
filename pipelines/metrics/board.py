"""The live board: one dict of plain figures a moment and scope, in under 150 ms.

Every table of the lake is read once, bounded by received_date, into a temporary table; the figures
are made from those. Its contract stands in docs/architecture.md, "Board".
"""

from datetime import date, datetime, timedelta
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params, used, with_facts
from pipelines.marts.settled import DEFAULT_GOAL, DEFAULT_THRESHOLD_S
from pipelines.metrics.board_lines import line_figures, lines, total
from pipelines.metrics.board_open import chats, due_counts, incidents, operators
from pipelines.metrics.board_usual import Usual
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import EVERYTHING, Query, Scope, day_start
from pipelines.metrics.sla import DEFAULT_VARIANT
from pipelines.settings import wall_now

OPEN_DAYS = 14  # a leg still waiting is looked for so far back
SPARK = 12  # quarters of an hour drawn
QUARTER = timedelta(minutes=15)


@one_snapshot
def board(lake: Lake, as_of: datetime | None = None, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """Return the figures of the live board at a moment; see docs/architecture.md for every key.

    Args:
        lake: open lake (reading is enough).
        as_of: aware; None is now. scope: what the looker may see.
    """
    at = as_of or lake.now()
    today = at.astimezone(lake.settings.tz).date()
    midnight = day_start(today, lake.settings.tz)
    _read(lake, at, midnight, scope)
    usual = Usual(lake, at, scope)
    figures = line_figures(lake, at, midnight)
    newest = _events(lake, at, midnight)
    return {
        "as_of": at,
        "started_today_at": midnight,
        "threshold_s": DEFAULT_THRESHOLD_S,
        "formula": DEFAULT_VARIANT,
        "goal": DEFAULT_GOAL,
        "lines": lines(lake, figures, at, midnight, usual),
        "total": total(figures, at, midnight, usual),
        **due_counts(lake, at, midnight, scope, with_marts=usual.has_marts),
        "unserved": _unserved(lake, midnight),
        "operators": operators(lake, at, scope),
        "chats": chats(lake),
        "incidents": incidents(lake, at, scope),
        "spark": _spark(lake, at, usual),
        "sources": usual.sources(newest),
    }


def _read(lake: Lake, at: datetime, midnight: datetime, scope: Scope) -> None:
    """Make board_legs and board_contacts of what the scope holds.

    They are views: board_every_leg and board_every_contact hold what others did for the citizens.
    """
    today = at.astimezone(lake.settings.tz).date()
    seen = Query(midnight - timedelta(days=OPEN_DAYS), at + QUARTER, scope=scope)
    for facts, days, only in (
        (
            "leg_facts",
            OPEN_DAYS,
            "received_at >= $from or (left_at is null or left_at > $as_of) "
            "and (answered_at is null or answered_at > $as_of - interval 12 hours)",
        ),
        ("contact_facts", 1, "received_at >= $from"),
    ):
        where, params = conditions(seen, facts, lake)
        rows = row_params(
            [today - timedelta(days=n) for n in range(days + 1)],
            as_of=at,
            short_abandon_s=lake.settings.short_abandon_s,
        )
        params |= rows | {"from": min(midnight, at - timedelta(hours=3))}
        if lake.settings.clock == "wall" and at > wall_now() - timedelta(minutes=1):
            rows["recent_day"] = date.max  # now: no event can be later
        name = facts.removesuffix("_facts")
        sql = (
            f"create or replace temp table board_every_{name} as {with_facts(facts, rows, only)} "
            f"select f.*, {where} as is_seen from {facts} as f {joins(where, is_leg=False)}"
        )
        lake.con.execute(sql, used(sql, params))
        lake.con.execute(
            f"create or replace temp view board_{name}s as "
            f"select * exclude (is_seen) from board_every_{name} where is_seen"
        )


_UNSERVED = """
with
called as (
    select
        contact_id,
        max(called_at) is not null as is_called,
        max(promised_at) is not null and max(tried_at) is null as is_promised
    from board_turns where contact_id is not null group by contact_id
),
contacts as (
    select
        c.citizen_key,
        c.n_self_served = 1
        or coalesce(bool_or(l.n_answered = 1), false)
        or coalesce(bool_or(t.is_called), false) as is_served,
        coalesce(bool_or(l.n_waiting = 1 or t.is_promised), false) as is_waiting,
        coalesce(bool_or(l.is_seen and l.state = 'abandoned'), false) as is_lost,
        c.is_seen
    from board_every_contact as c
    left join board_every_leg as l on l.contact_id = c.contact_id
    left join called as t on t.contact_id = c.contact_id
    where c.citizen_key is not null and c.received_at >= $midnight
    group by c.contact_id, c.citizen_key, c.n_self_served, c.is_seen
),
citizens as (
    select
        citizen_key, bool_or(is_served) as is_served, bool_or(is_waiting) as is_waiting,
        bool_or(is_lost) as is_lost
    from contacts group by citizen_key having bool_or(is_seen)
)
select count(*), count(*) filter (where is_lost and not is_served and not is_waiting)
from citizens
"""


def _unserved(lake: Lake, midnight: datetime) -> int | None:
    """Citizens who lost a call today, were served by nobody and wait nowhere now.

    Whoever may yet be called back is a debt to come, not one of these.
    """
    ((known, unserved),) = lake.con.execute(_UNSERVED, {"midnight": midnight}).fetchall()
    return int(unserved) if known else None


def _events(lake: Lake, at: datetime, midnight: datetime) -> dict[str, datetime]:
    """Read today's events once: the newest of each source, who wrote last, who was called back."""
    since = midnight - timedelta(days=1)
    lake.con.execute(
        """
create or replace temp table board_turns as
select
    source,
    case
        when kind in ('message_in', 'message_out', 'callback_requested', 'callback_made')
            then contact_id
    end as contact_id,
    max(event_at) as newest_at,
    max(event_at) filter (where kind = 'callback_requested') as promised_at,
    max(event_at) filter (where kind = 'callback_made') as tried_at,
    max(event_at) filter (where kind = 'callback_made' and value is distinct from 'attempted')
        as called_at,
    max(event_at) filter (where kind = 'message_in') as asked_at,
    max(event_at) filter (where kind = 'message_out' and operator_id is not null) as replied_at
from lake.events
where received_date between $since and $today and event_at <= $as_of
group by 1, 2""",
        {
            "since": since.date(),
            "today": at.astimezone(lake.settings.tz).date(),
            "as_of": at,
        },
    )
    found = run(lake, "select source, max(newest_at) as at_ from board_turns group by source", {})
    return dict(found.iter_rows())


def _spark(lake: Lake, at: datetime, usual: Usual) -> list[dict[str, Any]]:
    last = datetime.fromtimestamp(at.timestamp() // 900 * 900, tz=at.tzinfo)
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
