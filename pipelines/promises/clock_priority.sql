-- Whether an off-hours item was handled while none of higher menu priority waited.
--
-- grain:   one row an asked off-hours contact whose handling began
-- key:     contact_id
-- reads:   clock_contacts, lake.contacts, lake.events, ref_menu
-- caveat:  an item waits from its receipt until it is handled, served by the menu or abandoned, at
--          most for the setting priority_horizon
with

items as (
    select
        c.contact_id,
        c.received_at,
        m.priority
    from lake.contacts as c
    inner join ref_menu as m on c.menu_choice = m.menu_choice
    where
        exists (
            select 1 from clock_contacts as k where k.is_asked and k.menu_choice is not null
        )
        and c.received_date between $queue_first_day and $queue_last_day
        and c.received_at >= $first_at - to_seconds($horizon_s::bigint)
        and c.received_at <= $last_at + to_seconds($horizon_s::bigint)
        and not c.is_staffed
),

moments as (
    select
        e.contact_id,
        min(e.event_at) filter (
            where e.kind in ('specialist_contacted', 'callback_made', 'answered')
        ) as handled_at,
        min(e.event_at) as gone_at
    from lake.events as e
    where
        e.received_date between $queue_first_day and $queue_last_day
        and e.kind in (
            'specialist_contacted', 'callback_made', 'answered', 'self_served', 'abandoned'
        )
        and e.contact_id in (select i.contact_id from items as i)
    group by e.contact_id
),

queue as (
    select
        i.contact_id,
        i.received_at,
        i.priority,
        m.handled_at,
        least(m.gone_at, i.received_at + to_seconds($horizon_s::bigint)) as gone_at
    from items as i
    left join moments as m on i.contact_id = m.contact_id
),

overtaken as (
    select distinct h.contact_id
    from queue as h
    inner join queue as w
        on
            w.priority < h.priority
            and w.received_at < h.handled_at
            and w.gone_at > h.handled_at
)

select
    q.contact_id,
    q.contact_id not in (select o.contact_id from overtaken as o) as is_by_priority
from queue as q
where
    q.handled_at is not null
    and q.contact_id in (select c.contact_id from clock_contacts as c where c.is_asked)
