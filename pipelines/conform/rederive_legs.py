"""Legs from events: of calls by their way through queues, of chats and forms one each."""

import duckdb

from pipelines.conform.rederive_calls import make_call_legs

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
        arg_min(operator_id, nth) filter (
            where kind in ('answered', 'message_out', 'replied')
        ) as operator_id,
        min(event_at) filter (where channel = 'chat' and kind in ('ended', 'abandoned'))
            as ended_at,
        min(event_at) filter (where channel = 'chat' and kind = 'flowed_out') as flowed_at,
        arg_min(line, nth) filter (where kind = 'queued') as line
    from conform_events
    where channel in ('chat', 'portal')
    group by contact_no
    -- known only by what followed it (verified, notified): nobody knows that it waits
    having count(*) filter (
        where kind in (
            'received', 'queued', 'assigned', 'registered', 'answered', 'first_response',
            'message_in', 'message_out', 'waiting_for_citizen', 'citizen_replied', 'replied',
            'flowed_out', 'abandoned', 'ended'
        )
    ) > 0
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
        -- a queue nobody mapped: the number that was dialled tells the line
        case
            when contacts.dialled_line is not null
                and made.line not in (select ref_lines.line from ref_lines)
                then contacts.dialled_line
            else coalesce(made.line, contacts.first_line)
        end as line,
        made.queued_at,
        made.answered_at,
        made.left_at,
        -- a log that knows how the stay ended, not when: no event says it
        case
            when old.answered_at is null and old.left_as = 'answered'
                and made.left_as = 'abandoned' then old.left_as
            when old.left_at is null and made.left_as = 'open'
                then coalesce(old.left_as, 'open')
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
        -- where the lines alone tell the stays, those of an earlier reading are outdated
        and not contacts.names_queue
    union all by name
    -- of a log that knows that a call was lost, not when it was queued: no event says it
    select old.* exclude (talk_s)
    from conform_old_legs as old
    where old.queued_at is null and old.answered_at is null and not exists (
        select 1 from made
        inner join conform_contacts as contacts on made.contact_no = contacts.contact_no
        where contacts.contact_id = old.contact_id and made.leg = old.leg
    )
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
    make_call_legs(con)
    con.execute(OTHER_LEGS)
    con.execute(HOLDS)
    con.execute(LEGS)
