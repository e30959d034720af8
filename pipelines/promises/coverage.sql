-- Whether somebody was served, per channel, line and slot.
--
-- A slot is down when $slot_offered or more were offered and nobody was answered or self-served, or
-- nothing was offered where $slot_expected or more were expected (median of the same slot in the
-- weeks before) while a source of the line still delivered. A slot of a silent source has no row.
--
-- grain:   one row a channel, line and slot that is over at $as_of
-- key:     channel, line, slot_at
-- reads:   lake.legs, lake.contacts, lake.events
with

legs as (
    select
        l.channel,
        l.line,
        l.source,
        epoch_us(coalesce(l.queued_at, l.received_at)) // $slot_us::bigint as slot,
        epoch_us(l.answered_at) // $slot_us::bigint as answer_slot,
        coalesce(l.answered_at <= $as_of, false) as is_answered
    from lake.legs as l
    where
        l.received_date between $history_day and $last_day
        and list_contains($channels::varchar[], l.channel)
        and l.line is not null
        and coalesce(l.queued_at, l.received_at) <= $as_of
),

offered as (
    select
        g.channel,
        g.line,
        g.slot,
        count(*) as n_offered,
        count(*) filter (where g.is_answered) as n_answered
    from legs as g
    group by g.channel, g.line, g.slot
),

answers as (
    select distinct
        g.channel,
        g.line,
        g.answer_slot as slot
    from legs as g
    where g.is_answered
),

contacts as (
    select
        c.contact_id,
        c.line,
        c.source,
        epoch_us(c.received_at) // $slot_us::bigint as slot
    from lake.contacts as c
    where
        c.received_date between $first_day and $last_day
        and c.received_at >= $start - interval 1 hour
        and c.received_at < $until
        and c.received_at <= $as_of
),

self_served as (
    select distinct
        c.line,
        c.slot
    from contacts as c
    inner join lake.events as e on c.contact_id = e.contact_id
    where
        e.received_date between $first_day and $last_day
        and e.kind = 'self_served'
        and e.event_at <= $as_of
),

lines as (
    select
        g.channel,
        g.line,
        min(g.slot) as known_since,
        list(distinct g.source) as sources
    from legs as g
    group by g.channel, g.line
),

-- a source delivers in a slot when it delivers anything within half an hour of it
deliveries as (
    select distinct
        c.source,
        c.slot + s.shift as slot
    from contacts as c
    cross join (select unnest(range(-2, 3)) as shift) as s
),

slots as (
    select
        n.channel,
        n.line,
        n.known_since,
        n.sources,
        unnest(range(
            epoch_us($start::timestamptz) // $slot_us::bigint,
            epoch_us(least($until::timestamptz, $as_of::timestamptz)) // $slot_us::bigint
        )) as slot
    from lines as n
),

delivered as (
    select distinct
        s.channel,
        s.line,
        s.slot,
        s.known_since
    from slots as s
    inner join deliveries as d on s.slot = d.slot and list_contains(s.sources, d.source)
),

silent as (
    select
        d.channel,
        d.line,
        d.slot,
        d.known_since
    from delivered as d
    left join offered as o on d.channel = o.channel and d.line = o.line and d.slot = o.slot
    where o.line is null
),

expected as (
    select
        s.channel,
        s.line,
        s.slot,
        median(coalesce(o.n_offered, 0)) as n_expected
    from silent as s
    cross join (
        select
            unnest(range(1, $slot_weeks::bigint + 1)) * (604800000000 // $slot_us::bigint)
                as slots_back
    ) as w
    left join offered as o
        on s.channel = o.channel and s.line = o.line and s.slot - w.slots_back = o.slot
    where s.slot - w.slots_back >= s.known_since
    group by s.channel, s.line, s.slot
    having count(*) >= $slot_weeks_min
)

select
    d.channel,
    d.line,
    make_timestamptz(d.slot * $slot_us::bigint) as slot_at,
    coalesce(
        (
            o.n_offered >= $slot_offered
            and o.n_answered = 0
            and a.slot is null
            and v.slot is null
        )
        or (o.line is null and v.slot is null and e.n_expected >= $slot_expected),
        false
    ) as is_down
from delivered as d
left join offered as o on d.channel = o.channel and d.line = o.line and d.slot = o.slot
left join answers as a on d.channel = a.channel and d.line = a.line and d.slot = a.slot
left join self_served as v on d.line = v.line and d.slot = v.slot
left join expected as e on d.channel = e.channel and d.line = e.line and d.slot = e.slot
