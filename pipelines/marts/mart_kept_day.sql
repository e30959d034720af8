-- How the deadlines of a day's contacts were kept by its end, all promises together.
--
-- grain:   one row a local day, line, channel, source and category with a clock judged by its end
-- key:     received_date, line, channel, source, category
-- reads:   asked_clocks (rows of lake.clocks with their state in the end), contact_facts,
--          asked_days (ends_at of a local day)
-- check:   sum(n_met) <= sum(n_judged)
-- units:   additive: clocks met, clocks judged (met, breached, overdue)
-- caveat:  true from the end of the day on. Clocks that change later stand in mart_open_clocks, and
--          are judged at the moment asked about; category is the clock's

with

kept as (
    select
        clocks.received_date,
        contacts.line,
        contacts.channel,
        contacts.source,
        nullif(coalesce(clocks.judged_category, contacts.category), '') as category,
        count(*) filter (where clocks.state = 'met') as n_met,
        count(*) as n_judged
    from asked_clocks as clocks
    inner join contact_facts as contacts on clocks.contact_id = contacts.contact_id
    inner join asked_days as days on clocks.received_date = days.received_date
    where
        clocks.kind = 'clock'
        and clocks.state in ('met', 'breached', 'overdue')
        and greatest(
            clocks.started_at, clocks.due_at, clocks.stopped_at, clocks.since_at, clocks.until_at
        ) < days.ends_at
    group by all
)

select * from kept
