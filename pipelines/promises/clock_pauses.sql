-- When the clock of a unit stands still: waiting for the citizen (at most $pause_max_s), and
-- between a resolution and a reopening within $reopen_s. Overlapping pauses are one.
--
-- grain:   one row a scope, unit and pause; scope: waiting, reopened, waiting and reopened
-- reads:   clock_turns, clock_changes
with

waits as (
    select
        t.subject,
        t.unit,
        t.event_at as from_at,
        least(
            min(t.event_at) filter (where t.kind in ('citizen_replied', 'message_in')) over (
                partition by t.subject, t.unit order by t.event_at
                range between interval 1 microsecond following and unbounded following
            ),
            t.event_at + to_seconds($pause_max_s::bigint)
        ) as to_at,
        t.kind
    from clock_turns as t
),

causes as (
    select
        w.subject,
        w.unit,
        w.from_at,
        w.to_at,
        ['waiting', 'waiting and reopened'] as scopes
    from waits as w
    where w.kind = 'waiting_for_citizen'
    union all
    select
        r.subject,
        r.unit,
        r.resolved_before as from_at,
        r.event_at as to_at,
        ['reopened', 'waiting and reopened'] as scopes
    from clock_changes as r
    where
        r.kind = 'reopened'
        and r.event_at - r.resolved_before <= to_seconds($reopen_s::bigint)
),

scoped as (
    select
        c.subject,
        c.unit,
        c.from_at,
        c.to_at,
        unnest(c.scopes) as scope
    from causes as c
),

islands as (
    select
        s.*,
        coalesce(
            s.from_at > max(s.to_at) over (
                partition by s.scope, s.subject, s.unit order by s.from_at, s.to_at
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new
    from scoped as s
),

numbered as (
    select
        i.*,
        count(*) filter (where i.is_new) over (
            partition by i.scope, i.subject, i.unit order by i.from_at, i.to_at
            rows between unbounded preceding and current row
        ) as island
    from islands as i
)

select
    n.scope,
    n.subject,
    n.unit,
    min(n.from_at) as from_at,
    max(n.to_at) as to_at
from numbered as n
group by n.scope, n.subject, n.unit, n.island
