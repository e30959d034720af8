-- Contacts to judge, and the rest of their cases.
--
-- grain:   one row a contact; is_asked: in the asked table (others only complete a case)
-- key:     contact_id
-- reads:   clock_asked, clock_mates
-- caveat:  a case is completed within 7 days around the asked contacts
select
    a.*,
    true as is_asked
from clock_asked as a
union all
select
    m.*,
    false as is_asked
from clock_mates as m
