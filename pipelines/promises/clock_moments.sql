-- First time of every event kind of a contact, and what the other values tell.
--
-- grain:   one row a contact that has events
-- key:     contact_id
-- reads:   clock_event_rows
-- caveat:  message_out is a human's by definition: bots and systems make no such event
select
    e.contact_id,
    /* moments */
    message_out_at as operator_message_at,
    min(e.event_at) filter (
        where
        e.kind = 'confirmation_sent'
        and (contains(lower(e.value), 'mail') or contains(lower(e.value), 'почт'))
    ) as confirmation_email_at,
    count(*) filter (where e.kind = 'transferred') as n_transferred
from clock_event_rows as e
group by e.contact_id
