"""One contact and all that is known of it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.contact_category import category_from
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import END_OF_TIME, EVERYTHING, Query, Scope
from pipelines.promises.state import state_sql

TALKED = ("phone", "callback", "video")  # channels with something to hear


@one_snapshot
def contact(
    lake: Lake, contact_id: str, as_of: datetime | None = None, scope: Scope = EVERYTHING
) -> dict[str, Any] | None:
    """Return all that is known of one contact, found by its id or its case number.

    Returns:
        None when there is no such contact or the scope does not hold it; else a dict of
        header (columns of lake.contacts), legs, events, clocks (lake.clocks and state at as_of),
        related (other contacts of the same case or citizen, with `same`: case or citizen),
        changes (earlier versions of the header), checks (rows of this contact that broke a rule:
        fate held or flagged, expectations, reason, action, file, row_no, found_at), recording (the
        address of its recording; null: none is kept, or nobody was talked to), category_from (of
        `contact_category`, as known now). Frames sorted by
        time; times in UTC. Of a case number: its first contact.
    """
    at = as_of or lake.now()
    header = _header(lake, contact_id, scope)
    if header is None:
        return None
    one = {"id": header["contact_id"], "day": header["received_date"], "as_of": at}
    rows = {name: run(lake, sql, one) for name, sql in _ONE.items()}
    return {
        "as_of": at,
        "header": header,
        **rows,
        "related": _related(lake, header, scope, at),
        "checks": _checks(lake, header),
        "category_from": category_from(lake, header),
        "recording": _recording(lake.settings.recording_url, header, rows["legs"]),
    }


def _recording(template: str, header: Mapping[str, Any], legs: pl.DataFrame) -> str | None:
    """Return where the talk can be heard: a call somebody answered."""
    if not template or header["channel"] not in TALKED or legs["answered_at"].count() == 0:
        return None
    contact_id, source = str(header["contact_id"]), str(header["source"])
    return template.format(
        contact_id=quote(contact_id, safe=""),
        native_id=quote(contact_id.removeprefix(f"{source}:"), safe=""),
        date=header["received_date"].isoformat(),
    )


# a leg as it stood: what came later is not known yet
_LEGS = """
select * replace (
    case when answered_at <= $as_of then answered_at end as answered_at,
    case when left_at <= $as_of then left_at end as left_at,
    case
        when answered_at <= $as_of
            or answered_at is null and coalesce(left_at, queued_at, received_at) <= $as_of
            then left_as
        else 'open'
    end as left_as,
    case when left_at <= $as_of then talk_s end as talk_s,
    case when left_at <= $as_of then hold_s end as hold_s,
    case when left_at <= $as_of then wrap_s end as wrap_s
)
from lake.legs
where received_date = $day and contact_id = $id
    and coalesce(queued_at, received_at) <= $as_of
order by leg
"""
_ONE = {
    "legs": _LEGS,
    "events": "select * from lake.events where received_date = $day and contact_id = $id "
    "and event_at <= $as_of order by event_at, seq",
    "clocks": "select * replace ("
    "case when stopped_at <= $as_of then stopped_at end as stopped_at, "
    "case when stopped_at <= $as_of then stop_kind end as stop_kind"
    f"), {state_sql()} as state from lake.clocks as clocks "
    "where received_date = $day and contact_id = $id and started_at <= $as_of "
    "and kind <> 'reading' and state is not null "
    "order by due_at nulls last, promise, number",
    "changes": "select changed_at, file_id, old from lake.contact_change "
    "where contact_id = $id order by changed_at",
}


def _header(lake: Lake, contact_id: str, scope: Scope) -> dict[str, Any] | None:
    """Return the header, if the scope holds it or any leg of it."""
    limits = Query(END_OF_TIME - timedelta(days=1), END_OF_TIME, scope=scope)
    where, params = conditions(limits, "contact_facts", lake)
    by_leg = f"""union all
    select f.contact_id from lake.legs as f {joins(where, is_leg=False)}
    where f.received_date in (select found.received_date from found)
        and f.contact_id in (select found.contact_id from found) and {where}"""
    found = run(
        lake,
        f"""
with
found as (
    select * from lake.contacts where contact_id = $id or case_number = $id
),
seen as (
    select f.contact_id from found as f {joins(where, is_leg=False)} where {where}
    {by_leg if scope.groups else ""}
)
select * from found where contact_id in (select seen.contact_id from seen)
order by contact_id = $id desc, received_at limit 1""",
        params | {"id": contact_id},
    )
    return found.row(0, named=True) if len(found) else None


def _related(lake: Lake, header: Mapping[str, Any], scope: Scope, at: datetime) -> pl.DataFrame:
    limits = Query(END_OF_TIME - timedelta(days=1), END_OF_TIME, scope=scope)
    where, params = conditions(limits, "contact_facts", lake)
    day: date = header["received_date"]
    return run(
        lake,
        f"""
select
    f.contact_id, f.received_at, f.channel, f.line, f.category, f.outcome, f.operator_id,
    f.case_number, case when f.case_number = $case then 'case' else 'citizen' end as same
from lake.contacts as f {joins(where, is_leg=False)}
where f.received_date between $since and $until and f.received_at <= $as_of
    and f.contact_id <> $id and {where}
    and (f.case_number = $case or f.citizen_key = $citizen or f.contact_id = $parent
        or f.parent_contact_id = $id or f.about_contact_id = $id)
order by f.received_at, f.contact_id
limit 200""",
        params
        | {
            "id": header["contact_id"],
            "case": header["case_number"],
            "citizen": header["citizen_key"],
            "parent": header["parent_contact_id"],
            "as_of": at,
            "since": day - timedelta(days=90),
            "until": day + timedelta(days=90),
        },
    )


def _checks(lake: Lake, header: Mapping[str, Any]) -> pl.DataFrame:
    """Held rows that name this contact, whatever column their log names it in; flagged ones."""
    native = str(header["contact_id"]).removeprefix(f"{header['source']}:")
    return run(
        lake,
        """
with
held as (
    -- a line nobody could read is kept as it came: no JSON
    select *, case when json_valid(row) then row end as readable
    from lake.quarantine
    where source = $source
)

select 'held' as fate, expectations, reason, action, file, row_no, quarantined_at as found_at
from held
where list_contains(
    [
        json_extract_string(readable, '$.call_id'), json_extract_string(readable, '$.chat_id'),
        json_extract_string(readable, '$.feedback_id'),
        json_extract_string(readable, '$.contact_id')
    ],
    $native
)
union all by name
select 'flagged' as fate, expectation as expectations, file, row_no, flagged_at as found_at
from lake.flagged
where source = $source and contact_id = $id
order by found_at, row_no, expectations""",
        {"source": header["source"], "native": native, "id": header["contact_id"]},
    )
