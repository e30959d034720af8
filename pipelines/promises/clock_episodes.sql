-- Clocks of a unit that was reopened: within $reopen_s the clock goes on, later a new one starts.
--
-- grain:   one row a unit and clock
-- key:     subject, unit, number
-- reads:   clock_turns
-- units:   resolved_at null: open still (again)
with

turns as (
    select
        t.subject,
        t.unit,
        t.event_at,
        t.kind,
        max(t.event_at) filter (where t.kind = 'resolved') over before_this as resolved_before
    from clock_turns as t
    where t.kind in ('resolved', 'reopened')
    window before_this as (
        partition by t.subject, t.unit order by t.event_at asc, t.kind desc
        rows between unbounded preceding and 1 preceding
    )
),

marked as (
    select
        t.*,
        t.kind = 'reopened' and t.resolved_before is not null
        and t.event_at - t.resolved_before > to_seconds($reopen_s::bigint) as is_late
    from turns as t
),

numbered as (
    select
        m.*,
        1 + count(*) filter (where m.is_late) over (
            partition by m.subject, m.unit order by m.event_at asc, m.kind desc
        ) as number
    from marked as m
),

reopenings as (
    select
        n.subject,
        n.unit,
        n.number,
        max(n.event_at) filter (where n.kind = 'reopened') as reopened_at
    from numbered as n
    group by n.subject, n.unit, n.number
)

select
    n.subject,
    n.unit,
    n.number,
    min(n.event_at) filter (where n.is_late) as started_at,
    min(n.event_at) filter (
        where n.kind = 'resolved'
        and (r.reopened_at is null or n.event_at > r.reopened_at)
    ) as resolved_at
from numbered as n
inner join reopenings as r
    on n.subject = r.subject and n.unit = r.unit and n.number = r.number
group by n.subject, n.unit, n.number
