"""Lay out what logs are held against each other by: tables of a period and the day around it.

`gather` makes `mismatches`, one row a thing that is wrong; `reconciliation` counts and lists it.
"""

from datetime import timedelta

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.lake.schema import create_sql
from pipelines.marts.relations import used
from pipelines.metrics.facts import moment
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.mismatch_calls import FAULTS
from pipelines.metrics.mismatch_logs import MET_CALLS, MISSING, NEAR_FORMS
from pipelines.metrics.query import Query

FILTERS = ("line", "channel", "source")
FINDINGS = {**MISSING, **FAULTS}
_KINDS = (
    "('queued', 'answered', 'transferred', 'abandoned', 'flowed_out', 'ended', 'times_contradict')"
)
_NEAR = "received_date between $near_first and $near_last"

_CONTACTS = f"""
create or replace temp table near_contacts as
select
    f.contact_id, f.source, f.channel, f.line, f.case_number, f.operator_id, f.received_at,
    substr(f.contact_id, strpos(f.contact_id, ':') + 1) as native_id,
    f.source in (select p.source from lake.source_provides as p where p.item = 'queued')
        as tells_entries,
    f.channel = 'phone' and f.received_at <= (select max(started_at) from near_cdr)
        and f.received_date in (select received_date from near_cdr) as is_recorded,
    f.received_at >= $start and f.received_at < $end and {{where}} as is_asked
from lake.contacts as f {{joins}}
where f.{_NEAR} and f.received_at <= $as_of
"""

_LEGS = f"""
create or replace temp table near_legs as
select
    f.contact_id, f.leg, f.source, f.channel, f.line, f.operator_id, f.received_at, f.queued_at,
    f.answered_at, f.left_at, f.left_as, f.talk_s,
    substr(f.contact_id, strpos(f.contact_id, ':') + 1) as native_id,
    f.source in (select p.source from lake.source_provides as p where p.item = 'queued')
        as tells_entries,
    count(*) filter (where f.answered_at is not null) over (partition by f.contact_id)
        as n_answered,
    lead(f.answered_at) over next_of_operator as next_answered_at,
    lead(f.contact_id) over next_of_operator as next_contact_id,
    f.received_at >= $start and f.received_at < $end and {{where}} as is_asked
from lake.legs as f {{joins}}
where f.{_NEAR} and f.received_at <= $as_of and f.channel = 'phone'
window next_of_operator as (
    partition by f.source, f.operator_id order by f.answered_at, f.contact_id, f.leg
)
"""

_TABLES = (
    f"""
create or replace temp table near_cdr as
select * from {{cdr}} where {_NEAR} and started_at <= $as_of
""",
    _CONTACTS,
    _LEGS,
    f"""
create or replace temp table near_events as
select contact_id, event_at, kind, value from lake.events
where {_NEAR} and event_at <= $as_of and kind in {_KINDS}
    and contact_id in (select near_contacts.contact_id from near_contacts
        where near_contacts.channel = 'phone')
""",
    """
create or replace temp table near_phones as
select contact_id, key from lake.identity
where kind = 'phone' and received_at >= $near_start and received_at < $near_end
""",
    f"""
create or replace temp table near_journal as
select
    case_number, contact_id, channel, received_at,
    received_at >= $start and received_at < $end and received_at <= $as_of
        and ($channels::varchar[] is null or list_contains($channels, channel)) as is_asked
from lake.journal where {_NEAR}
""",
    # calls of the exchange that went to a queue, on days telephony has any call of
    """
create or replace temp table near_calls as
select
    call_id, min(started_at) as started_at, min(line) as line,
    min(started_at) >= $start and min(started_at) < $end and ($lines::varchar[] is null
        or list_contains($lines, min(line)))
    and min(received_date) in (
        select cast(timezone($zone, received_at) as date) from near_contacts where channel = 'phone'
    ) as is_asked
from near_cdr group by call_id having bool_or(has_queue)
""",
    # what the exchange says of a call, by each id it may be known by
    """
create or replace temp table near_records as
with
ids as (
    select record_id as id, call_id from near_cdr
    union
    select call_id, call_id from near_cdr
)
select
    ids.id,
    count(distinct cdr.operator_id) filter (where cdr.disposition = 'ANSWERED') as n_devices,
    max(cdr.talk_s) filter (where cdr.operator_id is not null) as longest_s,
    max(cdr.talk_s) filter (
        where cdr.operator_id is not null and cdr.disposition = 'ANSWERED' and cdr.has_queue
    ) as answered_s
from ids inner join near_cdr as cdr on ids.call_id = cdr.call_id
group by ids.id
""",
    MET_CALLS,
    NEAR_FORMS,
)


def gather(lake: Lake, query: Query) -> None:
    """Make `mismatches`: finding, contact_id, leg, reference, happened_at, line, channel, ...

    Args:
        lake: open lake. query: with its moment; filters by line, channel and source.

    Raises:
        QueryError: a filter other than these.
    """
    for word in query.where:
        if word not in FILTERS:
            raise QueryError(
                f"reconciliation has no filter '{word}'{nearest(word, FILTERS)}. "
                f"Known: {', '.join(FILTERS)}."
            )
    params = _params(lake, query)
    contacts_where, more = conditions(query, "contact_facts", lake)
    legs_where, legs_more = conditions(query, "leg_facts", lake)
    params |= more | legs_more
    names = {"cdr": _table(lake, "cdr"), "copies": _table(lake, "row_copies")}
    for sql in _TABLES:
        is_leg = sql is _LEGS
        where = legs_where if is_leg else contacts_where
        _run(lake, sql.format(where=where, joins=joins(where, is_leg=is_leg), **names), params)
    every = " union all by name ".join(f"select * from ({sql})" for sql in FINDINGS.values())
    _run(lake, f"create or replace temp table mismatches as {every}", params)


def _params(lake: Lake, query: Query) -> dict[str, object]:
    tz = lake.settings.tz
    first, last = query.start.astimezone(tz).date(), (query.end - timedelta(microseconds=1))
    channels = [str(v) for v in query.values("channel")] or None
    lines = [str(v) for v in query.values("line")] or None
    if query.scope.lines is not None:
        lines = [n for n in query.scope.lines if lines is None or n in lines]
    return {
        "start": query.start,
        "end": query.end,
        "as_of": moment(query),
        "near_first": first - timedelta(days=1),
        "near_last": last.astimezone(tz).date() + timedelta(days=1),
        "near_start": query.start - timedelta(days=1),
        "near_end": query.end + timedelta(days=1),
        "channels": channels,
        "lines": lines,
        "zone": lake.settings.zone,
    }


def _run(lake: Lake, sql: str, params: dict[str, object]) -> None:
    lake.con.execute(sql, used(sql, params))


def _table(lake: Lake, name: str) -> str:
    """Return a table of the lake; an empty one where an older version wrote it and we only read."""
    found = lake.con.execute(
        "select 1 from duckdb_columns() "
        "where database_name = 'lake' and table_name = $name limit 1",
        {"name": name},
    ).fetchall()
    if not found:
        lake.con.execute(create_sql(name, "temp").replace("create table", "create temp table", 1))
    return f"lake.{name}" if found else f"temp.{name}"
