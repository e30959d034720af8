-- Categories of contacts that were recategorised, one after the other.
--
-- grain:   one row a contact and category it had for a time
-- key:     contact_id, from_at
-- reads:   clock_event_rows, clock_contacts
-- units:   from_at, to_at (excluded): the instants between which it was so; null without bound
with

changes as (
    select
        e.contact_id,
        e.event_at,
        arg_max(e.value, e.seq) as category
    from clock_event_rows as e
    where e.kind = 'recategorised'
    group by e.contact_id, e.event_at
),

spans as (
    select
        c.contact_id,
        c.first_category as category,
        cast(null as timestamptz) as from_at
    from clock_contacts as c
    where c.contact_id in (select h.contact_id from changes as h)
    union all
    select
        h.contact_id,
        h.category,
        h.event_at as from_at
    from changes as h
)

select
    s.contact_id,
    s.category,
    s.from_at,
    lead(s.from_at) over (
        partition by s.contact_id order by s.from_at asc nulls first
    ) as to_at
from spans as s
