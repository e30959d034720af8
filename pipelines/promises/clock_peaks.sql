-- Peak hours of each line: hours of the week whose forecast is well above their day's mean.
--
-- grain:   one row a line, week and hour of the week that has an asked call
-- key:     line, week, weekday, hour
-- reads:   lake.contacts, clock_peaks_asked
-- caveat:  the forecast is the mean of the weeks before, staffed calls only; with less history than
--          the setting, no row (unknown). Local hours are looked up once a quarter of an hour
with

quarters as (
    select
        c.line,
        c.received_date,
        epoch_us(c.received_at) // 900000000 as quarter,
        count(*) as n
    from lake.contacts as c
    where
        c.received_date >= $peak_first_day
        and c.received_date < $peak_end_day
        and c.channel = 'phone'
        and c.is_staffed
    group by c.line, c.received_date, quarter
),

hours as (
    select
        q.line,
        date_trunc('week', q.received_date)::date as week,
        isodow(q.received_date) as weekday,
        hour(timezone($zone, make_timestamptz(q.quarter * 900000000))) as hour,
        sum(q.n) as n
    from quarters as q
    group by all
),

weeks as (
    select
        a.line,
        a.week,
        count(distinct h.week) as n_weeks
    from clock_peaks_asked as a
    inner join hours as h
        on a.line = h.line and h.week < a.week and h.week >= a.week - $peak_days::integer
    group by a.line, a.week
    having count(distinct h.week) >= $peak_weeks_min
),

forecasts as (
    select
        w.line,
        w.week,
        h.weekday,
        h.hour,
        sum(h.n) / any_value(w.n_weeks) as forecast
    from weeks as w
    inner join hours as h
        on w.line = h.line and h.week < w.week and h.week >= w.week - $peak_days::integer
    group by w.line, w.week, h.weekday, h.hour
)

select
    f.line,
    f.week,
    f.weekday,
    f.hour,
    f.forecast >= $peak_ratio * avg(f.forecast) over (
        partition by f.line, f.week, f.weekday
    ) as is_peak,
    now() as made_at
from forecasts as f
