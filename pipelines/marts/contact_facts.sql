-- Contacts that had been received by the moment asked about.
--
-- grain:   one row a contact received by then
-- key:     contact_id
-- reads:   asked_contacts (lake.contacts), asked_self_served (their events), asked (as_of)
-- check:   sum(n_contacts) = count(distinct contact_id)
-- units:   interval_at UTC, 15 minutes; n_* 0 or 1, so a row is a mart row of one contact
-- caveat:  category, region and operator are as recorded now, whatever the moment

with

contacts as (
    select asked_contacts.*
    from asked_contacts
    cross join asked
    where asked_contacts.received_at <= asked.as_of
),

-- the header says how a contact ended; one that ended so later had not yet
served_later as (
    select distinct asked_self_served.contact_id
    from asked_self_served
    cross join asked
    where asked_self_served.event_at > asked.as_of
),

contact_facts as (
    select
        contacts.contact_id,
        contacts.source,
        contacts.channel,
        contacts.line,
        contacts.category,
        contacts.region,
        contacts.feedback_type,
        contacts.operator_id,
        contacts.citizen_key,
        contacts.is_staffed,
        contacts.received_date,
        contacts.received_at,
        contacts.parent_contact_id is not null as is_continued,
        1 as n_contacts,
        (contacts.rating is not null)::int as n_rated,
        coalesce(contacts.rating >= 4, false)::int as n_satisfied,
        to_timestamp(epoch_us(contacts.received_at) // 900000000 * 900) as interval_at,
        coalesce(
            contacts.outcome = 'self_served' and served_later.contact_id is null, false
        )::int as n_self_served
    from contacts
    left join served_later on contacts.contact_id = served_later.contact_id
)

select * from contact_facts
