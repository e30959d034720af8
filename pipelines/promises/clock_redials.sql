-- The citizen's next call after a transfer.
--
-- grain:   one row a transferred contact whose citizen called again within 7 days
-- key:     contact_id
-- reads:   clock_contacts, clock_moments, clock_around
with

transferred as (
    select
        c.contact_id,
        c.citizen_key,
        m.transferred_at
    from clock_contacts as c
    inner join clock_moments as m on c.contact_id = m.contact_id
    where c.is_asked and m.transferred_at is not null and c.citizen_key is not null
),

later as (
    select
        n.citizen_key,
        n.received_at
    from clock_around as n
    where
        n.channel = 'phone'
        and n.parent_contact_id is null
        and n.citizen_key in (select t.citizen_key from transferred as t)
)

select
    t.contact_id,
    l.received_at as redial_at
from transferred as t
asof inner join later as l
    on t.citizen_key = l.citizen_key and t.transferred_at < l.received_at
