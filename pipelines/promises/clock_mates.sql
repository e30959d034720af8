-- The other contacts of the asked contacts' cases.
--
-- grain:   one row a contact
-- key:     contact_id
-- reads:   lake.contacts, clock_asked, clock_around
select c.* exclude (text, file_id)
from lake.contacts as c
where
    c.received_date between $around_first_day and $around_last_day
    and c.contact_id in (
        select r.contact_id
        from clock_around as r
        where
            r.case_number in (
                select a.case_number from clock_asked as a where a.case_number is not null
            )
            and r.contact_id not in (select a.contact_id from clock_asked as a)
    )
