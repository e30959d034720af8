"""The rows of a live board: read from the lake once, bounded by received_date, for all its figures.

Makes temporary tables: board_lake_contacts (two days), board_every_leg and board_every_contact with
views board_legs and board_contacts of what the scope holds, board_turns.
"""

from datetime import date, datetime, timedelta

from pipelines.lake.connect import Lake
from pipelines.marts.relations import CONTACT_COLUMNS, open_until, row_params, used, with_facts
from pipelines.metrics.board_lines import Moment
from pipelines.metrics.facts import marks, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query, Scope
from pipelines.settings import wall_now

RANG = timedelta(minutes=30)  # a call nobody took so long ago is no news
OPEN_DAYS = 14  # a leg still waiting is looked for so far back
# moments of a stay that have come by then, and after-contact work as far as the log tells it
_MOMENTS = """,
    case when r.answered_at <= $as_of then r.answered_at end as answered_at,
    case when r.left_at <= $as_of then r.left_at end as left_at,
    r.wrap_s
from leg_facts as f
inner join asked_legs as r on f.contact_id = r.contact_id and f.leg = r.leg"""


# a table of the lake costs 10 ms to plan and more to read: the contacts are copied once, narrow
_CONTACTS = f"""
create or replace temp table board_lake_contacts as
select {CONTACT_COLUMNS}, menu_choice
from lake.contacts where received_date between $yesterday and $today"""


def take(lake: Lake, moment: Moment) -> None:
    """Copy the contacts of today and yesterday out of the lake."""
    days = {"yesterday": moment.day - timedelta(days=1), "today": moment.day}
    lake.con.execute(_CONTACTS, days)


def read(lake: Lake, moment: Moment, scope: Scope) -> None:
    """Make board_legs and board_contacts of what the scope holds.

    They are views: board_every_leg and board_every_contact hold what others did for the citizens.
    """
    at, midnight, days = moment.at, moment.midnight, [moment.day, moment.day - timedelta(days=1)]
    seen = Query(midnight - timedelta(days=OPEN_DAYS), at + timedelta(minutes=15), scope=scope)
    for facts, of, only, more in (
        (
            "leg_facts",
            _days_of_legs(lake, moment),
            f"received_at >= $from or {open_until()} > $as_of",
            _MOMENTS,
        ),
        ("contact_facts", days, "received_at >= $from", " from contact_facts as f"),
    ):
        where, params = conditions(seen, facts, lake)
        rows = row_params(of, as_of=at, short_abandon_s=lake.settings.short_abandon_s)
        params |= rows | {"from": moment.fresh}
        if lake.settings.clock == "wall" and at > wall_now() - timedelta(minutes=1):
            rows["recent_day"] = date.max  # now: no event can be later
        name = facts.removesuffix("_facts")
        sql = (
            f"create or replace temp table board_every_{name} as {with_facts(facts, rows, only)} "
            f"select f.*, {where} as is_seen{more} {joins(where, is_leg=False)}"
        )
        lake.con.execute(taken(sql), used(sql, params))
        lake.con.execute(
            f"create or replace temp view board_{name}s as "
            f"select * exclude (is_seen) from board_every_{name} where is_seen"
        )


def _days_of_legs(lake: Lake, moment: Moment) -> list[date]:
    """Today, yesterday, and the days before of which a leg may still be open.

    Most have none, and to open the file of each took a fifth of a board's time.
    """
    known = marks(lake)
    days = [moment.day - timedelta(days=n) for n in range(OPEN_DAYS + 1)]
    return [*days[:2], *(day for day in days[2:] if known.may_be_open(day, moment.at))]


def taken(sql: str) -> str:
    """Let a statement over contacts of these two days read the copy of them."""
    return sql.replace("lake.contacts", "board_lake_contacts")


_TURNS = """
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
    case when kind = 'ring_no_answer' and event_at > $rang_since then operator_id end as rang_by,
    count(*) as n,
    max(event_at) as newest_at,
    max(line) filter (where kind = 'ring_no_answer') as line,
    max(event_at) filter (where kind = 'callback_requested') as promised_at,
    max(event_at) filter (where kind = 'callback_made') as tried_at,
    max(event_at) filter (where kind = 'callback_made' and value is distinct from 'attempted')
        as called_at,
    max(event_at) filter (where kind = 'message_in') as asked_at,
    max(event_at) filter (where kind = 'message_out' and operator_id is not null) as replied_at,
    max(event_at) filter (where kind = 'hold_started') as held_at,
    max(event_at) filter (where kind = 'hold_ended') as unheld_at
from lake.events
where received_date between $yesterday and $today and event_at <= $as_of
group by source, 2, 3
"""


def events(lake: Lake, moment: Moment) -> dict[str, datetime]:
    """Read the events once into board_turns; return the newest of each source.

    One row a source and contact whose turns matter (who wrote last, called back, on hold), or
    source and operator whose phone rang in vain of late (n times), or source.
    """
    params: dict[str, object] = {
        "yesterday": moment.day - timedelta(days=1),
        "today": moment.day,
        "as_of": moment.at,
        "rang_since": moment.at - RANG,
    }
    lake.con.execute(_TURNS, params)
    found = run(lake, "select source, max(newest_at) as at_ from board_turns group by source", {})
    return dict(found.iter_rows())
