"""Contacts whose events come one by one: headers and legs from all events, whenever they came.

Works on what `conform_events` left in new_events, new_contacts, new_identity, and on the lake.
Order of arrival does not matter: a contact whose `received` has not come yet is made of what is
known and completed later.
"""

import duckdb

from pipelines.conform import tables
from pipelines.conform.known import read_known
from pipelines.conform.lines import prepare_hours, zone_of
from pipelines.conform.mapping import tie_of_any
from pipelines.conform.recovered import settle_recovered
from pipelines.conform.rederive_headers import make_headers_of_events
from pipelines.conform.rederive_legs import make_legs_of_events
from pipelines.conform.stays import NAMES_QUEUES_SQL, RECOVERED

# an event that is in the lake already (the same contact came by its wide log) is not news
REPEATED = """
delete from new_events as new
using conform_old_events as old
where
    new.contact_id = old.contact_id
    and new.kind = old.kind
    and new.event_at = old.event_at
    and (new.leg is null or old.leg is null or new.leg = old.leg)
    and (new.kind not in ('message_in', 'message_out') or new.value is not distinct from old.value)
    -- where every event names its queue, a call may leave one and enter another in one second,
    -- and ring at two operators; another form of the log may tell the same with less
    and (
        old.source not in {names_queues}
        or (
            (new.line is null or old.line is null or new.line = old.line)
            and (
                new.operator_id is null or old.operator_id is null
                or new.operator_id = old.operator_id
            )
            and (
                new.kind = 'transferred' or new.value is null or old.value is null
                or new.value = '{recovered}' or new.value = old.value
            )
        )
    )
    -- what was only proved before is told now
    and (old.value is distinct from '{recovered}' or new.value is not distinct from old.value)
"""

# a beginning told twice in one batch (each webhook of a chat tells it) is one
ONCE = """
delete from new_events where kind = 'received' and rowid not in (
    select min(rowid) from new_events where kind = 'received' group by contact_id, event_at
)
"""

CONTACTS = """
create or replace table conform_contacts as
with
firsts as (
    select
        contact_id,
        min(event_at) as first_at,
        min(event_at) filter (where kind = 'received') as received_at,
        bool_or(kind in ('message_in', 'message_out')) as has_messages,
        bool_or(kind = 'replied') as has_reply,
        arg_min(line, event_at) filter (where kind = 'received') as received_line,
        bool_or(kind = 'queued' and line is not null) as is_line_told,
        min(line) filter (
            where kind = 'received' and value = 'dialled'
                and line in (select ref_lines.line from ref_lines)
        ) as dialled_line,
        max(seq) filter (where not is_new) as old_seq
    from conform_unordered
    group by contact_id
),

dated as (
    select *, coalesce(received_at, first_at) as starts_at from firsts
)

select
    said.rowid as contact_no,
    said.* exclude (received_at, received_date, channel, is_staffed, line, operator_id),
    dated.starts_at as received_at,
    timezone($zone, dated.starts_at) as local_at,
    cast(timezone($zone, dated.starts_at) as date) as received_date,
    coalesce(dated.old_seq, 0) as old_seq,
    -- a line made of events read earlier counts as they do, no more
    case when not dated.is_line_told then known.line end as known_line,
    coalesce(dated.received_line, known_line) as first_line,
    said.source in {names_queues} as names_queue,
    dated.dialled_line,
    coalesce(
        said.channel,
        known.channel,
        case
            when said.source in ('calls', 'queue_log') then 'phone'
            when said.source = 'chats' then 'chat'
            when said.source = 'feedback' then 'portal'
            when dated.has_messages then 'chat'
            when dated.has_reply then 'portal'
            else 'phone'
        end
    ) as channel
from new_contacts as said
inner join dated on said.contact_id = dated.contact_id
left join conform_known as known on said.contact_id = known.contact_id
"""

UNORDERED = """
create or replace view conform_unordered as
select contact_id, seq, event_at, kind, leg, line, operator_id, value, true as is_new
from new_events
union all
select contact_id, seq, event_at, kind, leg, line, operator_id, value, false
from conform_old_events
"""

# nth: its place among the events of its contact, by which all that follows orders them
EVENTS = """
create or replace table conform_events as
with
tied as (
    select
        contacts.contact_no,
        contacts.channel,
        contacts.names_queue,
        events.* exclude (contact_id),
        cast({tie} as integer) as tie
    from conform_unordered as events
    inner join conform_contacts as contacts on events.contact_id = contacts.contact_id
)

select
    * exclude (tie),
    cast(row_number() over (
        partition by contact_no order by event_at, tie, seq
    ) as integer) as nth
from tied
"""

# events already in the lake keep their numbers; those that come late are numbered after them
AFTER_OLD = (
    "contacts.old_seq + row_number() over (partition by events.contact_no order by events.nth)"
)
NEW_EVENTS = """
select
    contacts.contact_id,
    {seq} as seq,
    events.event_at,
    events.kind,
    events.leg,
    coalesce(events.line, case when events.kind in ('received', 'queued') then contacts.line end)
        as line,
    events.operator_id,
    events.value,
    contacts.source,
    contacts.received_at,
    contacts.received_date
from conform_events as events
inner join conform_headers as contacts on events.contact_no = contacts.contact_no
where events.is_new
"""
IDENTITY = """
select said.contact_id, said.kind, said.key, contacts.received_at
from conform_identity as said
inner join conform_contacts as contacts on said.contact_id = contacts.contact_id
"""

# contacts of the lake whose received_at is another now: their stored events carry the old one
RESTAMPED = """
create or replace table restamped as
select new.contact_id, new.received_at, new.received_date, old.received_date as old_received_date
from new_contacts as new
inner join conform_known as old on new.contact_id = old.contact_id
where new.received_at is distinct from old.received_at
"""


def rederive(con: duckdb.DuckDBPyConnection) -> None:
    """Make new_contacts and new_legs of every contact in new_events, and finish new_events.

    Args:
        con: has the lake attached as `lake`, and what `conform` of the dataset events made.

    Also makes `restamped` (contact_id, received_at, received_date, old_received_date): contacts of
    the lake whose `received` came only now; events of theirs in the lake hold the old times. And
    `outdated` (contact_id, received_date, seq): stored events that what came now does away with.
    """
    zone = zone_of(con)
    prepare_hours(con)
    read_known(con)
    has_old = bool(con.execute("select 1 from conform_old_events limit 1").fetchall())
    if has_old:
        con.execute(REPEATED.format(recovered=RECOVERED, names_queues=NAMES_QUEUES_SQL))
    settle_recovered(con)
    con.execute(ONCE)
    con.execute(UNORDERED)
    con.execute(CONTACTS.format(names_queues=NAMES_QUEUES_SQL), {"zone": zone})
    con.execute(EVENTS.format(tie=tie_of_any("events.leg")))
    make_legs_of_events(con)
    make_headers_of_events(con, zone)
    con.execute("alter table new_identity rename to conform_identity")
    tables.make_empty(con, ("contacts", "legs", "events", "identity"))
    tables.fill(con, "events", NEW_EVENTS.format(seq=AFTER_OLD if has_old else "events.nth"))
    tables.fill(con, "legs", "select * from conform_legs")
    tables.fill(con, "identity", IDENTITY)
    tables.fill_contacts(con)
    con.execute(RESTAMPED)
    con.execute("drop view conform_unordered")
    tables.drop_working(con)
