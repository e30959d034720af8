-- When a unit was resolved and when it was open again: each change of its state once.
--
-- grain:   one row a unit and change
-- key:     subject, unit, event_at, kind
-- reads:   clock_turns
-- units:   resolved_before: of a reopening, the resolution it undoes
with

turns as (
    select
        t.subject,
        t.unit,
        t.event_at,
        t.kind,
        -- a unit begins open; of several marks in a row the first one counts
        coalesce(lag(t.kind) over in_order, 'reopened') as kind_before
    from clock_turns as t
    where t.kind in ('resolved', 'reopened')
    window in_order as (partition by t.subject, t.unit order by t.event_at asc, t.kind desc)
)

select
    t.subject,
    t.unit,
    t.event_at,
    t.kind,
    case when t.kind = 'reopened' then lag(t.event_at) over in_order end as resolved_before
from turns as t
where t.kind <> t.kind_before
window in_order as (partition by t.subject, t.unit order by t.event_at asc, t.kind desc)
