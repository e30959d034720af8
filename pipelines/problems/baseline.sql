-- What is usual: contacts of each category and hour beside the mean of the same hours before.
--
-- grain:   one row per category and hour, from the category's first contact in the range; category
--          '*' is all contacts together, those without a category included
-- key:     category, hour_no
-- reads:   relations of contacts (CONTACTS: category, received_at, n) and of days with any (DAYS:
--          day), ref_calendar; a condition on like_weekday and hour_of_day (SLOTS)
-- units:   n, usual contacts an hour; hour_no hours since 1970 UTC; hour_at its beginning
-- caveat:  usual is null until four such hours are known: too little history is no alarm
--
-- usual = mean of the previous 8 counts of the same hour of the week, each capped at
-- median + 3 sqrt(median + 1), so that old outbreaks do not teach it; at least .05. A holiday is
-- never a reference and is compared with Sundays, a working Saturday with Fridays; hours of days
-- without a single contact (no data) are no reference either.

with

contacts as materialized (
    select
        category,
        floor(epoch(received_at) / 3600)::bigint as hour_no,
        n
    from CONTACTS
    where received_at >= $first and received_at < $last
),

counts as materialized (
    select
        category,
        hour_no,
        sum(n)::bigint as n
    from contacts
    where category is not null
    group by category, hour_no
    union all
    select
        '*' as category,
        hour_no,
        sum(n)::bigint as n
    from contacts
    group by hour_no
),

spans as (
    select
        category,
        min(hour_no) as first_no,
        least(max(hour_no) + $tail_h, floor(epoch($last::timestamptz) / 3600)::bigint - 1)
            as last_no
    from counts
    group by category
),

grid as (
    select
        category,
        unnest(range(first_no, last_no + 1)) as hour_no
    from spans
),

hours as (
    select
        hour_no,
        to_timestamp(hour_no * 3600) as hour_at,
        to_timestamp(hour_no * 3600) at time zone $zone as local_at
    from (select distinct hour_no from grid) as hour_numbers
),

-- of all contacts, whatever CONTACTS leaves out: a quiet day of a rare matter is data
data_days as (
    select distinct day from DAYS
),

kinds as (
    select
        hours.hour_no,
        hours.hour_at,
        hour(hours.local_at) as hour_of_day,
        coalesce(ref_calendar.is_working, isodow(hours.local_at) <= 5) as is_working,
        isodow(hours.local_at) as weekday,
        data_days.day is not null as has_data
    from hours
    left join ref_calendar on hours.local_at::date = ref_calendar.day
    left join data_days on hours.local_at::date = data_days.day
),

keyed as (
    select
        grid.category,
        grid.hour_no,
        kinds.hour_at,
        coalesce(counts.n, 0) as n,
        kinds.hour_of_day,
        case
            when kinds.weekday <= 5 and not kinds.is_working then 7
            when kinds.weekday > 5 and kinds.is_working then 5
            else kinds.weekday
        end as like_weekday,
        kinds.has_data and (kinds.weekday <= 5) = kinds.is_working as is_reference
    from grid
    inner join kinds on grid.hour_no = kinds.hour_no
    left join counts on grid.category = counts.category and grid.hour_no = counts.hour_no
),

-- a slot of the week is a series of its own: of those nobody asks about nothing is computed
asked as (
    select *
    from keyed
    where SLOTS
),

referenced as (
    select
        category,
        hour_no,
        hour_at,
        n,
        -- 24 rows back always hold 8 references: holidays take at most two weeks together
        (
            list(n) filter (where is_reference) over (
                partition by category, like_weekday, hour_of_day
                order by hour_no
                rows between 24 preceding and 1 preceding
            )
        )[-8:] as previous
    from asked
),

capped as (
    select
        *,
        list_median(previous) + 3 * sqrt(list_median(previous) + 1) as cap
    from referenced
)

select
    category,
    hour_no,
    hour_at,
    n,
    case
        when len(previous) >= 4
            then greatest(
                list_avg(list_transform(previous, lambda x: least(x, cap))), 0.05
            )
    end as usual
from capped
