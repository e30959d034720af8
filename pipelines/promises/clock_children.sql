-- When a contact that continues this one was answered.
--
-- grain:   one row a contact with an answered continuation
-- key:     contact_id (of the parent)
-- reads:   clock_contacts, lake.contacts, lake.legs, lake.events
with

children as (
    select
        n.contact_id,
        n.parent_contact_id
    from lake.contacts as n
    where
        n.received_date between $first_day and $around_last_day
        and n.received_at <= $around_last_at
        and n.parent_contact_id in (select c.contact_id from clock_contacts as c where c.is_asked)
),

answers as (
    select
        l.contact_id,
        l.answered_at
    from lake.legs as l
    where
        l.received_date between $first_day and $around_last_day
        and l.contact_id in (select c.contact_id from children as c)
    union all
    select
        e.contact_id,
        e.event_at
    from lake.events as e
    where
        e.received_date between $first_day and $around_last_day
        and e.kind = 'answered'
        and e.contact_id in (select c.contact_id from children as c)
)

select
    c.parent_contact_id as contact_id,
    min(a.answered_at) as child_answered_at
from children as c
inner join answers as a on c.contact_id = a.contact_id
where a.answered_at is not null
group by c.parent_contact_id
