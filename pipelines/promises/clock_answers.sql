-- Answers that need a second look: after a transfer, and by the reserve centre's team.
--
-- grain:   one row a contact with a transfer or an answer of the reserve team
-- key:     contact_id
-- reads:   clock_leg_rows, clock_event_rows, clock_operators, clock_moments
-- caveat:  at the very second of the transfer a later leg or a later event is an answer after it
with

reserve as (
    select o.operator_id from clock_operators as o where o.team = $reserve_team
),

transfers as (
    select
        e.contact_id,
        min(e.event_at) as transferred_at,
        arg_min(e.seq, e.event_at) as seq
    from clock_event_rows as e
    where e.kind = 'transferred'
    group by e.contact_id
),

answers as (
    select
        l.contact_id,
        l.answered_at,
        l.operator_id,
        l.answered_at > t.transferred_at
        or (l.answered_at = t.transferred_at and l.leg > 1) as is_after
    from clock_leg_rows as l
    left join transfers as t on l.contact_id = t.contact_id
    where
        l.answered_at is not null
        and (
            t.contact_id is not null
            or l.operator_id in (select r.operator_id from reserve as r)
        )
    union all
    select
        e.contact_id,
        e.event_at,
        e.operator_id,
        e.kind = 'answered' and (e.event_at, e.seq) > (t.transferred_at, t.seq) as is_after
    from clock_event_rows as e
    left join transfers as t on e.contact_id = t.contact_id
    where
        e.kind in ('answered', 'callback_made')
        and (
            t.contact_id is not null
            or e.operator_id in (select r.operator_id from reserve as r)
        )
)

select
    a.contact_id,
    min(a.answered_at) filter (where a.is_after) as transfer_answered_at,
    min(a.answered_at) filter (
        where a.operator_id in (select r.operator_id from reserve as r)
    ) as reserve_team_at
from answers as a
group by a.contact_id
