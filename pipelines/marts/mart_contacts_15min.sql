-- Contacts received, per line, category and quarter of an hour.
--
-- grain:   one row a line, channel, source, category, feedback type and 15 minutes with contacts
-- key:     received_date, interval_at, line, channel, source, category, feedback_type
-- reads:   contact_facts
-- check:   sum(n_contacts) = (select count(*) from contact_facts)
-- units:   interval_at UTC; n_* are additive
-- caveat:  contacts, not people: people are counted from mart_visits

with

interval_contacts as (
    select
        received_date,
        interval_at,
        line,
        channel,
        source,
        category,
        feedback_type,
        sum(n_contacts)::bigint as n_contacts,
        sum(n_self_served)::bigint as n_self_served
    from contact_facts
    group by received_date, interval_at, line, channel, source, category, feedback_type
)

select * from interval_contacts
