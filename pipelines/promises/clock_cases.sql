-- Cases of more than one contact, and whose resolutions and reopenings a contact's clock heeds.
--
-- grain:   one row a contact whose case has several
-- key:     contact_id
-- reads:   clock_contacts, clock_moments
-- units:   unit: the case; the contact itself where the case had been resolved before it came: its
--          clock knows what happens from then on
-- caveat:  that is so for the first 20 contacts of a case: each reads all events of the case
select
    c.contact_id,
    c.case_number,
    c.received_at,
    case
        when
            min(m.resolved_at) over (partition by c.case_number) < c.received_at
            and row_number() over (
                partition by c.case_number order by c.received_at, c.contact_id
            ) <= 20
            then c.contact_id
        else c.case_number
    end as unit
from clock_contacts as c
left join clock_moments as m on c.contact_id = m.contact_id
where c.case_number is not null
qualify count(*) over (partition by c.case_number) > 1
