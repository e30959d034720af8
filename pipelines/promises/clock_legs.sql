-- What the legs of a contact tell.
--
-- grain:   one row a contact that has legs
-- key:     contact_id
-- reads:   lake.legs, clock_contacts
-- units:   *_s seconds
select
    l.contact_id,
    count(*) as n_legs,
    min(l.queued_at) as leg_queued_at,
    min(l.answered_at) as leg_answered_at,
    min(l.left_at) filter (where l.left_as = 'abandoned') as leg_abandoned_at,
    max(l.left_at) as leg_left_at,
    min(l.answered_at) filter (where l.line = $reserve_line) as reserve_leg_at,
    arg_min(l.operator_id, l.answered_at) as first_operator_id,
    arg_min(l.line, l.leg) filter (where l.leg > 1) as second_line,
    sum(l.hold_s) as hold_s,
    sum(l.talk_s) as talk_s
from lake.legs as l
where
    l.received_date between $around_first_day and $around_last_day
    and l.contact_id in (select c.contact_id from clock_contacts as c)
group by l.contact_id
