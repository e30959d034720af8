-- Slow growth: daily counts against the same weekdays before, added up by a CUSUM.
--
-- grain:   one row per category and day with data whose usual is known
-- key:     category, day
-- reads:   a relation of counts (COUNTS: category, day, n; days with data only), ref_calendar
-- units:   n, expected contacts a day; z standard deviations; s the CUSUM, the same; started_on the
--          first day of the run of s above 0
-- caveat:  a burst of one day lifts s too; days without a single contact (no data) are left out
--
-- expected = mean of 8 counts of the same weekday, the latest a week old (growth teaches it late),
-- each capped at median + 3 sqrt(median + 1), times what is common to all other categories that
-- day. A holiday is no reference and is compared with Sundays, a working Saturday with Fridays.

with

counts as materialized (
    select * from COUNTS
),

days as (
    select
        seen.day,
        isodow(seen.day) as weekday,
        coalesce(ref_calendar.is_working, isodow(seen.day) <= 5) as is_working
    from (select distinct counts.day from counts) as seen
    left join ref_calendar on seen.day = ref_calendar.day
),

kinds as (
    select
        day,
        case
            when weekday <= 5 and not is_working then 7
            when weekday > 5 and is_working then 5
            else weekday
        end as like_weekday,
        (weekday <= 5) = is_working as is_reference
    from days
),

grid as (
    select
        categories.category,
        kinds.day,
        kinds.like_weekday,
        kinds.is_reference,
        coalesce(counts.n, 0) as n
    from (select distinct all_counts.category from counts as all_counts) as categories
    cross join kinds
    left join counts on categories.category = counts.category and kinds.day = counts.day
    where categories.category is not null
),

referenced as (
    select
        category,
        day,
        n,
        (
            list(n) filter (where is_reference) over (
                partition by category, like_weekday
                order by day
                rows between 24 preceding and 2 preceding
            )
        )[-8:] as previous
    from grid
),

usuals as (
    select
        category,
        day,
        n,
        greatest(
            list_avg(
                list_transform(
                    previous,
                    lambda x: least(
                        x, list_median(previous) + 3 * sqrt(list_median(previous) + 1)
                    )
                )
            ),
            0.05
        ) as usual
    from referenced
    where len(previous) >= 4
),

shared as (
    select
        *,
        usual * greatest(
            0.4,
            least(
                2,
                (sum(n) over (partition by day) - n + 30)
                / (sum(usual) over (partition by day) - usual + 30)
            )
        ) as expected
    from usuals
),

dispersed as (
    select
        *,
        avg(least(9, (n - expected) ** 2 / expected)) over (
            partition by category
            order by day
            rows between 56 preceding and 1 preceding
        ) as phi
    from shared
),

scored as (
    select
        category,
        day,
        n,
        expected,
        2 * (sqrt(n + 0.375) - sqrt(expected + 0.375))
        / sqrt(greatest(1, least(10, coalesce(phi, 1)))) as z
    from dispersed
),

summed as (
    select
        *,
        sum(z - $slack) over (partition by category order by day) as c
    from scored
),

floored as (
    select
        *,
        least(0, min(c) over (partition by category order by day)) as lowest
    from summed
),

runs as (
    select
        *,
        c - lowest as s,
        sum((c - lowest = 0)::int) over (partition by category order by day) as run
    from floored
)

select
    category,
    day,
    n,
    expected,
    z,
    s,
    min(day) filter (where s > 0) over (partition by category, run) as started_on,
    min(day) filter (where s > $alarm_s) over (partition by category, run) as alarmed_on,
    sum(n - expected) filter (where s > 0) over (
        partition by category, run
        order by day
    ) as excess
from runs
