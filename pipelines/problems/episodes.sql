-- Episodes of alarms: one from the first alarm until z stays below 2 for 3 hours.
--
-- grain:   one row per episode that has an alarm at or after $since
-- key:     kind, name, started_at
-- reads:   burst_signals (signals.sql)
-- units:   excess, contacts: from the beginning of the alarming window to the end
-- caveat:  the 24-hour window remembers a burst for a day; ended_at is therefore when the 1- and
--          3-hour windows calmed down, where these were the ones that rose

with

-- z stays below 2 for 3 hours = the next hour with z >= 2 is more than 3 hours later
hot as (
    select
        *,
        coalesce(
            hour_no - lag(hour_no) over (partition by kind, name order by hour_no) > 3, true
        ) as is_first
    from burst_signals
    where z >= 2
),

islands as (
    select
        *,
        sum(is_first::integer) over (partition by kind, name order by hour_no) as island
    from hot
),

alarmed as (
    select
        kind,
        name,
        island,
        min(hour_no) filter (where alarm_h is not null) as started_no,
        arg_min(alarm_h, hour_no) filter (where alarm_h is not null) as window_h,
        max(hour_no) as hot_no,
        max(z) as peak_z
    from islands
    group by kind, name, island
    having count(alarm_h) > 0
),

ended as (
    select
        alarmed.kind,
        alarmed.name,
        alarmed.island,
        alarmed.started_no,
        alarmed.window_h,
        alarmed.peak_z,
        coalesce(
            max(islands.hour_no) filter (
                where islands.z_short >= 2 and islands.hour_no >= alarmed.started_no
            ),
            alarmed.hot_no
        ) as last_no
    from alarmed
    inner join islands
        on
            alarmed.kind = islands.kind
            and alarmed.name = islands.name
            and alarmed.island = islands.island
    group by
        alarmed.kind, alarmed.name, alarmed.island, alarmed.started_no, alarmed.window_h,
        alarmed.peak_z, alarmed.hot_no
)

select
    ended.kind,
    ended.name,
    to_timestamp(ended.started_no * 3600) as started_at,
    -- still going on while fewer than 3 calm hours have passed
    case
        when ended.last_no + 3 < floor(epoch($last::timestamptz) / 3600)
            then to_timestamp((ended.last_no + 1) * 3600)
    end as ended_at,
    ended.peak_z,
    sum(burst_signals.n - burst_signals.expected) as excess,
    sum(burst_signals.n)::bigint as contacts,
    ended.window_h
from ended
inner join burst_signals
    on
        ended.kind = burst_signals.kind
        and ended.name = burst_signals.name
        and burst_signals.hour_no > ended.started_no - ended.window_h
        and burst_signals.hour_no <= ended.last_no
where to_timestamp(ended.started_no * 3600) >= $since
group by
    ended.kind, ended.name, ended.started_no, ended.last_no, ended.peak_z, ended.window_h
