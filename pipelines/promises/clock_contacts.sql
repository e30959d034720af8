-- Contacts to judge, and the rest of their cases.
--
-- grain:   one row a contact; is_asked: in the asked table (others only complete a case)
-- key:     contact_id
-- reads:   clock_asked, clock_mates, ref_categories
-- caveat:  a case is completed within 7 days around the asked contacts
with

all_contacts as (
    select
        a.*,
        true as is_asked
    from clock_asked as a
    union all
    select
        m.*,
        false as is_asked
    from clock_mates as m
)

select
    c.*,
    k.class,
    k.skill as category_skill
from all_contacts as c
left join ref_categories as k on c.category = k.category
