-- Clocks counted by what becomes of them in the end: a question of weeks need not judge each.
--
-- grain:   one row a day, promise, what its contacts share, and state in the end (null: none)
-- key:     received_date, promise, kind, source, line, channel, category, is_staffed, state
-- reads:   asked_clocks (rows of lake.clocks with their state in the end), contact_facts
-- check:   sum(n) = (select count(*) from asked_clocks)
-- units:   all additive: n clocks, value_sum seconds, value_squares seconds squared
-- caveat:  true after final_at only, the last moment a clock of that day and promise changes its
--          state; an earlier question judges the clocks of the pair. Sums are of decimals: those of
--          doubles depend on the order of rows

with

clocks as (
    select
        clocks.received_date,
        clocks.promise,
        clocks.kind,
        contacts.source,
        contacts.line,
        contacts.channel,
        nullif(coalesce(clocks.judged_category, contacts.category), '') as category,
        contacts.is_staffed,
        clocks.state,
        clocks.value,
        greatest(
            clocks.started_at, clocks.due_at, clocks.stopped_at, clocks.since_at, clocks.until_at
        ) as changed_at
    from asked_clocks as clocks
    inner join contact_facts as contacts on clocks.contact_id = contacts.contact_id
),

counted as (
    select
        received_date,
        promise,
        kind,
        source,
        line,
        channel,
        category,
        is_staffed,
        state,
        count(*) as n,
        sum(value::decimal(18, 6))::double as value_sum,
        sum((value * value)::decimal(38, 6))::double as value_squares,
        max(changed_at) as changed_at
    from clocks
    group by received_date, promise, kind, source, line, channel, category, is_staffed, state
),

mart as (
    select
        * exclude (changed_at),
        max(changed_at) over (partition by received_date, promise) as final_at
    from counted
)

select * from mart
