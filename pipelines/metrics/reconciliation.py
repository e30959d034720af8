"""The journal held against telephony, chat and portal logs, both ways."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query

# both ways: what the logs have and the journal lacks, and what the journal has and no log knows
_SIDES = """
with
-- a day's edge: the other side may have been written on the day next to it
journal_near as (
    select case_number, contact_id, channel, received_at from lake.journal
    where received_date between $first - 1 and $last + 1
),
logs_near as (
    select f.case_number, f.contact_id, f.channel, f.received_at, {where} as is_seen
    from lake.contacts as f {joins}
    where f.received_date between $first - 1 and $last + 1
),
logged as (
    select * from logs_near
    where received_at >= $start and received_at < $end and received_at <= $as_of
        and case_number is not null and is_seen
),
-- an entry no log knows belongs to nobody yet: everybody sees it
journaled as (
    select * from journal_near
    where received_at >= $start and received_at < $end and received_at <= $as_of
        and coalesce(contact_id not in (
            select l.contact_id from logs_near as l where not coalesce(l.is_seen, false)
        ), true)
),
-- found by the number or, where one side has none (the citizen got no number), by the contact
sides as (
    select
        'logs' as side, l.channel, l.contact_id, l.case_number, l.received_at,
        l.case_number in (select j.case_number from journal_near as j
            where j.case_number is not null)
        or l.contact_id in (select j.contact_id from journal_near as j
            where j.contact_id is not null) as is_found
    from logged as l
    union all
    select
        'journal' as side, j.channel, j.contact_id, j.case_number, j.received_at,
        coalesce(j.case_number in (
            select l.case_number from logs_near as l where l.case_number is not null
        ), false)
        or coalesce(j.contact_id in (select l.contact_id from logs_near as l), false) as is_found
    from journaled as j
)
"""


@one_snapshot
def reconciliation(lake: Lake, query: Query) -> pl.DataFrame:
    """Hold the journal against telephony, chat and portal logs, both ways.

    The two sides meet by the case number or by the contact: a contact that was given no number
    still stands in the journal.

    Returns:
        One row a side (logs: contacts with a number looked up in the journal; journal: entries
        looked up in the logs) and channel: n, found, missing, share (found / n, null for nothing),
        contact_ids and case_numbers of up to 50 missing ones, oldest first. Empty where there is
        no journal in the period.
    """
    asked = query.at(lake)
    first, last = asked.local_days(lake.settings.tz)
    where, params = conditions(
        Query(asked.start, asked.end, scope=asked.scope), "contact_facts", lake
    )
    params |= {
        "first": first,
        "last": last,
        "start": asked.start,
        "end": asked.end,
        "as_of": moment(asked),
    }
    sides = _SIDES.format(where=where, joins=joins(where, is_leg=False))
    frame = run(
        lake,
        f"""{sides}
select
    side, channel, count(*) as n, count(*) filter (where is_found) as found,
    count(*) filter (where not is_found) as missing,
    count(*) filter (where is_found) / count(*) as share,
    list_slice(list(contact_id order by received_at) filter (where not is_found), 1, 50)
        as contact_ids,
    list_slice(list(case_number order by received_at) filter (where not is_found), 1, 50)
        as case_numbers
from sides group by side, channel order by side desc, channel""",
        params,
    )
    has_journal = frame.get_column("side").is_in(["journal"]).any()
    return frame if has_journal else frame.clear()
