-- Categories that keep coming back: the last 28 days beside the 8 weeks before.
--
-- grain:   one row per category seen in the last 28 days
-- key:     category
-- reads:   a relation of counts (COUNTS: category, day, n; of 84 days), bursts, ref_calendar
-- units:   baseline, excess contacts; ratio contacts / baseline; alarmed_days days of 28
-- caveat:  days without a single contact in the lake (no data) and holidays are left out of both

with

counts as materialized (
    select * from COUNTS
),

days as (
    select
        counts.day,
        counts.day > $today::date - 28 as is_recent
    from counts
    left join ref_calendar on counts.day = ref_calendar.day
    where coalesce(ref_calendar.is_working, true) or isodow(counts.day) > 5
    group by counts.day
),

grid as (
    select
        categories.category,
        days.day,
        days.is_recent,
        coalesce(counts.n, 0) as n
    from (
        select distinct recent.category from counts as recent
        where recent.category is not null and recent.day > $today::date - 28
    ) as categories
    cross join days
    left join counts on categories.category = counts.category and days.day = counts.day
),

compared as (
    select
        category,
        sum(n) filter (where is_recent) as contacts,
        avg(n) filter (where not is_recent) * count(*) filter (where is_recent) as baseline,
        avg(n) filter (where not is_recent) as usual,
        count(*) filter (where not is_recent) as n_days_before
    from grid
    group by category
),

dispersed as (
    select
        compared.category,
        avg(least(9, (grid.n - compared.usual) ** 2 / greatest(compared.usual, 0.05))) as phi
    from compared
    inner join grid on compared.category = grid.category and not grid.is_recent
    group by compared.category
),

alarms as (
    select
        category,
        count(distinct day) as alarmed_days
    from (
        select
            category,
            unnest(generate_series(
                greatest((started_at at time zone $zone)::date, $today::date - 27),
                (least(coalesce(ended_at, $now), $now) at time zone $zone)::date,
                interval 1 day
            )) as day
        from lake.bursts
        where coalesce(ended_at, $now) at time zone $zone > $today::date - 27 and category != '*'
    ) as alarmed
    group by category
),

judged as (
    select
        compared.category,
        compared.contacts,
        -- four weeks before are the least a comparison rests on
        case when compared.n_days_before >= 20 then compared.baseline end as baseline,
        coalesce(alarms.alarmed_days, 0) as alarmed_days,
        2 * (sqrt(compared.contacts + 0.375) - sqrt(compared.baseline + 0.375))
        / sqrt(greatest(1, least(10, coalesce(dispersed.phi, 1)))) as z
    from compared
    left join dispersed on compared.category = dispersed.category
    left join alarms on compared.category = alarms.category
)

select
    category,
    contacts,
    baseline,
    contacts - baseline as excess,
    contacts / nullif(baseline, 0) as ratio,
    case when baseline is not null then z end as z,
    alarmed_days,
    alarmed_days >= 3
    or coalesce(contacts > 1.25 * baseline and z > 4, false) as is_recurring
from judged
order by excess desc nulls last, contacts desc nulls last, category asc
