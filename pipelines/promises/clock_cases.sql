-- Cases of more than one contact.
--
-- grain:   one row a contact whose case has several
-- key:     contact_id
-- reads:   clock_contacts
select
    c.contact_id,
    c.case_number
from clock_contacts as c
where c.case_number is not null
qualify count(*) over (partition by c.case_number) > 1
