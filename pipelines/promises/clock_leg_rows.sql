-- Legs of the contacts to judge, of their cases and of their continuations.
--
-- grain:   one row a leg
-- key:     contact_id, leg
-- reads:   lake.legs, clock_ids
select l.*
from lake.legs as l
where
    l.received_date between $own_first_day and $own_last_day
    and l.contact_id in (select i.contact_id from clock_ids as i)
