-- The next contact of the same citizen on the same category, on any channel.
--
-- grain:   one row a contact that has one within the days looked at
-- key:     contact_id
-- reads:   clock_contacts, clock_around
-- caveat:  a continuation (a contact with a parent: escalated chat, callback) repeats nothing.
--          A window, not an as-of join: that costs 25 times as much over many small groups
with

chains as (
    select
        n.contact_id,
        min(case when n.parent_contact_id is null then n.received_at end) over (
            partition by n.citizen_key, n.category
            order by n.received_at
            range between interval 1 microsecond following and unbounded following
        ) as repeat_at
    from clock_around as n
    where n.citizen_key is not null and n.category is not null
)

select
    chains.contact_id,
    chains.repeat_at
from chains
inner join clock_contacts as c on chains.contact_id = c.contact_id
where c.is_asked and chains.repeat_at is not null
