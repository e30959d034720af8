-- What the legs of a contact tell.
--
-- grain:   one row a contact that has legs
-- key:     contact_id
-- reads:   clock_leg_rows
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
from clock_leg_rows as l
group by l.contact_id
