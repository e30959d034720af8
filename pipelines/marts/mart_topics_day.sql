-- Queues and handling of a topic: what its contacts cost and how they were served.
--
-- grain:   one row a local day, line, channel, source and category with a leg
-- key:     received_date, line, channel, source, category
-- reads:   leg_facts, contact_facts
-- check:   sum(n_offered) = sum(n_answered + n_abandoned + n_flowed_out + n_waiting)
-- units:   *_s seconds; all additive
-- caveat:  legs stand on their own line; ratings are told by mart_visits

with

topic_legs as (
    select
        legs.received_date,
        legs.line,
        legs.channel,
        legs.source,
        contacts.category,
        legs.n_offered,
        legs.n_answered,
        legs.n_abandoned,
        legs.n_flowed_out,
        legs.n_waiting,
        legs.n_waits,
        legs.wait_sum_s,
        legs.n_handled,
        legs.handle_sum_s
    from leg_facts as legs
    left join contact_facts as contacts on legs.contact_id = contacts.contact_id
),

topics as (
    select
        received_date,
        line,
        channel,
        source,
        category,
        coalesce(sum(n_offered), 0)::bigint as n_offered,
        coalesce(sum(n_answered), 0)::bigint as n_answered,
        coalesce(sum(n_abandoned), 0)::bigint as n_abandoned,
        coalesce(sum(n_flowed_out), 0)::bigint as n_flowed_out,
        coalesce(sum(n_waiting), 0)::bigint as n_waiting,
        coalesce(sum(n_waits), 0)::bigint as n_waits,
        sum(wait_sum_s) as wait_sum_s,
        coalesce(sum(n_handled), 0)::bigint as n_handled,
        sum(handle_sum_s) as handle_sum_s
    from topic_legs
    group by received_date, line, channel, source, category
)

select * from topics
