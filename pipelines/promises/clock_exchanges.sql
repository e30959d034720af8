-- Each unanswered message of a chat after its first answer, and the answer to it.
--
-- grain:   one row a contact and run of the citizen's messages
-- key:     contact_id, number
-- reads:   clock_event_rows, clock_contacts
-- caveat:  messages before the first answer belong to chat.first_response
with

messages as (
    select
        e.contact_id,
        e.seq,
        e.event_at,
        e.kind
    from clock_event_rows as e
    where
        e.kind in ('message_in', 'message_out')
        and e.contact_id in (
            select c.contact_id from clock_contacts as c where c.is_asked and c.channel = 'chat'
        )
),

turns as (
    select
        m.contact_id,
        m.event_at,
        m.kind,
        lag(m.kind) over in_order as kind_before,
        min(m.event_at) filter (where m.kind = 'message_out') over (
            partition by m.contact_id order by m.event_at, m.seq
            rows between 1 following and unbounded following
        ) as answered_at
    from messages as m
    window in_order as (partition by m.contact_id order by m.event_at, m.seq)
)

select
    t.contact_id,
    row_number() over (partition by t.contact_id order by t.event_at) as number,
    t.event_at as started_at,
    t.answered_at
from turns as t
where t.kind = 'message_in' and t.kind_before = 'message_out'
