"""Calls: one row a stay in one queue; a transfer without a row of its own adds a leg."""

import duckdb

from pipelines.conform import tables
from pipelines.conform.columns_calls import CALLS
from pipelines.conform.lines import name_lines
from pipelines.conform.mapping import COMPLEX

# leaving the queue unanswered by these is the caller's own doing; by any other, the queue's
_CALLER_LEFT = (
    "('abandon', 'abandoned', 'hangup', 'caller_hangup', 'caller', 'answered', 'connected')"
)
FLOW_OUTCOMES = "('callback', 'ticket', 'flowed_out', 'transferred', 'self_served')"

# several rows of one call: what each knows of its neighbours
_MANY = """
    first_value(row_no) over legs as contact_no,
    first_value(received_at) over legs as contact_received_at,
    row_number() over legs = 1 as is_first,
    lead(row_no) over legs is null as is_last,
    lead(coalesce(queued_at, answered_at, received_at)) over legs as next_leg_at
"""
_ONE = """
    row_no as contact_no,
    received_at as contact_received_at,
    true as is_first,
    true as is_last,
    cast(null as timestamptz) as next_leg_at
"""

WINDOW = "window legs as (partition by contact_id order by coalesce(leg, 1), row_no)"

ROWS = """
create or replace table conform_rows as
with
numbered as (
    select *, cast(coalesce(leg, 1) as integer) as leg_no, {neighbours}
    from {staged}
    {window}
),

known as (
    select
        numbered.* exclude (channel, received_at, transferred_to),
        coalesce(numbered.channel, 'phone') as channel,
        numbered.received_at as row_received_at,
        numbered.contact_received_at as received_at,
        timezone($zone, numbered.contact_received_at) as local_at,
        lines.line,
        coalesce(targets.line, numbered.transferred_to) as transferred_to,
        coalesce(targets.line, lines.line) as target_line,
        numbered.answered_at is not null or numbered.queued_at is not null
            or (not $knows_queue and coalesce(numbered.outcome = 'abandoned', false)) as has_leg
    from numbered
    left join conform_line_names as lines on numbered.dialled_number = lines.name
    left join conform_line_names as targets on numbered.transferred_to = targets.name
),

judged as (
    select
        *,
        cast(local_at as date) as received_date,
        case
            when not has_leg then null
            when answered_at is not null then 'answered'
            when
                outcome in {flow_outcomes}
                or transferred_at is not null
                or callback_requested_at >= coalesce(queued_at, received_at)
                or lower(queue_exit_reason) not in {caller_left}
                then 'flowed_out'
            when outcome = 'served' then 'answered'
            when ended_at is not null or starts_with(outcome, 'abandoned') then 'abandoned'
            when next_leg_at is not null then 'flowed_out'
            else 'open'
        end as left_as,
        case
            when is_last and transferred_at is not null then leg_no + cast(has_leg as integer)
        end as target_leg
    from known
)

select
    *,
    case
        when left_as = 'flowed_out' then coalesce(
            transferred_at, ended_at, callback_requested_at, ticket_created_at, next_leg_at
        )
        when left_as in ('answered', 'abandoned')
            then coalesce(transferred_at, ended_at, next_leg_at)
    end as left_at,
    case
        when target_leg is null then null
        when transfer_answered_at is not null then 'answered'
        when callback_requested_at >= transferred_at or outcome in ('callback', 'ticket')
            then 'flowed_out'
        when ended_at is not null then 'abandoned'
        else 'open'
    end as target_left_as,
    coalesce(ended_at, callback_requested_at) as target_left_at,
    case
        when transfer_answered_at is not null then coalesce(transfer_operator_id, operator_id)
        else operator_id
    end as last_operator
from judged
"""

LEGS = """
select
    contact_id, leg_no as leg, channel, line, queued_at, answered_at, left_at, left_as,
    operator_id, ring_s, received_at, received_date,
    case when answered_at is not null then hold_s end as hold_s,
    case
        when answered_at is not null and target_left_as is distinct from 'answered' then wrap_s
    end as wrap_s,
    case
        when left_at >= answered_at
            then greatest(
                (epoch_us(left_at) - epoch_us(answered_at)) / 1e6 - coalesce(hold_s, 0), 0
            )
    end as talk_s
from conform_rows
where has_leg
union all
select
    contact_id, target_leg, channel, target_line, transferred_at, transfer_answered_at,
    case
        when target_left_as = 'answered' then ended_at
        when target_left_as <> 'open' then target_left_at
    end,
    target_left_as,
    transfer_operator_id, null, received_at, received_date,
    null,
    case when target_left_as = 'answered' then wrap_s end,
    case
        when ended_at >= transfer_answered_at
            then (epoch_us(ended_at) - epoch_us(transfer_answered_at)) / 1e6
    end
from conform_rows
where target_leg is not null
"""


# a call without a queue of its own that the menu passed on: the line of its first leg
FIRST_LINE = "case when has_leg or target_leg is null then line else target_line end"

VERSIONS = """
create or replace table conform_versions as
select * from {staged}
qualify row_number() over (
    partition by contact_id, coalesce(leg, 1) order by row_no desc
) = 1
"""


def conform_calls(con: duckdb.DuckDBPyConnection, staged: str, source: str, zone: str) -> None:
    """Fill new_contacts, new_legs, new_events, new_identity from the staged calls."""
    rows, contacts, queued = con.sql(
        f"select count(*), count(distinct contact_id), count(queued_at) from {staged}"
    ).fetchall()[0]
    name_lines(
        con,
        f"select dialled_number as name from {staged} "
        f"union all select transferred_to from {staged}",
    )
    is_many = rows > contacts
    if is_many:
        con.execute(VERSIONS.format(staged=staged))
    con.execute(
        ROWS.format(
            staged="conform_versions" if is_many else staged,
            neighbours=_MANY if is_many else _ONE,
            window=WINDOW if is_many else "",
            flow_outcomes=FLOW_OUTCOMES,
            caller_left=_CALLER_LEFT,
        ),
        {"zone": zone, "knows_queue": queued > 0},
    )
    tables.fill(con, "legs", f"select *, $source as source from ({LEGS})", {"source": source})
    made = [event for column in CALLS for event in column.events]
    events = tables.with_listed(con, tables.events_sql(made, "conform_rows"), "conform_rows")
    tables.fill_events(con, source, events)
    tables.fill_identity(con, CALLS, "conform_rows")
    computed = {"line": FIRST_LINE, "operator_id": "last_operator", "is_complex": COMPLEX}
    tables.make_headers(con, CALLS, source, computed, order="leg_no" if is_many else None)
    tables.fill_contacts(con)
