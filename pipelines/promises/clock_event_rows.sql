-- Events of the contacts to judge, of their cases and of their continuations.
--
-- grain:   one row an event
-- key:     contact_id, seq
-- reads:   lake.events, clock_ids
select
    e.contact_id,
    e.seq,
    e.event_at,
    e.kind,
    e.operator_id,
    e.value
from lake.events as e
where
    e.received_date between $own_first_day and $own_last_day
    and e.contact_id in (select i.contact_id from clock_ids as i)
