-- Clocks that ran, or may run, into the next day: few, so a board finds old open ones at once.
--
-- grain:   one row a clock that is open, or was due or stopped more than a day after its contact
-- key:     promise, promise_version, contact_id, number
-- reads:   asked_clocks (rows of lake.clocks), contact_facts
-- check:   count(*) = count(started_at)
-- units:   *_at UTC instants
-- caveat:  of settled days only; clocks of the last two days are read from lake.clocks

with

long_clocks as (
    select
        clocks.promise,
        clocks.promise_version,
        clocks.kind,
        clocks.contact_id,
        clocks.number,
        contacts.source,
        contacts.line,
        contacts.channel,
        contacts.category,
        contacts.region,
        contacts.operator_id,
        contacts.received_at,
        clocks.received_date,
        clocks.started_at,
        clocks.due_at,
        clocks.stopped_at,
        clocks.stop_kind
    from asked_clocks as clocks
    inner join contact_facts as contacts on clocks.contact_id = contacts.contact_id
    where
        clocks.kind = 'clock'
        and clocks.due_at is not null
        and (
            clocks.stopped_at is null
            or clocks.stopped_at > contacts.received_at + interval '1 day'
            or clocks.due_at > contacts.received_at + interval '1 day'
        )
)

select * from long_clocks
