-- Clocks that ran, or may run, into the next day: few, so a board finds old open ones at once.
--
-- grain:   one row a clock that is open, or was due or stopped more than a day after its contact
-- key:     promise, promise_version, contact_id, number
-- reads:   asked_clocks (rows of lake.clocks)
-- check:   count(*) = count(started_at)
-- units:   *_at UTC instants
-- caveat:  of settled days only; clocks of the last two days are read from lake.clocks

with

long_clocks as (
    select
        promise,
        promise_version,
        kind,
        contact_id,
        number,
        source,
        line,
        channel,
        category,
        region,
        operator_id,
        received_at,
        received_date,
        started_at,
        due_at,
        stopped_at,
        stop_kind
    from asked_clocks
    where
        kind = 'clock'
        and due_at is not null
        and (
            stopped_at is null
            or stopped_at > received_at + interval '1 day'
            or due_at > received_at + interval '1 day'
        )
)

select * from long_clocks
