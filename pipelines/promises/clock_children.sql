-- When a contact that continues this one was answered.
--
-- grain:   one row a contact with an answered continuation of the week after it
-- key:     contact_id (of the parent)
-- reads:   clock_contacts, clock_around, clock_leg_rows, clock_event_rows
with

children as (
    select
        n.contact_id,
        n.parent_contact_id
    from clock_around as n
    inner join clock_contacts as c on n.parent_contact_id = c.contact_id
    where c.is_asked and n.received_at <= c.received_at + interval 7 days
),

answers as (
    select
        l.contact_id,
        l.answered_at
    from clock_leg_rows as l
    where l.contact_id in (select c.contact_id from children as c)
    union all
    select
        e.contact_id,
        e.event_at
    from clock_event_rows as e
    where
        e.kind = 'answered'
        and e.contact_id in (select c.contact_id from children as c)
)

select
    c.parent_contact_id as contact_id,
    min(a.answered_at) as child_answered_at
from children as c
inner join answers as a on c.contact_id = a.contact_id
where a.answered_at is not null
group by c.parent_contact_id
