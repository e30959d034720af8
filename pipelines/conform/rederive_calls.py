"""Legs of calls from events: a stay begins when the call enters a queue and ends when it leaves.

Events that name their leg belong to it. Others belong to the last leg begun before them: entering a
queue begins one, so does a transfer to a known line (or one that is answered) without `queued`.
Logs whose events all name their queue have a way of their own: `stays.py`.
"""

import duckdb

from pipelines.conform.calls import FLOW_OUTCOMES
from pipelines.conform.stays import RECOVERED, routes_sql

# an answer so shortly before its queue entry is the answer to it: clocks and writers differ
SKEW_S = 2

# what leads a call through its queues; chats and forms have one leg by a rule of their own
ROUTES = """
create or replace table conform_routes as
with
routes as (
    select
        contact_no, event_at, nth, kind, leg, line, operator_id, value,
        lead(kind) over course as next_kind,
        lead(event_at) over course as next_at
    from conform_events
    where
        channel not in ('chat', 'portal')
        and not names_queue
        and kind in (
            'queued', 'answered', 'transferred', 'flowed_out', 'abandoned', 'ended',
            'callback_requested'
        )
    window course as (partition by contact_no order by nth)
),

begun as (
    select
        *,
        kind = 'queued' or (
            kind = 'transferred' and leg is null
            and next_kind is distinct from 'queued'
            and (
                coalesce(next_kind in ('answered', 'abandoned', 'flowed_out'), false)
                or (
                    value in (select queue from ref_queues)
                    and not coalesce(next_kind = 'ended' and next_at = event_at, false)
                )
            )
        ) as is_start
    from routes
)

select
    * exclude (leg, next_kind, next_at),
    coalesce(leg, greatest(
        count(*) filter (where is_start and leg is null) over so_far
        + coalesce(max(leg) over so_far, 0),
        -- before any queue: leg 0, unless the clocks of one system put it just before its entry
        cast(coalesce(
            kind in ('answered', 'flowed_out')
            and next_kind = 'queued' and next_at <= event_at + to_seconds({skew_s}),
            false
        ) as integer)
    )) as leg
from begun
window so_far as (
    partition by contact_no order by nth
    rows between unbounded preceding and current row
)
"""

CALL_LEGS = """
create or replace table conform_call_legs as
with
stays as (
    select
        contact_no,
        leg,
        min(event_at) filter (where is_start) as queued_at,
        coalesce(
            min(event_at) filter (where kind = 'answered' and value is distinct from '{recovered}'),
            min(event_at) filter (where kind = 'answered')
        ) as picked_up_at,
        min(event_at) filter (where kind = 'abandoned') as abandoned_at,
        min(event_at) filter (
            where kind = 'flowed_out' or (kind = 'transferred' and not is_start)
        ) as flowed_at,
        min(event_at) filter (where kind = 'callback_requested') as callback_at,
        min(event_at) filter (where kind = 'ended') as ended_at,
        bool_or(kind = 'ended' and value in {flow_outcomes}) as has_flowed,
        bool_or(kind = 'ended' and value = 'served') as is_served,
        bool_or(is_start or kind = 'answered') as has_entry,
        arg_min(case when kind = 'transferred' then value else line end, nth)
            filter (where is_start or kind = 'answered') as line,
        arg_min(operator_id, (coalesce(value = '{recovered}', false), nth))
            filter (where kind = 'answered') as operator_id,
        arg_min(try_cast(value as double), nth) filter (where kind = 'answered')
            as ring_s
    from conform_routes
    group by contact_no, leg
),

entered as (
    select
        * exclude (leg, picked_up_at, flowed_at),
        leg + cast(min(leg) over of_contact = 0 as integer) as leg,
        case when picked_up_at is not null then greatest(picked_up_at, queued_at) end
            as picked_up_at,
        case when flowed_at >= coalesce(queued_at, flowed_at) then flowed_at end as flowed_at,
        lead(coalesce(queued_at, picked_up_at)) over (partition by contact_no order by leg)
            as next_at
    from stays
    where has_entry
    window of_contact as (partition by contact_no)
),

answers as (
    select
        *,
        -- answered after the caller had left is a call back, not an answer in the queue
        case
            when picked_up_at <= coalesce(least(abandoned_at, flowed_at), picked_up_at)
                then picked_up_at
        end as answered_at
    from entered
)

select
    contact_no,
    leg,
    line,
    queued_at,
    answered_at,
    operator_id,
    ring_s,
    case
        when answered_at is not null then 'answered'
        when abandoned_at <= coalesce(flowed_at, abandoned_at) then 'abandoned'
        -- a transfer known to the end of the call only: who was served had been answered
        when is_served and coalesce(flowed_at = ended_at, true) and callback_at is null
            then 'answered'
        when flowed_at is not null or has_flowed or callback_at is not null then 'flowed_out'
        when ended_at is not null then 'abandoned'
        when next_at is not null then 'flowed_out'
        else 'open'
    end as left_as,
    case
        when answered_at is not null then least(flowed_at, abandoned_at, ended_at, next_at)
        else coalesce(least(abandoned_at, flowed_at), ended_at, callback_at, next_at)
    end as left_at
from answers
"""


def make_call_legs(con: duckdb.DuckDBPyConnection) -> None:
    """Make conform_call_legs of the events of calls in conform_events."""
    con.execute(ROUTES.format(skew_s=SKEW_S))
    if con.execute("select 1 from conform_contacts where names_queue limit 1").fetchall():
        con.execute(f"insert into conform_routes by name {routes_sql(con)}")
    con.execute(CALL_LEGS.format(flow_outcomes=FLOW_OUTCOMES, recovered=RECOVERED))
