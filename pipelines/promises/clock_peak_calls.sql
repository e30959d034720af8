-- Whether a staffed call came in a peak hour of its line.
--
-- grain:   one row an asked staffed call of a week with a forecast
-- key:     contact_id
-- reads:   clock_contacts, clock_peaks
-- caveat:  local hours are looked up once a quarter of an hour: time zones are costly per row
with

quarters as (
    select
        q.quarter,
        timezone($zone, make_timestamptz(q.quarter * 900000000)) as local_at
    from (
        select distinct epoch_us(c.received_at) // 900000000 as quarter
        from clock_contacts as c
    ) as q
),

hours as (
    select
        q.quarter,
        date_trunc('week', q.local_at)::date as week,
        isodow(q.local_at) as weekday,
        hour(q.local_at) as hour
    from quarters as q
)

select
    c.contact_id,
    p.is_peak
from clock_contacts as c
inner join hours as h on epoch_us(c.received_at) // 900000000 = h.quarter
inner join clock_peaks as p
    on c.line = p.line and h.week = p.week and h.weekday = p.weekday and h.hour = p.hour
where c.is_asked and c.channel = 'phone' and c.is_staffed
