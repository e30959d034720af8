"""The rows outages are counted from: temporary tables of contacts, people told, calls of each.

Which contact is of an outage is said here; so it is in pipelines/operators/observations.sql, which
leaves these contacts out of scores (a test holds the two together).
"""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.marts.relations import used
from pipelines.metrics.facts import moment, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import Query
from pipelines.promises.state import state_sql

_ASKED = f"""
create or replace temp table asked_incidents as
with
seen as (
    select
        incident_id, category, line, region, detected_at, note, coalesce(is_complex, false)
            as is_complex,
        case when restored_at <= $as_of then restored_at end as restored_at
    from lake.incidents
    where detected_at <= $as_of and detected_at < $end
        and coalesce(restored_at, $as_of::timestamptz) >= $start
        and ($lines::varchar[] is null or line is null or list_contains($lines, line))
        and ($id::varchar is null or incident_id = $id)
),
clocks as (
    select
        *, 'clock' as kind, detected_at as started_at, restored_at as stopped_at,
        'stopped' as stop_kind, null::timestamptz as since_at, null::timestamptz as until_at,
        case when is_complex then $complex_s::double else $target_s::double end as target_s,
        detected_at + to_milliseconds(
            (1000 * case when is_complex then $complex_s else $target_s end)::bigint
        ) as due_at
    from seen
)
select
    incident_id, category, line, region, detected_at, restored_at, note, is_complex, target_s,
    due_at, {state_sql()} as state
from clocks
"""
# contacts of each: the rule of pipelines/operators/observations.sql
_INSIDE = """
create or replace temp table incident_contacts as
select
    i.incident_id, f.contact_id, coalesce(f.citizen_key, f.contact_id) as person, f.citizen_key,
    f.channel, f.line, f.category, f.region, f.case_number, f.received_at, f.received_date
from asked_incidents as i
inner join lake.contacts as f
    on f.received_at >= i.detected_at
    and f.received_at < coalesce(i.restored_at, $as_of)
    and coalesce(i.category = f.category, i.category is null)
    and coalesce(i.region = f.region, i.region is null)
    and coalesce(i.line = f.line, i.line is null)
{joins}
where f.received_date between $first_day and $last_day and {where}
"""
# told: a notification of a log once the service was back, or a mark of the shift
_TOLD = """
create or replace temp table incident_told as
select t.incident_id, t.contact_id, min(t.told_at) as told_at
from (
    select c.incident_id, c.contact_id, e.event_at as told_at
    from incident_contacts as c
    inner join asked_incidents as i on c.incident_id = i.incident_id
    inner join lake.events as e
        on c.contact_id = e.contact_id and c.received_date = e.received_date
    where e.kind = 'notified' and e.event_at >= i.restored_at and e.event_at <= $as_of
        and e.received_date between $first_day and $last_day
    union all
    select
        incident_id,
        unnest(from_json(json_extract(args, '$.contact_ids'), '["varchar"]')) as contact_id,
        acted_at as told_at
    from lake.acts where kind = 'notified' and acted_at <= $as_of
) as t
group by t.incident_id, t.contact_id
"""
_SPANS = """
create or replace temp table incident_announcements as
select incident_id, text, who, acted_at as from_at, until_at
from (
    select
        *,
        lead(acted_at) over (partition by incident_id order by seq) as until_at
    from lake.acts
    where kind in ('announced', 'silenced', 'withdrawn') and acted_at <= $as_of
)
where kind = 'announced'
"""
# calls queued on the outage's line, else on the lines its callers came to
_CALLS = """
create or replace temp table incident_calls as
with
lines as (
    select distinct i.incident_id, coalesce(i.line, c.line) as line
    from asked_incidents as i
    left join incident_contacts as c on i.incident_id = c.incident_id and c.channel = 'phone'
    where coalesce(i.line, c.line) is not null
),
calls as (
    select
        i.incident_id, f.queued_at,
        coalesce(f.left_as = 'abandoned' and f.left_at <= $as_of, false) as is_lost
    from asked_incidents as i
    inner join lines on i.incident_id = lines.incident_id
    inner join lake.legs as f
        on f.line = lines.line
        and f.queued_at >= i.detected_at
        and f.queued_at < coalesce(i.restored_at, $as_of)
    {joins}
    where f.channel = 'phone'
        and (f.left_at <= $as_of or f.answered_at <= $as_of)
        and (i.region is null or c.region = i.region)
        and f.received_date between $first_day and $last_day
        and {where}
),
placed as (
    select
        calls.incident_id, calls.is_lost,
        coalesce(
            bool_or(
                calls.queued_at >= a.from_at and calls.queued_at < coalesce(a.until_at, $as_of)
            ),
            false
        ) as is_told,
        coalesce(calls.queued_at < min(a.from_at), true) as is_before
    from (select *, row_number() over () as n from calls) as calls
    left join incident_announcements as a on calls.incident_id = a.incident_id
    group by calls.incident_id, calls.n, calls.is_lost, calls.queued_at
)
select
    incident_id,
    count(*) filter (where is_before) as offered_before,
    count(*) filter (where is_before and is_lost) as abandoned_before,
    count(*) filter (where is_told) as offered_announced,
    count(*) filter (where is_told and is_lost) as abandoned_announced
from placed group by incident_id
"""
_CALL_COLUMNS = [
    "offered_before", "abandoned_before", "abandoned_share_before", "offered_announced",
    "abandoned_announced", "abandoned_share_announced",
]  # fmt: skip
_EMPTY = {
    sql: f"create or replace temp table {name} as select {columns} where false"
    for sql, name, columns in (
        (
            _INSIDE,
            "incident_contacts",
            "null::varchar as incident_id, null::varchar as contact_id, null::varchar as person, "
            "null::varchar as citizen_key",
        ),
        (_TOLD, "incident_told", "null::varchar as incident_id, null::varchar as contact_id"),
        (
            _SPANS,
            "incident_announcements",
            "null::varchar as incident_id, null::varchar as text, null::varchar as who, "
            "null::timestamptz as from_at, null::timestamptz as until_at",
        ),
        (
            _CALLS,
            "incident_calls",
            "null::varchar as incident_id, 0 as offered_before, 0 as abandoned_before, "
            "0 as offered_announced, 0 as abandoned_announced",
        ),
    )
}
_ROWS = """
with
people as (
    select
        c.incident_id, c.person,
        count(*) as contacts,
        count(*) filter (where c.citizen_key is null) as unknown,
        bool_or(t.contact_id is not null) as is_told
    from incident_contacts as c
    left join incident_told as t
        on c.incident_id = t.incident_id and c.contact_id = t.contact_id
    group by c.incident_id, c.person
),
counts as (
    select
        incident_id,
        sum(contacts)::bigint as contacts,
        count(*) filter (where unknown = 0) as citizens,
        sum(unknown)::bigint as unknown,
        count(*) filter (where not is_told) as untold
    from people group by incident_id
),
opened as (
    select incident_id, arg_min(acted_at, seq) as opened_at, arg_min(who, seq) as opened_by
    from lake.acts where kind = 'opened' group by incident_id
),
announced as (
    select
        incident_id, max(from_at) as announced_at,
        arg_max(until_at, from_at) as silenced_at, bool_or(until_at is null) as is_announced,
        arg_max(text, from_at) as announcement, arg_max(who, from_at) as announced_by
    from incident_announcements group by incident_id
)
select
    i.incident_id, i.category, i.line, i.region, i.detected_at, i.restored_at,
    epoch(i.restored_at) - epoch(i.detected_at) as restored_s,
    i.is_complex, i.note, i.target_s, i.due_at, i.state,
    coalesce(c.contacts, 0) as contacts,
    -- nobody came: nobody; somebody came and no log tells who: not known
    case when c.citizens > 0 or coalesce(c.contacts, 0) = 0 then coalesce(c.citizens, 0) end
        as citizens,
    coalesce(c.unknown, 0) as contacts_unknown,
    case when i.restored_at is not null then coalesce(c.untold, 0) end as to_notify,
    coalesce(a.is_announced, false) as is_announced, a.announced_at,
    case when not a.is_announced then a.silenced_at end as silenced_at, a.announced_by,
    a.announcement,
    coalesce(n.offered_before, 0) as offered_before,
    coalesce(n.abandoned_before, 0) as abandoned_before,
    n.abandoned_before / nullif(n.offered_before, 0) as abandoned_share_before,
    coalesce(n.offered_announced, 0) as offered_announced,
    coalesce(n.abandoned_announced, 0) as abandoned_announced,
    n.abandoned_announced / nullif(n.offered_announced, 0) as abandoned_share_announced,
    o.opened_at, o.opened_by
from asked_incidents as i
left join counts as c on i.incident_id = c.incident_id
left join announced as a on i.incident_id = a.incident_id
left join incident_calls as n on i.incident_id = n.incident_id
left join opened as o on i.incident_id = o.incident_id
order by i.restored_at is not null, i.detected_at desc, i.incident_id
"""


