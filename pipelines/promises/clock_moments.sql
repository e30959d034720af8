-- First time of every event kind of a contact, and what the other values tell.
--
-- grain:   one row a contact that has events
-- key:     contact_id
-- reads:   lake.events, clock_contacts
-- caveat:  an operator's message is one with an operator: bots and systems never answer
select
    e.contact_id,
/* moments */
    min(e.event_at) filter (
        where e.kind = 'message_out' and e.operator_id is not null
    ) as operator_message_at,
    min(e.event_at) filter (
        where
            e.kind = 'confirmation_sent'
            and (contains(lower(e.value), 'mail') or contains(lower(e.value), 'почт'))
    ) as confirmation_email_at,
    count(*) filter (where e.kind = 'transferred') as n_transferred
from lake.events as e
where
    e.received_date between $around_first_day and $around_last_day
    and e.contact_id in (select c.contact_id from clock_contacts as c)
group by e.contact_id
