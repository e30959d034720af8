"""Logs held against each other and against what cannot be: how many calls, and what it may change.

A figure of telephony is worth what its log is worth. Each check says how many things it looked at,
how many are wrong, and how far the service level would move were all of them the best or the worst
they can be.
"""

import polars as pl

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.listed import Listed
from pipelines.metrics.mismatch import FINDINGS, gather
from pipelines.metrics.mismatch_logs import MISSING
from pipelines.metrics.query import Query
from pipelines.metrics.stakes import with_levels

ALL = "all"
COLUMNS = ("finding", "kind", "channel", "n", "found", "share", "legs", "sl", "sl_low", "sl_high")

# how many things each check looked at
_LOOKED_AT = """
select 'not_in_journal' as finding, channel, count(*) as n from near_contacts
where is_asked and case_number is not null
    and (select bool_or(near_journal.is_asked) from near_journal)
    and received_at <= (select max(near_journal.received_at) from near_journal)
group by channel
union all
select 'not_in_logs', channel, count(*) from near_journal where is_asked group by channel
union all
select 'not_in_telephony', 'phone', count(*) from near_calls where is_asked
union all
select 'not_in_cdr', 'phone', count(*) from near_contacts
where is_asked and is_recorded
    and contact_id in (select near_legs.contact_id from near_legs)
    and source in (
        select known.source from near_contacts as known
        inner join met_calls as met on known.contact_id = met.contact_id
    )
union all
select 'forms_disagree', 'phone', count(*) from near_forms
inner join near_contacts on near_forms.contact_id = near_contacts.contact_id
where near_contacts.is_asked
union all
select unnest(['transfer_without_event', 'connect_without_complete', 'answer_lost',
    'times_contradict']), 'phone', count(*) from near_legs
where is_asked and answered_at is not null
union all
select unnest(['entry_without_end', 'impossible_times']), 'phone', count(*) from near_legs
where is_asked and queued_at is not null
union all
select 'answered_as_abandoned', 'phone', count(*) from near_legs
where is_asked and left_as = 'abandoned'
union all
select 'entry_lost', 'phone', count(*) from near_contacts
where is_asked and channel = 'phone' and tells_entries
union all
select 'doubled_calls', 'phone', count(*) from near_contacts where is_asked and channel = 'phone'
"""

_FOUND = """
select
    m.finding, m.channel, count(distinct coalesce(m.contact_id, m.reference)) as found,
    count(distinct case when m.leg is not null then m.contact_id || '/' || m.leg end) as legs
from mismatches as m group by m.finding, m.channel
"""


@one_snapshot
def reconciliation(lake: Lake, query: Query) -> pl.DataFrame:
    """Hold telephony against the journal and the exchange's records, and against what cannot be.

    Args:
        lake: open lake. query: filters by line, channel and source.

    Returns:
        One row a finding (of the journal: and channel) that had something to look at, and last
        one row `all`: finding (its id), kind (missing: in one log and not in the other; fault),
        channel, n (looked at), found (contacts, entries or calls that are wrong), share (found /
        n), legs (stays in a queue concerned), sl (service level of telephony in the period: SL-1,
        the default threshold; null for nothing), sl_low and sl_high (were all found ones the worst
        or the best they can be). In `all` a stay counts once, whatever the number of findings.

    Raises:
        QueryError: a group, or a filter other than line, channel, source.
    """
    if query.by:
        raise QueryError("reconciliation has no groups: its rows are what was found")
    asked = query.at(lake)
    gather(lake, asked)
    found = run(lake, _FOUND, {})
    rows = run(lake, _LOOKED_AT, {}).filter(pl.col("n") > 0)
    rows = rows.join(found, on=["finding", "channel"], how="left").with_columns(
        pl.col("found", "legs").fill_null(0)
    )
    order = {name: place for place, name in enumerate((*FINDINGS, ALL))}
    kind = pl.when(pl.col("finding").is_in(list(MISSING))).then(pl.lit("missing"))
    rows = pl.concat([rows, _all(lake, rows)], how="diagonal_relaxed").with_columns(
        kind=pl.when(pl.col("finding") != ALL).then(kind.otherwise(pl.lit("fault"))),
        share=pl.when(pl.col("n") > 0).then(pl.col("found") / pl.col("n")),
    )
    return (
        with_levels(lake, asked, rows)
        .sort(pl.col("finding").replace_strict(order), "channel")
        .select(COLUMNS)
    )


def _all(lake: Lake, rows: pl.DataFrame) -> pl.DataFrame:
    """The row of all checks together; none where nothing was looked at."""
    if rows.is_empty():
        return rows.clear()
    return run(
        lake,
        """
select
    'all' as finding, null::varchar as channel,
    count(distinct coalesce(contact_id, reference)) as found,
    count(distinct case when leg is not null then contact_id || '/' || leg end) as legs,
    (select count(*) from near_contacts where is_asked) as n
from mismatches""",
        {},
    )


@one_snapshot
def mismatches(
    lake: Lake,
    query: Query,
    finding: str = ALL,
    *,
    channel: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Listed:
    """List what a row of `reconciliation` counts, oldest first.

    Args:
        lake: open lake. query: as for `reconciliation`.
        finding: one of its rows, or `all`. channel: of this channel only.
        limit: rows at most; offset: rows left out at the beginning.

    Returns:
        total, and rows: finding, contact_id (null: no log has the contact), leg (null: not one stay
        of it), reference (case number, or the id of the exchange's call), happened_at (UTC),
        channel, line, operator_id, evidence (how it is known).

    Raises:
        QueryError: an unknown finding or filter.
    """
    if finding not in (*FINDINGS, ALL):
        raise QueryError(
            f"no finding '{finding}'{nearest(finding, FINDINGS)}. "
            f"Known: {', '.join((*FINDINGS, ALL))}."
        )
    gather(lake, query.at(lake))
    rows = run(
        lake,
        """
select
    m.finding, m.contact_id, m.leg, m.reference, m.happened_at, m.channel, m.line, m.operator_id,
    m.evidence, count(*) over () as total
from mismatches as m
where ($finding = 'all' or m.finding = $finding)
    and ($channel::varchar is null or m.channel = $channel)
order by m.happened_at, m.contact_id, m.reference, m.leg, m.finding
limit $limit offset $offset""",
        {"finding": finding, "channel": channel, "limit": limit, "offset": offset},
    )
    return Listed(rows.item(0, "total") if len(rows) else 0, rows.drop("total"))
