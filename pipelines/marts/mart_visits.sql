-- Contacts, narrow: what each came after, what its queues were and what work it cost.
--
-- grain:   one row a contact
-- key:     contact_id
-- reads:   contact_facts, leg_facts, asked_chains (visit_chains of the days)
-- check:   sum(n_contacts) = (select count(*) from contact_facts)
-- units:   *_s seconds; n_queued to wait_sum_s of legs in a queue (all channels but the portal),
--          handling of all legs; null: no leg, or its source does not tell
-- caveat:  before_id may have changed where a day up to fcr_days before is dirty; people are not
--          additive and are counted from here

with

visit_legs as (
    select
        contact_id,
        sum(n_offered) filter (where channel is distinct from 'portal') as n_queued,
        sum(n_abandoned) filter (where channel is distinct from 'portal') as n_abandoned,
        sum(n_waits) as n_waits,
        sum(wait_sum_s) as wait_sum_s,
        sum(n_handled) as n_handled,
        sum(handle_sum_s) as handle_sum_s,
        sum(handle_sum_s) filter (where channel = 'chat') as chat_handle_sum_s
    from leg_facts
    group by contact_id
),

visits as (
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
        contacts.is_continued,
        contacts.received_date,
        contacts.received_at,
        contacts.interval_at,
        contacts.n_contacts,
        contacts.n_rated,
        contacts.n_satisfied,
        chains.before_id,
        chains.last_id,
        legs.n_queued::bigint as n_queued,
        legs.n_abandoned::bigint as n_abandoned,
        legs.n_waits::bigint as n_waits,
        legs.wait_sum_s,
        legs.n_handled::bigint as n_handled,
        legs.handle_sum_s,
        legs.chat_handle_sum_s
    from contact_facts as contacts
    left join visit_legs as legs on contacts.contact_id = legs.contact_id
    left join asked_chains as chains on contacts.contact_id = chains.contact_id
)

select * from visits
