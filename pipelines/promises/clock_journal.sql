-- Whether a contact stands in the journal; contacts outside the journal's days are left out.
--
-- grain:   one row an asked contact the journal covers
-- key:     contact_id
-- reads:   clock_contacts, lake.journal
with

entries as (
    select
        j.contact_id,
        j.case_number
    from lake.journal as j
    where j.received_date between $around_first_day and $around_last_day
)

select
    c.contact_id,
    (
        c.contact_id in (select e.contact_id from entries as e where e.contact_id is not null)
        or coalesce(
            c.case_number in (
                select e.case_number from entries as e
                where e.contact_id is null and e.case_number is not null
            ),
            false
        )
    ) as is_in_journal
from clock_contacts as c
where c.is_asked and c.received_date between $journal_first_day and $journal_last_day
