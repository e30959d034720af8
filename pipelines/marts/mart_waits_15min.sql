-- Histogram of waits per line, quarter of an hour and what became of the leg.
--
-- grain:   one row a line, channel, source, 15 minutes, state and bucket that has legs
-- key:     received_date, interval_at, line, channel, source, state, wait_s
-- reads:   leg_facts, asked_edges (edge_s, the upper edges of the buckets, infinity last)
-- check:   sum(n_offered) = (select count(*) from leg_facts)
-- units:   wait_s the upper edge of the bucket: the legs waited not longer, and longer than the
--          edge below; null where the moment of the answer is not known
-- caveat:  a threshold that is no edge cannot be answered from here (metrics go to the rows)

with

bucket_legs as (
    select
        leg_facts.received_date,
        leg_facts.interval_at,
        leg_facts.line,
        leg_facts.channel,
        leg_facts.source,
        leg_facts.state,
        asked_edges.edge_s as wait_s,
        sum(leg_facts.n_offered)::bigint as n_offered,
        sum(leg_facts.n_abandoned_short)::bigint as n_abandoned_short
    from leg_facts
    asof left join asked_edges on leg_facts.wait_s <= asked_edges.edge_s
    group by
        leg_facts.received_date,
        leg_facts.interval_at,
        leg_facts.line,
        leg_facts.channel,
        leg_facts.source,
        leg_facts.state,
        asked_edges.edge_s
)

select * from bucket_legs
