"""The SQL of one leg and one contact at a moment: the marts are sums of it, the metrics read it.

`leg_facts` and `contact_facts` are models of this folder. They read `asked_*` relations, made here
from rows of the lake with bound values, so that a build (days, no moment) and a metric (a period as
of a moment) run the same text.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import cast

from pipelines.lake.days import in_days

MODELS_DIR = Path(__file__).parent
EVER = datetime(9999, 12, 31, tzinfo=UTC)
LONGEST_TALK_H = 12  # a talk whose end no log tells is over after so long
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
# of lake.contacts, what contact_facts reads: who copies contacts for it copies these
CONTACT_COLUMNS = (
    "contact_id, source, channel, line, category, region, feedback_type, operator_id, citizen_key, "
    "outcome, rating, parent_contact_id, is_staffed, received_date, received_at"
)

_ROWS = """
        received_date between $first_day and $last_day
        and DAYS
        and received_at >= $start
        and received_at < $end
"""
_ASKED = {
    "leg_facts": f"""
asked as (
    select $as_of::timestamptz as as_of, $short_abandon_s::double as short_abandon_s
),
asked_legs as (
    select * from lake.legs where {_ROWS}
)""",
    "contact_facts": f"""
asked as (
    select $as_of::timestamptz as as_of
),
asked_contacts as (
    select * from lake.contacts where {_ROWS}
),
asked_self_served as (
    select contact_id, event_at from lake.events
    where kind = 'self_served' and received_date >= $recent_day and {_ROWS}
)""",
}

# a contact serves itself within its own call: one received days before the moment has ended
_NO_LATER_EVENTS = """
asked_self_served as (
    select null::varchar as contact_id, null::timestamptz as event_at where false
)"""


@cache
def text(name: str) -> str:
    """Return the SQL of a model of this folder."""
    return (MODELS_DIR / f"{name}.sql").read_text("utf-8")


def with_facts(name: str, params: dict[str, object], only: str = "true") -> str:
    """Return a `with` clause that ends in the relation `name` (leg_facts or contact_facts).

    Binds values of `params`, made by row_params. `only` is a condition of ours on the rows read.
    """
    asked = _ASKED[name].replace("received_date between", f"({only}) and received_date between", 1)
    asked = asked.replace("DAYS", in_days("received_date", cast(Iterable[date], params["days"])))
    if name == "contact_facts" and str(params["recent_day"]) > str(params["last_day"]):
        asked = asked[: asked.index("asked_self_served")] + _NO_LATER_EVENTS.lstrip()
    return f"with {asked},\n{name} as (\n{text(name)}\n)"


def open_until(of: str = "") -> str:
    """Return the SQL of the moment until which a leg waits or talks; `of`: `alias.` of its table.

    A log may know how a stay ended and not when: it is over since it began, as in leg_facts; and a
    form of the portal neither stands in a queue nor is talked about.
    """
    return f"""
        least(
            coalesce(
                {of}left_at,
                case
                    when {of}channel = 'portal' or {of}answered_at is null and {of}left_as != 'open'
                        then coalesce({of}queued_at, {of}received_at)
                end,
                timestamptz '{EVER.isoformat()}'
            ),
            {of}answered_at + to_hours({LONGEST_TALK_H})
        )"""


def created(table: str, schema: str) -> str:
    """Return the beginning of a statement that makes a table in a schema (temp, or another)."""
    return f"create or replace {'temp ' if schema == 'temp' else ''}table {schema}.{table}"


def chats(days: Iterable[date]) -> str:
    """Return the SQL of `asked_chats`: ended legs of chats received on these days."""
    return f"""
        select received_date, operator_id, answered_at, left_at from lake.legs
        where channel = 'chat' and {in_days("received_date", days)}
            and operator_id is not null and answered_at < left_at"""


# of the events of a contact, those that say what an operator did in it
_DOINGS = ("assigned", "transferred", "message_in", "message_out", "first_response", "replied",
           "ring_no_answer", "resolved", "reopened", "confirmation_sent", "ended")  # fmt: skip


def doings(days: Iterable[date], zone: str, only: str = "true") -> dict[str, str]:
    """Return the SQL of what `mart_operator_parts` reads of contacts received on these days.

    `only` is a condition of ours on contact_id.
    """
    of = f"{in_days('received_date', days)} and ({only})"
    kinds = ", ".join(f"'{kind}'" for kind in _DOINGS)
    return {
        "asked_headers": f"""
        select
            contact_id, source, channel, line, region, category, menu_choice, citizen_key, rating,
            operator_id, received_at, received_date,
            case_number is not null as has_number, outcome is not null as has_outcome,
            hour(received_at at time zone '{zone}')::tinyint as local_hour
        from lake.contacts where {of}""",
        "asked_stays": f"""
        select contact_id, operator_id, leg, line, answered_at, ring_s, talk_s, hold_s, wrap_s
        from lake.legs where {of}""",
        "asked_doings": f"""
        select contact_id, operator_id, kind, event_at, seq
        from lake.events where {of} and kind in ({kinds})""",
    }


def row_params(
    days: Iterable[date],
    start: datetime = LONG_AGO,
    end: datetime = EVER,
    as_of: datetime = EVER,
    short_abandon_s: float = 0,
) -> dict[str, object]:
    """Return the values `with_facts` binds; no days at all selects nothing."""
    listed = sorted(days)
    return {
        "days": listed,
        "first_day": listed[0] if listed else date(1970, 1, 1),
        "last_day": listed[-1] if listed else date(1970, 1, 1),
        "start": start,
        "end": end,
        "as_of": as_of,
        "short_abandon_s": float(short_abandon_s),
        "recent_day": (as_of - timedelta(days=2)).date(),
    }


def used(sql: str, params: dict[str, object]) -> dict[str, object]:
    """Keep the values a statement names: DuckDB refuses any other.

    >>> used("select $a, '$5'", {"a": 1, "b": 2})
    {'a': 1}
    """
    names = set(re.findall(r"\$([a-z_]\w*)", sql))
    return {name: value for name, value in params.items() if name in names}
