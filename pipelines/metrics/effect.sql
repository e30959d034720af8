-- What became of a topic after an action: contacts of full days since, beside the usual before it.
--
-- grain:   one row per action that is done
-- key:     action_id
-- reads:   actions_done (action_id, category, done_on), day_counts (category, day, n: settled days
--          with data, every category), ref_calendar
-- units:   contacts, expected contacts of the days looked at; ratio contacts / expected; low and
--          high the ends of its 95 % interval
-- caveat:  an effect of all that changed on that day; the action is one of it
--
-- expected = for each of the up to 28 days since: the mean of the same kind of weekday in the 56
-- days before the action, times what became of all other topics together in the same time. The
-- interval is that of a ratio of counts with their own dispersion phi (at least 1) and of the
-- uncertainty of the mean.

with

kinds as (
    select
        seen.day,
        case
            when isodow(seen.day) <= 5 and not coalesce(ref_calendar.is_working, true) then 7
            when isodow(seen.day) > 5 and coalesce(ref_calendar.is_working, false) then 5
            else isodow(seen.day)
        end as like_weekday
    from (select distinct day_counts.day from day_counts) as seen
    left join ref_calendar on seen.day = ref_calendar.day
),

sides as (
    select
        actions_done.action_id,
        actions_done.category,
        kinds.day,
        kinds.like_weekday,
        kinds.day >= actions_done.done_on as is_after
    from actions_done
    inner join kinds
        on
            kinds.day >= actions_done.done_on - 56
            and kinds.day < actions_done.done_on + 28
),

daily as (
    select
        sides.action_id,
        sides.day,
        sides.like_weekday,
        sides.is_after,
        coalesce(sum(day_counts.n) filter (where day_counts.category = sides.category), 0) as own,
        coalesce(
            sum(day_counts.n) filter (where day_counts.category is distinct from sides.category), 0
        ) as others
    from sides
    left join day_counts on sides.day = day_counts.day
    group by sides.action_id, sides.day, sides.like_weekday, sides.is_after
),

means as (
    select
        action_id,
        like_weekday,
        count(*) as n_days,
        avg(own) as own,
        avg(others) as others
    from daily
    where not is_after
    group by action_id, like_weekday
),

dispersed as (
    select
        daily.action_id,
        count(*) as n_before,
        greatest(
            1, sum((daily.own - means.own) ** 2 / greatest(means.own, 0.05))
            / nullif(count(*) - count(distinct daily.like_weekday), 0)
        ) as phi
    from daily
    inner join means
        on daily.action_id = means.action_id and daily.like_weekday = means.like_weekday
    where not daily.is_after
    group by daily.action_id
),

weekdays as (
    select
        daily.action_id,
        daily.like_weekday,
        count(*) as n_after,
        sum(daily.own) as own,
        sum(daily.others) as others
    from daily
    where daily.is_after
    group by daily.action_id, daily.like_weekday
),

compared as (
    select
        weekdays.action_id,
        sum(weekdays.n_after)::bigint as days,
        sum(weekdays.own)::bigint as contacts,
        sum(weekdays.n_after * means.own) as usual,
        sum(weekdays.others) / nullif(sum(weekdays.n_after * means.others), 0) as common,
        -- of the usual: each weekday's mean is of n_days counts
        sum(weekdays.n_after ** 2 * means.own / means.n_days) as usual_spread
    from weekdays
    inner join means
        on
            weekdays.action_id = means.action_id
            and weekdays.like_weekday = means.like_weekday
    group by weekdays.action_id
),

judged as (
    select
        compared.action_id,
        compared.days,
        compared.contacts,
        compared.usual * coalesce(compared.common, 1) as expected,
        sqrt(dispersed.phi * (
            1 / (compared.contacts + 0.5)
            + compared.usual_spread / greatest(compared.usual, 0.05) ** 2
        )) as spread
    from compared
    inner join dispersed on compared.action_id = dispersed.action_id
    where dispersed.n_before >= 28 and compared.usual > 0
)

select
    action_id,
    days,
    contacts,
    expected,
    contacts / expected as ratio,
    (contacts + 0.5) / expected * exp(-1.96 * spread) as low,
    (contacts + 0.5) / expected * exp(1.96 * spread) as high
from judged
