-- Answers that need a second look: after a transfer, and by the reserve centre's team.
--
-- grain:   one row a contact with a transfer or an answer of the reserve team
-- key:     contact_id
-- reads:   clock_leg_rows, clock_event_rows, clock_operators, clock_moments
with

reserve as (
    select o.operator_id from clock_operators as o where o.team = $reserve_team
),

answers as (
    select
        l.contact_id,
        l.answered_at,
        l.operator_id
    from clock_leg_rows as l
    where
        l.answered_at is not null
        and (
            l.contact_id in (
                select m.contact_id from clock_moments as m where m.transferred_at is not null
            )
            or l.operator_id in (select r.operator_id from reserve as r)
        )
    union
    select
        e.contact_id,
        e.event_at,
        e.operator_id
    from clock_event_rows as e
    where
        e.kind in ('answered', 'callback_made')
        and (
            e.contact_id in (
                select m.contact_id from clock_moments as m where m.transferred_at is not null
            )
            or e.operator_id in (select r.operator_id from reserve as r)
        )
)

select
    a.contact_id,
    min(a.answered_at) filter (where a.answered_at > m.transferred_at) as transfer_answered_at,
    min(a.answered_at) filter (
        where a.operator_id in (select r.operator_id from reserve as r)
    ) as reserve_team_at
from answers as a
inner join clock_moments as m on a.contact_id = m.contact_id
group by a.contact_id
