-- Resolutions and reopenings of units (contacts, or whole cases) that have more than one of them.
--
-- grain:   one row an event and unit
-- reads:   clock_contacts, clock_moments, clock_cases, clock_event_rows, clock_around
with

units as (
    select
        'contact' as subject,
        m.contact_id as unit,
        m.contact_id
    from clock_moments as m
    where m.reopened_at is not null or m.waiting_for_citizen_at is not null
    union all
    select
        'case' as subject,
        c.case_number as unit,
        c.contact_id
    from clock_cases as c
    union all
    select
        'case' as subject,
        coalesce(c.case_number, c.contact_id) as unit,
        c.contact_id
    from clock_contacts as c
    inner join clock_moments as m on c.contact_id = m.contact_id
    where
        (m.reopened_at is not null or m.waiting_for_citizen_at is not null)
        and c.contact_id not in (select k.contact_id from clock_cases as k)
)

select
    u.subject,
    u.unit,
    e.event_at,
    e.kind
from units as u
inner join clock_event_rows as e on u.contact_id = e.contact_id
where
    e.kind in ('resolved', 'reopened', 'waiting_for_citizen', 'citizen_replied', 'message_in')
union all
-- the citizen's next contact is an answer too
select
    u.subject,
    u.unit,
    n.received_at as event_at,
    'citizen_replied' as kind
from units as u
inner join clock_contacts as c on u.contact_id = c.contact_id
inner join clock_around as n
    on c.citizen_key = n.citizen_key and c.received_at < n.received_at
where
    u.contact_id in (
        select m.contact_id from clock_moments as m where m.waiting_for_citizen_at is not null
    )
