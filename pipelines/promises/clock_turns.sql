-- Resolutions and reopenings of units (contacts, or whole cases) that have more than one of them.
--
-- grain:   one row an event and unit
-- reads:   clock_contacts, clock_moments, clock_cases, clock_event_rows, clock_around, lake.events
with

units as (
    select
        'contact' as subject,
        m.contact_id as unit,
        m.contact_id,
        cast(null as timestamptz) as since_at
    from clock_moments as m
    where m.reopened_at is not null or m.waiting_for_citizen_at is not null
    union all
    select
        'case' as subject,
        c.case_number as unit,
        c.contact_id,
        cast(null as timestamptz) as since_at
    from clock_cases as c
    union all
    -- who came after a resolution of the case: what is done from then on
    select
        'case' as subject,
        c.unit,
        k.contact_id,
        case when c.came_after then c.received_at end as since_at
    from clock_cases as c
    inner join clock_cases as k
        on
            c.case_number = k.case_number
            and k.received_at between c.received_at - interval 7 days
            and c.received_at + interval 7 days
    where c.unit = c.contact_id
    union all
    select
        'case' as subject,
        coalesce(c.case_number, c.contact_id) as unit,
        c.contact_id,
        cast(null as timestamptz) as since_at
    from clock_contacts as c
    inner join clock_moments as m on c.contact_id = m.contact_id
    where
        (m.reopened_at is not null or m.waiting_for_citizen_at is not null)
        and c.contact_id not in (select k.contact_id from clock_cases as k)
),

asking as (
    select distinct
        u.subject,
        u.unit
    from units as u
    inner join clock_moments as m on u.contact_id = m.contact_id
    where m.waiting_for_citizen_at is not null
),

-- all contacts of the citizens who were asked something
others as (
    select distinct
        u.subject,
        u.unit,
        n.contact_id,
        n.received_at
    from asking as a
    inner join units as u on a.subject = u.subject and a.unit = u.unit
    inner join clock_contacts as c on u.contact_id = c.contact_id
    inner join clock_around as n on c.citizen_key = n.citizen_key
),

-- a contact is an answer too, and so is a message in one
words as (
    select
        o.subject,
        o.unit,
        o.received_at as event_at
    from others as o
    union all
    select
        o.subject,
        o.unit,
        e.event_at
    from others as o
    inner join lake.events as e on o.contact_id = e.contact_id
    where
        e.received_date between $around_first_day and $around_last_day
        and e.kind in ('citizen_replied', 'message_in')
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
    and (
        u.since_at is null
        or u.unit = u.contact_id
        or e.event_at >= u.since_at
        or e.kind not in ('resolved', 'reopened')
    )
union all
select
    w.subject,
    w.unit,
    w.event_at,
    'citizen_replied' as kind
from words as w
