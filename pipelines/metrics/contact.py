"""One contact and all that is known of it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import END_OF_TIME, EVERYTHING, Query, Scope
from pipelines.promises.state import state_sql


@one_snapshot
def contact(
    lake: Lake, contact_id: str, as_of: datetime | None = None, scope: Scope = EVERYTHING
) -> dict[str, Any] | None:
    """Return all that is known of one contact, found by its id or its case number.

    Returns:
        None when there is no such contact or the scope does not hold it; else a dict of
        header (columns of lake.contacts), legs, events, clocks (lake.clocks and state at as_of),
        related (other contacts of the same case or citizen, with `same`: case or citizen),
        changes (earlier versions of the header), checks (quarantined rows of this contact: reason,
        action, row). Frames sorted by time; times in UTC. Of a case number: its first contact.
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
        "related": _related(lake, header, scope),
        "checks": _checks(lake, header),
    }


_ONE = {
    "legs": "select * from lake.legs where received_date = $day and contact_id = $id order by leg",
    "events": "select * from lake.events where received_date = $day and contact_id = $id "
    "and event_at <= $as_of order by event_at, seq",
    "clocks": f"select *, {state_sql()} as state from lake.clocks as clocks "
    "where received_date = $day and contact_id = $id and kind <> 'reading' and state is not null "
    "order by due_at nulls last, promise, number",
    "changes": "select changed_at, file_id, old from lake.contact_change "
    "where contact_id = $id order by changed_at",
}


def _header(lake: Lake, contact_id: str, scope: Scope) -> dict[str, Any] | None:
    limits = Query(END_OF_TIME - timedelta(days=1), END_OF_TIME, scope=scope)
    where, params = conditions(limits, "contact_facts", lake)
    if scope.operator is not None:  # one's own part may be any leg of it
        where = where.replace(
            "f.operator_id = $scope_operator",
            "(f.operator_id = $scope_operator or exists (select 1 from lake.legs as own "
            "where own.contact_id = f.contact_id and own.operator_id = $scope_operator))",
        )
    found = run(
        lake,
        f"select f.* from lake.contacts as f {joins(where, is_leg=False)} "
        f"where (f.contact_id = $id or f.case_number = $id) and {where} "
        "order by f.contact_id = $id desc, f.received_at limit 1",
        params | {"id": contact_id},
    )
    return found.row(0, named=True) if len(found) else None


def _related(lake: Lake, header: Mapping[str, Any], scope: Scope) -> pl.DataFrame:
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
where f.received_date between $since and $until and f.contact_id <> $id and {where}
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
            "since": day - timedelta(days=90),
            "until": day + timedelta(days=90),
        },
    )


def _checks(lake: Lake, header: Mapping[str, Any]) -> pl.DataFrame:
    """Held rows that name this contact, whatever column their log names it in."""
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

select quarantine_id, dataset, expectations, reason, action, file, row_no, row, quarantined_at
from held
where list_contains(
    [
        json_extract_string(readable, '$.call_id'), json_extract_string(readable, '$.chat_id'),
        json_extract_string(readable, '$.feedback_id'),
        json_extract_string(readable, '$.contact_id')
    ],
    $native
)
order by quarantined_at, row_no""",
        {"source": header["source"], "native": native},
    )
