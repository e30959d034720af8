-- Neighbours: contacts of the same citizen or case, and contacts that continue an asked one.
--
-- grain:   one row a contact within 7 days around the asked ones (asked ones among them)
-- key:     contact_id
-- reads:   lake.contacts, clock_asked
select
    c.contact_id,
    c.citizen_key,
    c.category,
    c.channel,
    c.case_number,
    c.parent_contact_id,
    c.received_at,
    c.received_date
from lake.contacts as c
where
    c.received_date between $around_first_day and $around_last_day
    and c.received_at between $around_first_at and $around_last_at
    and (
        c.citizen_key in (
            select a.citizen_key from clock_asked as a where a.citizen_key is not null
        )
        or c.case_number in (
            select a.case_number from clock_asked as a where a.case_number is not null
        )
        or c.parent_contact_id in (select a.contact_id from clock_asked as a)
    )
