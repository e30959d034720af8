"""Legs from events: a stay in a queue begins when the contact enters it and ends when it leaves.

Events that name their leg belong to it. Others belong to the last leg begun before them: entering a
queue begins one, so does a transfer to a known line (or one that is answered) without `queued`.
"""

import duckdb

from pipelines.conform.calls import FLOW_OUTCOMES

# what leads a call through its queues; chats and forms have one leg by a rule of their own
ROUTES = """
create or replace table conform_routes as
with
routes as (
    select
        contact_no, event_at, tie, seq, kind, leg, line, operator_id, value,
        lead(kind) over course as next_kind,
        lead(event_at) over course as next_at
    from conform_events
    where
        channel not in ('chat', 'portal')
        and kind in (
            'queued', 'answered', 'transferred', 'flowed_out', 'abandoned', 'ended',
            'callback_requested'
        )
    window course as (partition by contact_no order by event_at, tie, seq)
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
        1
    )) as leg
from begun
window so_far as (
    partition by contact_no order by event_at, tie, seq
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
        min(event_at) filter (where kind = 'answered') as picked_up_at,
        min(event_at) filter (where kind = 'abandoned') as abandoned_at,
        min(event_at) filter (
            where kind = 'flowed_out' or (kind = 'transferred' and not is_start)
        ) as flowed_at,
        min(event_at) filter (where kind = 'callback_requested') as callback_at,
        min(event_at) filter (where kind = 'ended') as ended_at,
        bool_or(kind = 'ended' and value in {flow_outcomes}) as has_flowed,
        bool_or(kind = 'ended' and value = 'served') as is_served,
        bool_or(is_start or kind in ('answered', 'abandoned', 'flowed_out')) as has_queue,
        bool_or(is_start or kind = 'answered') as has_entry,
        arg_min(case when kind = 'transferred' then value else line end, (event_at, tie))
            filter (where is_start or kind = 'answered') as line,
        arg_min(operator_id, (event_at, tie)) filter (where kind = 'answered') as operator_id,
        arg_min(try_cast(value as double), (event_at, tie)) filter (where kind = 'answered')
            as ring_s
    from conform_routes
    group by contact_no, leg
),

entered as (
    select *, lead(coalesce(queued_at, picked_up_at)) over (partition by contact_no order by leg)
        as next_at
    from stays
    where has_entry
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
        when flowed_at is not null or has_flowed or callback_at is not null then 'flowed_out'
        when is_served then 'answered'
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

OTHER_LEGS = """
create or replace table conform_other_legs as
with
talks as (
    select
        contact_no,
        min(event_at) filter (
            where (channel = 'chat' and kind in ('answered', 'message_out'))
                or (channel = 'portal' and kind = 'replied')
        ) as answered_at,
        arg_min(operator_id, (event_at, tie)) filter (
            where kind in ('answered', 'message_out', 'replied')
        ) as operator_id,
        min(event_at) filter (where channel = 'chat' and kind in ('ended', 'abandoned')) as ended_at,
        min(event_at) filter (where channel = 'chat' and kind = 'flowed_out') as flowed_at,
        arg_min(line, (event_at, tie)) filter (where kind = 'queued') as line
    from conform_events
    where channel in ('chat', 'portal')
    group by contact_no
)

select
    talks.contact_no,
    1 as leg,
    coalesce(talks.line, contacts.first_line, contacts.channel) as line,
    contacts.received_at as queued_at,
    talks.answered_at,
    talks.operator_id,
    cast(null as double) as ring_s,
    case
        when talks.answered_at is not null then 'answered'
        when talks.flowed_at is not null then 'flowed_out'
        when talks.ended_at is not null then 'abandoned'
        else 'open'
    end as left_as,
    case
        when contacts.channel = 'portal' then talks.answered_at
        when talks.answered_at is not null then talks.ended_at
        else coalesce(talks.flowed_at, talks.ended_at)
    end as left_at
from talks
inner join conform_contacts as contacts on talks.contact_no = contacts.contact_no
"""

HOLDS = """
create or replace table conform_holds as
select
    contact_no,
    count(*) filter (where kind = 'hold_started') as n_started,
    count(*) filter (where kind = 'hold_ended') as n_ended,
    sum(case when kind = 'hold_ended' then epoch_us(event_at) else -epoch_us(event_at) end) / 1e6
        as held_s,
    min(event_at) as held_at
from conform_events
where kind in ('hold_started', 'hold_ended')
group by contact_no
"""

LEGS = """
create or replace table conform_legs as
with
made as (
    select * from conform_call_legs
    union all by name
    select * from conform_other_legs
),

holding as (
    select
        holds.contact_no,
        max(made.leg) as leg,
        any_value(
            case
                when holds.n_started = holds.n_ended then holds.held_s
            end
        ) as hold_s
    from conform_holds as holds
    inner join made
        on holds.contact_no = made.contact_no and made.answered_at <= holds.held_at
    group by holds.contact_no
),

timed as (
    select
        contacts.contact_id,
        made.leg,
        contacts.source,
        contacts.channel,
        coalesce(made.line, contacts.first_line) as line,
        made.queued_at,
        made.answered_at,
        made.left_at,
        -- a source that knows that there was an answer, not when
        case
            when old.left_as = 'answered' and old.answered_at is null and made.left_as = 'abandoned'
                then 'answered'
            else made.left_as
        end as left_as,
        coalesce(made.operator_id, old.operator_id) as operator_id,
        coalesce(made.ring_s, old.ring_s) as ring_s,
        coalesce(holding.hold_s, old.hold_s) as hold_s,
        old.wrap_s,
        contacts.received_at,
        contacts.received_date
    from made
    inner join conform_contacts as contacts on made.contact_no = contacts.contact_no
    left join holding on made.contact_no = holding.contact_no and made.leg = holding.leg
    left join conform_old_legs as old
        on contacts.contact_id = old.contact_id and made.leg = old.leg
)

select
    *,
    case
        when channel <> 'portal' and left_at >= answered_at then greatest(
            (epoch_us(left_at) - epoch_us(answered_at)) / 1e6 - coalesce(hold_s, 0), 0
        )
    end as talk_s
from timed
"""


def make_legs_of_events(con: duckdb.DuckDBPyConnection) -> None:
    """Make conform_legs, columns of legs, of the contacts in conform_contacts."""
    con.execute(ROUTES)
    con.execute(CALL_LEGS.format(flow_outcomes=FLOW_OUTCOMES))
    con.execute(OTHER_LEGS)
    con.execute(HOLDS)
    con.execute(LEGS)