def targets(lake: Lake) -> tuple[float | None, float | None]:
    """Return how soon an outage is promised to end, and a complex one (seconds; None: no promise).

    Source: the promise of reference data whose subject is an incident.
    """
    for p in lake.reference.promises:
        if p.subject == "incident" and p.kind == "clock":
            return p.target_s, p.complex_target_s or p.target_s
    return None, None


def gathered(
    lake: Lake, query: Query, incident_id: str | None, *, with_calls: bool = True
) -> pl.DataFrame:
    """Make the temporary tables of the outages asked for; return their figures.

    Without `with_calls` the figures of calls before and while announced are left out.
    """
    at = moment(query)
    lines = query.scope.lines
    target, complex_target = targets(lake)
    params: dict[str, object] = {
        "start": query.start,
        "end": query.end,
        "as_of": at,
        "lines": None if lines is None else list(lines),
        "id": incident_id,
        "target_s": target,
        "complex_s": complex_target,
    }
    _make(lake, _ASKED, params)
    first, last, is_any_restored = lake.con.execute(
        "select min(detected_at), max(coalesce(restored_at, $as_of)), "
        "bool_or(restored_at is not null) from asked_incidents",
        {"as_of": at},
    ).fetchall()[0]
    tz = lake.settings.tz
    params |= {
        "first_day": (first or at).astimezone(tz).date(),
        "last_day": (last or at).astimezone(tz).date(),
    }
    seen = replace(query, by=(), where={})
    # each relation of the lake costs some 10 ms to plan: what nothing is asked of is not read
    for sql, facts, is_asked in (
        (_INSIDE, "contact_facts", bool(first)),
        (_TOLD, "", bool(is_any_restored)),
        (_SPANS, "", bool(first)),
        (_CALLS, "leg_facts", bool(first) and with_calls),
    ):
        where, values = conditions(seen, facts, lake) if facts else ("", dict[str, object]())
        is_leg = facts == "leg_facts"
        needs = f"{where} c." if is_leg else where
        text = sql.replace("{where}", where).replace("{joins}", joins(needs, is_leg=is_leg))
        if is_asked:
            _make(lake, text, params | values)
        else:
            lake.con.execute(_EMPTY[sql])
    found = run(lake, _ROWS, {})
    return found if with_calls else found.drop(_CALL_COLUMNS)


def _make(lake: Lake, sql: str, params: dict[str, object]) -> None:
    lake.con.execute(sql, used(sql, params))
