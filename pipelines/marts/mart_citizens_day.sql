-- Who came on a day and with what: people are not additive, so they are counted from here.
--
-- grain:   one row a known citizen, category and local day
-- key:     received_date, category, citizen_key
-- reads:   contact_facts
-- check:   sum(n_contacts) = (select count(*) from contact_facts where citizen_key is not null)
-- units:   first_at and last_at UTC instants of the first and last contact of the day
-- caveat:  all lines and channels together: a repeat counts whatever the channel

with

citizen_days as (
    select
        received_date,
        category,
        citizen_key,
        sum(n_contacts)::bigint as n_contacts,
        min(received_at) as first_at,
        max(received_at) as last_at
    from contact_facts
    where citizen_key is not null
    group by received_date, category, citizen_key
)

select * from citizen_days
