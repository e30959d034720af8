-- Clocks of a unit that was reopened: within $reopen_s the clock goes on, later a new one starts.
--
-- grain:   one row a unit, clock and run of it (from its start or a reopening to the next one)
-- key:     subject, unit, number, since_at
-- reads:   clock_changes
-- units:   since_at, until_at: the moments the run speaks of, null without bound; resolved_at null:
--          open at its end
with

marked as (
    select
        c.*,
        c.kind = 'reopened'
        and c.event_at - c.resolved_before > to_seconds($reopen_s::bigint) as is_late
    from clock_changes as c
),

numbered as (
    select
        m.*,
        1 + count(*) filter (where m.is_late) over in_order as number,
        count(*) filter (where m.kind = 'reopened') over in_order as run
    from marked as m
    window in_order as (
        partition by m.subject, m.unit order by m.event_at asc, m.kind desc
        rows between unbounded preceding and current row
    )
),

runs as (
    select
        n.subject,
        n.unit,
        n.number,
        n.run,
        min(n.event_at) filter (where n.is_late) as started_at,
        min(n.event_at) filter (where n.kind = 'reopened' and not n.is_late) as since_at,
        min(n.event_at) filter (where n.kind = 'resolved') as resolved_at
    from numbered as n
    group by n.subject, n.unit, n.number, n.run
)

select
    r.subject,
    r.unit,
    r.number,
    r.run,
    max(r.started_at) over (partition by r.subject, r.unit, r.number) as started_at,
    r.since_at,
    lead(r.since_at) over (
        partition by r.subject, r.unit, r.number order by r.run
    ) as until_at,
    r.resolved_at
from runs as r
