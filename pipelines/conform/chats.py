"""Chats: one leg, from received to the first message of a human; bots never count."""

import duckdb

from pipelines.conform import tables
from pipelines.conform.columns_chats import CHATS, MESSAGES
from pipelines.conform.lines import name_lines
from pipelines.conform.mapping import COMPLEX

LINE = "chat"

# fields of the structs are unnested side by side: several times faster than unnesting the structs
UNNESTED = """
create or replace table conform_unnested as
select
    row_no as contact_no,
    unnest(list_transform(messages, lambda m: m.sent_at)) as sent_at,
    unnest(list_transform(messages, lambda m: m.sender)) as sender,
    unnest(list_transform(messages, lambda m: m.operator_id)) as operator_id,
    unnest(list_transform(messages, lambda m: m.text)) as text,
    unnest(list_transform(messages, lambda m: m.sets_waiting)) as sets_waiting,
    unnest(range(len(messages))) as place
from {staged}
"""

MESSAGES_OF = """
create or replace table conform_messages as
with
spoken as (
    select
        contact_no,
        sent_at,
        operator_id,
        text,
        place,
        coalesce(sets_waiting, false) as sets_waiting,
        sender = 'citizen' as is_citizen,
        sender = 'operator' as is_human
    from conform_unnested
    where sent_at is not null and sender in ('citizen', 'operator')
),

waits as (
    select
        contact_no,
        sent_at,
        place,
        max((sent_at, place)) filter (where is_human and sets_waiting) over before as asked,
        max((sent_at, place)) filter (where is_citizen) over before as said
    from spoken
    where contact_no in (select contact_no from spoken where sets_waiting)
    window before as (
        partition by contact_no order by sent_at, place
        rows between unbounded preceding and 1 preceding
    )
)

select
    spoken.*,
    coalesce(
        spoken.is_citizen and waits.asked is not null
        and (waits.said is null or waits.asked > waits.said),
        false
    ) as is_reply
from spoken
left join waits
    on spoken.contact_no = waits.contact_no
    and spoken.sent_at = waits.sent_at and spoken.place = waits.place
"""

TALKS = """
create or replace table conform_talks as
with
talks as (
    select
        contact_no,
        min(sent_at) filter (where is_human) as answered_at,
        max(sent_at) as last_message_at,
        arg_min(operator_id, sent_at) filter (where is_human) as first_operator,
        arg_max(operator_id, sent_at) filter (where is_human) as last_operator,
        arg_min(text, sent_at) filter (where is_citizen) as text
    from conform_messages
    group by contact_no
),

seconds as (
    select messages.contact_no, min(messages.sent_at) as second_operator_at
    from conform_messages as messages
    inner join talks on messages.contact_no = talks.contact_no
    where messages.is_human and messages.operator_id <> talks.first_operator
    group by messages.contact_no
)

select talks.*, seconds.second_operator_at
from talks
left join seconds on talks.contact_no = seconds.contact_no
"""

ROWS = """
create or replace table conform_rows as
with
joined as (
    select
        staged.* exclude (messages, row_no, transferred_to),
        staged.row_no as contact_no,
        'chat' as channel,
        $line as line,
        staged.messages is null
            and (staged.resolved_at is not null or coalesce(staged.closed_by = 'operator', false))
            as is_answered,
        cast(len(staged.messages) as integer) as n_messages,
        coalesce(lines.line, staged.transferred_to) as transferred_to,
        talks.answered_at,
        talks.last_message_at,
        talks.second_operator_at,
        talks.first_operator as operator_of_leg,
        talks.last_operator as operator_id,
        talks.text,
        timezone($zone, staged.received_at) as local_at
    from {staged} as staged
    left join conform_talks as talks on staged.row_no = talks.contact_no
    left join conform_line_names as lines on staged.transferred_to = lines.name
)

select
    *,
    cast(local_at as date) as received_date,
    case
        when answered_at is not null then 'answered'
        -- a source without messages knows that there was an answer, not when
        when is_answered then 'answered'
        when ended_at is not null then 'abandoned'
        else 'open'
    end as left_as,
    case
        when ended_at is null then null
        when answered_at is not null or is_answered then 'served'
        else 'abandoned'
    end as outcome
from joined
"""

LEGS = """
select
    contact_id, 1 as leg, $source as source, channel, line, received_at as queued_at, answered_at,
    ended_at as left_at, left_as, operator_of_leg as operator_id,
    case
        when ended_at >= answered_at then (epoch_us(ended_at) - epoch_us(answered_at)) / 1e6
    end as talk_s,
    received_at, received_date
from conform_rows
"""


def conform_chats(con: duckdb.DuckDBPyConnection, staged: str, source: str, zone: str) -> None:
    """Fill new_contacts, new_legs, new_events, new_identity from the staged chats."""
    name_lines(con, f"select transferred_to as name from {staged}")
    con.execute(UNNESTED.format(staged=staged))
    con.execute(MESSAGES_OF)
    con.execute(TALKS)
    con.execute(ROWS.format(staged=staged), {"zone": zone, "line": LINE})
    tables.fill(con, "legs", LEGS, {"source": source})
    con.execute("""
        create or replace table conform_said as
        select messages.*, rows.contact_id, rows.received_at, rows.received_date
        from conform_messages as messages
        inner join conform_rows as rows on messages.contact_no = rows.contact_no
    """)
    made = [event for column in CHATS for event in column.events]
    events = f"{tables.events_sql(made, 'conform_rows')} union all {_messages()}"
    tables.fill_events(con, source, tables.with_listed(con, events, "conform_rows"))
    tables.fill_identity(con, CHATS, "conform_rows")
    computed = {
        "line": "line",
        "channel": "channel",
        "operator_id": "operator_id",
        "outcome": "outcome",
        "text": "text",
        "n_messages": "n_messages",
        "is_complex": COMPLEX,
    }
    tables.make_headers(con, CHATS, source, computed)
    tables.fill_contacts(con)


def _messages() -> str:
    return tables.events_sql(MESSAGES, "conform_said")
