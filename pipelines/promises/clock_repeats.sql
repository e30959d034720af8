-- The next contact of the same citizen on the same category, on any channel.
--
-- grain:   one row a contact that has one within 7 days
-- key:     contact_id
-- reads:   clock_contacts, clock_around
-- caveat:  a continuation (a contact with a parent: escalated chat, callback) repeats nothing
with

later as (
    select
        n.citizen_key,
        n.category,
        n.received_at
    from clock_around as n
    where n.parent_contact_id is null
)

select
    c.contact_id,
    l.received_at as repeat_at
from clock_contacts as c
asof inner join later as l
    on
        c.citizen_key = l.citizen_key
        and c.category = l.category
        and c.received_at < l.received_at
where c.is_asked
