-- Contacts of a period that could be reviewed: closed, with an operator, not given up.
--
-- grain:   one row per contact
-- reads:   contacts, operators
-- caveat:  the operator is who ended the contact: the one its outcome is charged to

select
    contacts.contact_id,
    contacts.operator_id,
    operators.team,
    contacts.category,
    contacts.line,
    contacts.menu_choice,
    contacts.channel,
    contacts.citizen_key,
    contacts.rating,
    contacts.received_at,
    contacts.received_date
from lake.contacts as contacts
left join lake.operators as operators on contacts.operator_id = operators.operator_id
where
    contacts.received_date >= $period_start
    and contacts.received_date < $period_end
    and contacts.operator_id is not null
    and contacts.outcome is not null
    and contacts.outcome not in ('abandoned', 'abandoned_menu', 'self_served', 'flowed_out')
