-- Cases of more than one contact, and whose resolutions and reopenings a contact's clock heeds.
--
-- grain:   one row a contact whose case has several
-- key:     contact_id
-- reads:   clock_contacts, clock_moments
-- units:   unit: the case; the contact itself where the case had been resolved before it came (its
--          clock knows what happens from then on: came_after), or the case is wider than a week
--          (its clock knows the contacts of the case within a week around it)
-- caveat:  of a case with over 20 contacts in a week those past the 20th have the case for a unit:
--          each with a unit of its own reads all events of the case
with

several as (
    select c.case_number
    from clock_contacts as c
    where c.case_number is not null
    group by c.case_number
    having count(*) > 1
),

near as (
    select
        c.contact_id,
        c.case_number,
        c.received_at,
        coalesce(min(m.resolved_at) over around < c.received_at, false) as came_after,
        max(c.received_at) over whole - min(c.received_at) over whole > interval 7 days as is_wide,
        count(*) over before as nth
    from clock_contacts as c
    left join clock_moments as m on c.contact_id = m.contact_id
    where c.case_number in (select s.case_number from several as s)
    window
        whole as (partition by c.case_number),
        around as (
            partition by c.case_number
            order by c.received_at
            range between interval 7 days preceding and interval 7 days following
        ),
        before as (
            partition by c.case_number
            order by c.received_at
            range between interval 7 days preceding and current row
        )
)

select
    contact_id,
    case_number,
    received_at,
    came_after,
    case when (came_after or is_wide) and nth <= 20 then contact_id else case_number end as unit
from near
