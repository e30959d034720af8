-- Contacts to judge, and the rest of their cases.
--
-- grain:   one row a contact; is_asked: in the asked table (others only complete a case)
-- key:     contact_id
-- reads:   lake.contacts, asked_contacts, ref_categories
-- caveat:  a case is completed within 7 days around the asked contacts
with

asked as (
    select c.*
    from lake.contacts as c
    where
        c.received_date between $first_day and $last_day
        and c.contact_id in (select a.contact_id from asked_contacts as a)
),

case_mates as (
    select c.*
    from lake.contacts as c
    where
        c.received_date between $around_first_day and $around_last_day
        and c.received_at between $around_first_at and $around_last_at
        and c.case_number in (select a.case_number from asked as a)
        and c.contact_id not in (select a.contact_id from asked as a)
),

all_contacts as (
    select
        asked.*,
        true as is_asked
    from asked
    union all
    select
        case_mates.*,
        false as is_asked
    from case_mates
)

select
    all_contacts.*,
    k.class,
    k.skill as category_skill
from all_contacts
left join ref_categories as k on all_contacts.category = k.category
