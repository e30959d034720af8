-- How far each hour stands from the usual, over the last 1, 3 and 24 hours.
--
-- grain:   one row per series and hour that has a baseline
-- key:     kind, name, hour_no
-- reads:   burst_baseline (baseline.sql)
-- units:   z in standard deviations (Anscombe, over-dispersion removed); excess contacts
-- params:  running_no, the hour that runs, and part, how much of it is over (0..1): its contacts so
--          far are held against the usual of all of it, so what is an alarm now stays one
--          alarm_z of the categories, other_z of the other kinds: bounds of an alarm
-- caveat:  a common shock (holiday, outage of the exchange) is taken out of the series of a kind
--          and stands in its '*' alone; '*' of the lines is that of the categories, told there

with

baseline as (
    select
        *,
        usual * case when hour_no = $running_no then $part else 1 end as usual_so_far
    from burst_baseline
    where usual is not null
),

totals as (
    select
        kind,
        hour_no,
        sum(n) as n,
        sum(usual_so_far) as usual
    from baseline
    where name != '*'
    group by kind, hour_no
),

recent_totals as (
    select
        kind,
        hour_no,
        sum(n) over last_3 as n_3,
        sum(usual) over last_3 as usual_3
    from totals
    window last_3 as (
        partition by kind order by hour_no range between 2 preceding and current row
    )
),

own as (
    select
        baseline.*,
        recent_totals.n_3 - sum(baseline.n) over last_3 as others_n,
        recent_totals.usual_3 - sum(baseline.usual_so_far) over last_3 as others_usual
    from baseline
    left join recent_totals
        on baseline.kind = recent_totals.kind and baseline.hour_no = recent_totals.hour_no
    where baseline.kind != 'line' or baseline.name != '*'
    window last_3 as (
        partition by baseline.kind, baseline.name
        order by baseline.hour_no range between 2 preceding and current row
    )
),

adjusted as (
    select
        kind,
        name,
        hour_no,
        hour_at,
        n,
        usual * case
            when name = '*' then 1
            else greatest(
                0.4,
                least(
                    2, (coalesce(others_n, 0) + 30) / (coalesce(others_usual, 0) + 30)
                )
            )
        end as expected
    from own
),

windowed as (
    select
        *,
        sum(n) over w3 as n_3,
        sum(expected) over w3 as expected_3,
        count(*) over w3 = 3 as is_full_3,
        sum(n) over w24 as n_24,
        sum(expected) over w24 as expected_24,
        count(*) over w24 = 24 as is_full_24
    from adjusted
    window
        w3 as (
            partition by kind, name order by hour_no range between 2 preceding and current row
        ),
        w24 as (
            partition by kind, name order by hour_no range between 23 preceding and current row
        )
),

dispersed as (
    select
        *,
        avg(least(9, (n - expected) ** 2 / expected)) over past as phi_1,
        avg(least(9, (n_3 - expected_3) ** 2 / expected_3)) over past as phi_3,
        avg(least(9, (n_24 - expected_24) ** 2 / expected_24)) over past as phi_24
    from windowed
    window past as (
        partition by kind, name order by hour_no range between 672 preceding and 1 preceding
    )
),

scored as (
    select
        *,
        2 * (sqrt(n + 0.375) - sqrt(expected + 0.375))
        / sqrt(greatest(1, least(10, coalesce(phi_1, 1)))) as z_1,
        case
            when is_full_3
                then
                    2 * (sqrt(n_3 + 0.375) - sqrt(expected_3 + 0.375))
                    / sqrt(greatest(1, least(10, coalesce(phi_3, 1))))
        end as z_3,
        case
            when is_full_24
                then
                    2 * (sqrt(n_24 + 0.375) - sqrt(expected_24 + 0.375))
                    / sqrt(greatest(1, least(10, coalesce(phi_24, 1))))
        end as z_24,
        case when kind = 'category' then $alarm_z else $other_z end as alarm_z
    from dispersed
)

select
    kind,
    name,
    hour_no,
    hour_at,
    n,
    expected,
    greatest(z_1, z_3, z_24) as z,
    greatest(z_1, z_3) as z_short,
    case greatest(z_1, z_3, z_24) when z_1 then 1 when z_3 then 3 else 24 end as window_h,
    -- the shortest window that alarms; null: no alarm
    case
        when z_1 > alarm_z and n - expected >= $least_excess then 1
        when z_3 > alarm_z and n_3 - expected_3 >= $least_excess then 3
        when z_24 > alarm_z and n_24 - expected_24 >= $least_excess then 24
    end as alarm_h,
    case
        when z_1 > $warn_z and n - expected >= $least_excess then 1
        when z_3 > $warn_z and n_3 - expected_3 >= $least_excess then 3
        when z_24 > $warn_z and n_24 - expected_24 >= $least_excess then 24
    end as warn_h
from scored
