-- Clocks that change on a later day than their contact came: few, so what is open is found at once.
--
-- grain:   one row a clock that is due, starts, stops or begins anew after its contact's local day
-- key:     promise, promise_version, contact_id, number, since_at
-- reads:   asked_clocks (rows of lake.clocks), contact_facts, asked_days (ends_at of a local day)
-- check:   count(*) = count(started_at)
-- units:   *_at UTC instants
-- caveat:  of settled days only; all other clocks of a day are counted by mart_kept_day: what
--          became of them is known at its end. A board reads the clocks of today and yesterday from
--          lake.clocks, and what was due before yesterday is no matter of the shift

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
        clocks.judged_category,
        contacts.region,
        contacts.operator_id,
        contacts.received_at,
        clocks.received_date,
        clocks.started_at,
        clocks.due_at,
        clocks.stopped_at,
        clocks.stop_kind,
        clocks.since_at,
        clocks.until_at
    from asked_clocks as clocks
    inner join contact_facts as contacts on clocks.contact_id = contacts.contact_id
    inner join asked_days as days on clocks.received_date = days.received_date
    where
        clocks.kind = 'clock'
        and greatest(
            clocks.started_at, clocks.due_at, clocks.stopped_at, clocks.since_at, clocks.until_at
        ) >= days.ends_at
)

select * from long_clocks
