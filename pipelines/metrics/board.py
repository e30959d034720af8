"""The live board: one dict of plain figures a moment and scope, in under 150 ms.

Every table of the lake is read once, bounded by received_date, into a temporary table; the figures
are made from those. Its contract stands in docs/architecture.md, "Board".
"""

from datetime import date, datetime, timedelta
from typing import Any

from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params, used, with_facts
from pipelines.marts.settled import DEFAULT_GOAL, DEFAULT_THRESHOLD_S
from pipelines.metrics.board_debt import debt
from pipelines.metrics.board_flow import recovery, wait_s
from pipelines.metrics.board_intervals import intervals, spark
from pipelines.metrics.board_lines import Moment, line_figures, lines, total
from pipelines.metrics.board_open import chats, due_counts, incidents, open_bursts
from pipelines.metrics.board_people import moves, operators
from pipelines.metrics.board_usual import Usual
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import EVERYTHING, Query, Scope, day_start
from pipelines.metrics.sla import DEFAULT_VARIANT
from pipelines.settings import wall_now

OPEN_DAYS = 14  # a leg still waiting is looked for so far back
# moments of a stay that have come by then, and after-contact work as far as the log tells it
_MOMENTS = """,
    case when r.answered_at <= $as_of then r.answered_at end as answered_at,
    case when r.left_at <= $as_of then r.left_at end as left_at,
    r.wrap_s
from leg_facts as f
inner join asked_legs as r on f.contact_id = r.contact_id and f.leg = r.leg"""


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
    moment = Moment(lake, at, midnight)
    _read(lake, moment, scope)
    usual = Usual(lake, at, scope, _events(lake, at, midnight))
    due = due_counts(lake, at, midnight, scope, with_marts=usual.has_marts)
    figures = line_figures(lake, moment)
    rows = [
        row | {"expected_wait_s": wait_s(figures, row["line"])}
        for row in lines(lake, figures, moment, usual)
    ]
    people = operators(lake, at, scope)
    return {
        "as_of": at,
        "started_today_at": midnight,
        "threshold_s": DEFAULT_THRESHOLD_S,
        "formula": DEFAULT_VARIANT,
        "goal": DEFAULT_GOAL,
        "lines": rows,
        "total": total(figures, moment, usual),
        **due,
        **debt(lake, midnight),
        "operators": people,
        "moves": moves(lake, rows, figures, at),
        "chats": chats(lake),
        "incidents": incidents(lake, at, scope),
        "bursts": open_bursts(lake, at, midnight, scope),
        "recovery": recovery(figures, rows, moment, usual),
        "intervals": intervals(lake, at),
        "spark": spark(lake, at, usual),
        "sources": usual.sources(),
    }


def _read(lake: Lake, moment: Moment, scope: Scope) -> None:
    """Make board_legs and board_contacts of what the scope holds.

    They are views: board_every_leg and board_every_contact hold what others did for the citizens.
    """
    at, midnight = moment.at, moment.midnight
    today = at.astimezone(lake.settings.tz).date()
    seen = Query(midnight - timedelta(days=OPEN_DAYS), at + timedelta(minutes=15), scope=scope)
    for facts, days, only, more in (
        (
            "leg_facts",
            OPEN_DAYS,
            "received_at >= $from or (left_at is null or left_at > $as_of) "
            "and (answered_at is null or answered_at > $as_of - interval 12 hours)",
            _MOMENTS,
        ),
        ("contact_facts", 1, "received_at >= $from", " from contact_facts as f"),
    ):
        where, params = conditions(seen, facts, lake)
        rows = row_params(
            [today - timedelta(days=n) for n in range(days + 1)],
            as_of=at,
            short_abandon_s=lake.settings.short_abandon_s,
        )
        params |= rows | {"from": moment.fresh}
        if lake.settings.clock == "wall" and at > wall_now() - timedelta(minutes=1):
            rows["recent_day"] = date.max  # now: no event can be later
        name = facts.removesuffix("_facts")
        sql = (
            f"create or replace temp table board_every_{name} as {with_facts(facts, rows, only)} "
            f"select f.*, {where} as is_seen{more} {joins(where, is_leg=False)}"
        )
        lake.con.execute(sql, used(sql, params))
        lake.con.execute(
            f"create or replace temp view board_{name}s as "
            f"select * exclude (is_seen) from board_every_{name} where is_seen"
        )


def _events(lake: Lake, at: datetime, midnight: datetime) -> dict[str, datetime]:
    """Read today's events once: the newest of each source, who wrote last, who was called back."""
    since = midnight - timedelta(days=1)
    lake.con.execute(
        """
create or replace temp table board_turns as
select
    source,
    case
        when
            kind in (
                'message_in', 'message_out', 'callback_requested', 'callback_made', 'hold_started',
                'hold_ended'
            )
            then contact_id
    end as contact_id,
    max(event_at) as newest_at,
    max(event_at) filter (where kind = 'callback_requested') as promised_at,
    max(event_at) filter (where kind = 'callback_made') as tried_at,
    max(event_at) filter (where kind = 'callback_made' and value is distinct from 'attempted')
        as called_at,
    max(event_at) filter (where kind = 'message_in') as asked_at,
    max(event_at) filter (where kind = 'message_out' and operator_id is not null) as replied_at,
    max(event_at) filter (where kind = 'hold_started') as held_at,
    max(event_at) filter (where kind = 'hold_ended') as unheld_at
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
