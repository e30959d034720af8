-- Whether a contact was received in the citizen's own working hours.
--
-- grain:   one row an asked contact of a known region
-- key:     contact_id
-- reads:   clock_contacts, ref_regions
-- caveat:  the zone's offset is that of the day's noon
with

offsets as (
    select
        r.zone,
        d.received_date,
        epoch(timezone(r.zone, d.noon_at)) - epoch(d.noon_at) as offset_s
    from (select distinct ref_regions.zone from ref_regions) as r
    cross join (
        select distinct
            c.received_date,
            timezone('UTC', c.received_date::timestamp + interval 12 hours) as noon_at
        from clock_contacts as c
        where c.region is not null
    ) as d
),

local_times as (
    select
        c.contact_id,
        (epoch(c.received_at) + o.offset_s) % 86400 as second_of_day
    from clock_contacts as c
    inner join ref_regions as r on lower(c.region) = r.name
    inner join offsets as o on r.zone = o.zone and c.received_date = o.received_date
    where c.is_asked
)

select
    l.contact_id,
    l.second_of_day >= $day_opens_s and l.second_of_day < $day_closes_s as is_region_day
from local_times as l
