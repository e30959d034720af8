-- Offered, answered and lost legs with their waits and handling, per line and quarter of an hour.
--
-- grain:   one row a line, channel, source and 15 minutes in which a contact with a leg there came
-- key:     received_date, interval_at, line, channel, source
-- reads:   leg_facts
-- check:   sum(n_offered) = sum(n_answered + n_abandoned + n_flowed_out + n_waiting)
-- units:   *_s seconds; interval_at UTC; n_* and *_sum_s are additive, *_max_s are not
-- caveat:  a leg belongs to the quarter in which its contact was received, not queued

with

interval_legs as (
    select
        received_date,
        interval_at,
        line,
        channel,
        source,
        sum(n_offered)::bigint as n_offered,
        sum(n_answered)::bigint as n_answered,
        sum(n_abandoned)::bigint as n_abandoned,
        sum(n_abandoned_short)::bigint as n_abandoned_short,
        sum(n_flowed_out)::bigint as n_flowed_out,
        sum(n_waiting)::bigint as n_waiting,
        sum(n_waits)::bigint as n_waits,
        sum(wait_sum_s) as wait_sum_s,
        max(wait_max_s) as wait_max_s,
        sum(n_handled)::bigint as n_handled,
        sum(handle_sum_s) as handle_sum_s
    from leg_facts
    group by received_date, interval_at, line, channel, source
)

select * from interval_legs
