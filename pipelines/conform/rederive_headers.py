"""Headers from events: what they changed, else what was said with them, else what is known."""

import duckdb

from expectations.rule import listed
from expectations.vocabulary import OUTCOMES
from pipelines.lake.schema import TABLES

_OUTCOMES = listed(OUTCOMES)
_TIME = (
    "case when regexp_matches(value, '(Z|[+-][0-9]{2}(:?[0-9]{2})?)$') "
    "then try_cast(value as timestamptz) else timezone($zone, try_cast(value as timestamp)) end"
)
# kind -> (field of the header, SQL of its value): the last event of the kind counts
PATCHES: dict[str, tuple[str, str]] = {
    "menu_choice": ("menu_choice", "value"),
    "rated": ("rating", "try_cast(value as double)"),
    "recategorised": ("category", "value"),
    "complex_marked": ("is_complex", "true"),
    "due_moved": ("due_at", _TIME),
    "transferred": ("transferred_to", "value"),
    "escalated": ("escalated_to", "value"),
    "verified": ("verification_result", "value"),
    "callback_requested": ("callback_due_at", _TIME),
    "callback_made": ("callback_result", "value"),
    "confirmation_sent": ("confirmation_channel", "value"),
    "registered": ("case_number", "value"),
}
# said with the events (or by the lake) is better than read out of an event
WEAK = ("case_number", "callback_due_at")

FACTS = """
create or replace table conform_facts as
select
    contact_no,
    {patches}
    arg_max(value, nth) filter (where kind = 'ended') as ended_as,
    arg_max(operator_id, nth) filter (
        where kind in ('answered', 'message_out', 'replied', 'callback_made', 'assigned', 'ended')
    ) as operator_id,
    arg_min(line, nth) filter (where kind = 'received') as line,
    arg_min(value, nth) filter (where kind = 'message_in') as text,
    count(*) filter (where kind in ('message_in', 'message_out')) as n_messages,
    arg_max(kind, nth) filter (
        where kind in ('queued', 'answered', 'transferred', 'flowed_out', 'abandoned', 'ended')
    ) = 'transferred' as is_handed_over,
    bool_or(is_new and kind in (
        'received', 'self_served', 'queued', 'answered', 'transferred', 'flowed_out', 'abandoned',
        'callback_requested', 'ticket_created', 'message_out', 'replied', 'ended'
    )) as is_moved,
    bool_or(kind = 'self_served') as is_self_served,
    bool_or(kind = 'callback_requested') as has_callback,
    bool_or(kind = 'ticket_created') as has_ticket,
    bool_or(kind = 'recategorised') as is_recategorised,
    bool_or(kind = 'recategorised' and not is_new) as was_recategorised,
    bool_or(kind = 'ended') as has_ended,
    bool_or(kind = 'abandoned') as has_left
from conform_events
group by contact_no
"""

# how the last leg was left says how the contact ended, where nobody recorded it
WAYS = """
create or replace table conform_ways as
select
    contact_id,
    arg_max(left_as, leg) as left_as,
    bool_or(left_as = 'answered') as is_answered,
    first(line order by leg) as line
from conform_legs
group by contact_id
"""

OUTCOME = """
    case
        when facts.ended_as in {outcomes} then facts.ended_as
        when said.outcome is not null then said.outcome
        when facts.is_self_served then 'self_served'
        when said.channel = 'portal' then case when ways.is_answered then 'served' end
        when facts.is_handed_over and ways.left_as <> 'open' then 'transferred'
        when not facts.has_ended and not facts.has_left
            and coalesce(ways.left_as, '') not in ('abandoned', 'flowed_out') then null
        when ways.is_answered then 'served'
        when facts.has_callback then 'callback'
        when ways.left_as = 'flowed_out' then 'flowed_out'
        when ways.left_as = 'abandoned' then 'abandoned'
        -- its way into the queue lies before the log, its way out does not
        when ways.left_as is null and facts.has_left then 'abandoned'
        when ways.left_as is null and said.names_queue then 'served'
        when facts.has_ticket then 'ticket'
        when said.channel = 'chat' then 'abandoned'
        else 'abandoned_menu'
    end
"""

HEADERS = """
create or replace table conform_headers as
select
    said.contact_no,
    said.contact_id,
    said.source,
    said.channel,
    said.received_at,
    said.received_date,
    said.local_at,
    said.old_seq,
    coalesce(ways.line, facts.line, said.known_line, {default_line}) as line,
    coalesce(facts.operator_id, known.operator_id) as operator_id,
    coalesce(
        case when facts.is_moved or known.outcome is null then {outcome} end, known.outcome
    ) as outcome,
    case
        when said.channel = 'chat'
            then nullif(greatest(facts.n_messages, coalesce(known.n_messages, 0)), 0)
    end as n_messages,
    coalesce(
        case when said.channel = 'chat' then facts.text end, said.text, known.text
    ) as text,
    coalesce(
        said.closed_by, case when facts.ended_as not in {outcomes} then facts.ended_as end,
        known.closed_by
    ) as closed_by,
    {fields},
    case
        when facts.is_recategorised then coalesce(
            known.first_category, said.category,
            case when not facts.was_recategorised then known.category end
        )
    end as first_category,
    -- links and categories made later than the log stay until the log says another
    known.citizen_key,
    case when {category} is not distinct from known.category then known.category_source end
        as category_source
from conform_contacts as said
inner join conform_facts as facts on said.contact_no = facts.contact_no
left join conform_known as known on said.contact_id = known.contact_id
left join conform_ways as ways on said.contact_id = ways.contact_id
"""
_OWN = (
    "contact_id", "source", "channel", "received_at", "received_date", "line", "operator_id",
    "outcome", "n_messages", "text", "closed_by", "is_staffed", "category_source", "citizen_key",
    "file_id", "first_category",
)  # fmt: skip


def make_headers_of_events(con: duckdb.DuckDBPyConnection, zone: str) -> None:
    """Make conform_headers of the contacts in conform_contacts; conform_legs must be there."""
    kinds = {row[0] for row in con.sql("select distinct kind from conform_events").fetchall()}
    patches = {field: (kind, sql) for kind, (field, sql) in PATCHES.items() if kind in kinds}
    chosen = "".join(
        f"arg_max({sql}, nth) filter (where kind = '{kind}') as patch_{field}, "
        for field, (kind, sql) in patches.items()
    )
    params = {"zone": zone} if "$zone" in chosen else None
    con.execute(FACTS.format(patches=chosen), params)
    con.execute(WAYS)
    fields = ", ".join(
        f"{_field(name, is_patched=name in patches)} as {name}"
        for name in TABLES["contacts"]
        if name not in _OWN
    )
    con.execute(
        HEADERS.format(
            outcome=OUTCOME.format(outcomes=_OUTCOMES),
            outcomes=_OUTCOMES,
            fields=fields,
            category=_field("category", is_patched="category" in patches),
            default_line="case when said.channel in ('chat', 'portal') then said.channel end",
        )
    )


def _field(name: str, *, is_patched: bool) -> str:
    sources = [f"said.{name}", f"known.{name}"]
    if is_patched:
        sources.insert(len(sources) if name in WEAK else 0, f"facts.patch_{name}")
    found = f"coalesce({', '.join(sources)})"
    if name == "category":  # an analyst who read the text has the last word
        return f"case when known.category_source = 'analyst' then known.category else {found} end"
    return found
