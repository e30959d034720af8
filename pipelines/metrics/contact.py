"""Contacts one by one: the list behind a number, and all that is known of one of them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import polars as pl

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params, with_facts
from pipelines.metrics.facts import (
    EXPRESSIONS,
    check_groups,
    conditions,
    days_of,
    joins,
    moment,
    one_snapshot,
    run,
)
from pipelines.metrics.query import END_OF_TIME, EVERYTHING, Query, Scope
from pipelines.promises.state import STATES, state_sql

# a number of `volume` -> the rows of leg_facts or contact_facts it counts
_COUNTED = {
    "contacts": ("contact_facts", "true"),
    "self_served": ("contact_facts", "f.n_self_served = 1"),
    "offered": ("leg_facts", "true"),
    "answered": ("leg_facts", "f.n_answered = 1"),
    "abandoned": ("leg_facts", "f.n_abandoned = 1"),
    "abandoned_short": ("leg_facts", "f.n_abandoned_short = 1"),
    "flowed_out": ("leg_facts", "f.n_flowed_out = 1"),
    "waiting": ("leg_facts", "f.n_waiting = 1"),
}
ORDERS = {
    "newest": "c.received_at desc, c.contact_id",
    "oldest": "c.received_at, c.contact_id",
    "due": "w.due_at nulls last, c.contact_id",
    "rating": "c.rating nulls last, c.received_at desc, c.contact_id",
    "longest_wait": "w.wait_s desc nulls last, c.contact_id",
}
_LISTED = """c.contact_id, c.case_number, c.received_at, c.channel, c.line, c.category,
    c.feedback_type, c.region, c.operator_id, c.outcome, c.rating, c.source, c.text,
    w.wait_s, w.promise, w.state, w.due_at, w.stopped_at"""


class Listed(NamedTuple):
    """One page of a list of contacts and how many there are in all."""

    total: int
    rows: pl.DataFrame


@one_snapshot
def contacts(
    lake: Lake,
    query: Query,
    *,
    counted: str = "contacts",
    promise: str | None = None,
    state: str | None = None,
    order: str = "newest",
    limit: int = 50,
    offset: int = 0,
) -> Listed:
    """List the contacts behind a number: the same filters, the same moment, the same scope.

    Args:
        lake: open lake.
        query: period and filters; groups are not used.
        counted: which number of `volume`: contacts, offered, answered, abandoned, …
        promise: only contacts this promise judges; state: only those in this state (met, breached,
            overdue, running, cancelled). With a promise, line, channel, category, region and
            operator are those of its clock.
        order: newest, oldest, due, rating, longest_wait.
        limit: rows at most; offset: rows left out at the beginning.

    Returns:
        total, and rows: contact_id, case_number, received_at (UTC), channel, line, category,
        feedback_type, region, operator_id, outcome, rating, source, text (masked), wait_s (longest
        wait of its counted legs), promise, state, due_at, stopped_at (null without a promise).

    Raises:
        QueryError: an unknown word anywhere.
    """
    check_groups(query, "contacts")
    _known(counted, _COUNTED, "number")
    _known(order, ORDERS, "order")
    if state is not None:
        _known(state, STATES, "state")
    asked = query.at(lake)
    wanted, params = (
        _clocked(lake, asked, promise, state) if promise or state else _facts(lake, asked, counted)
    )
    rows = run(
        lake,
        f"""{wanted}
select {_LISTED}, count(*) over () as total
from wanted as w
inner join lake.contacts as c on c.contact_id = w.contact_id
    and c.received_date between $first_day and $last_day
order by {ORDERS[order]}
limit $limit offset $offset""",
        params | {"limit": limit, "offset": offset},
    )
    if rows.is_empty() and offset:
        return Listed(
            contacts(lake, asked, counted=counted, promise=promise, state=state, limit=1).total,
            rows.drop("total"),
        )
    return Listed(rows.item(0, "total") if len(rows) else 0, rows.drop("total"))


def _facts(lake: Lake, query: Query, counted: str) -> tuple[str, dict[str, object]]:
    facts, condition = _COUNTED[counted]
    where, params = conditions(query, facts, lake)
    rows_of = row_params(
        days_of(lake, query), query.start, query.end, moment(query), lake.settings.short_abandon_s
    )
    wait = "max(f.wait_s)" if facts == "leg_facts" else "null::double"
    sql = f"""{with_facts(facts, rows_of)},
wanted as (
    select
        f.contact_id, {wait} as wait_s, null::varchar as promise, null::varchar as state,
        null::timestamptz as due_at, null::timestamptz as stopped_at
    from {facts} as f {joins(where, is_leg=facts == "leg_facts")}
    where {where} and {condition}
    group by f.contact_id
)"""
    return sql, params | rows_of | {"zone": lake.settings.zone}


def _clocked(
    lake: Lake, query: Query, promise: str | None, state: str | None
) -> tuple[str, dict[str, object]]:
    """The contacts of a promise's clocks; one that has several (a reopening) shows the worst."""
    where, params = conditions(query, "contact_facts", lake)
    rows_of = row_params(days_of(lake, query), query.start, query.end, moment(query))
    columns = ", ".join(EXPRESSIONS["contact_facts"][n] for n in query.where)
    sql = f"""with
clocks as (
    select
        *, to_timestamp(epoch_us(received_at) // 900000000 * 900) as interval_at,
        null::varchar as feedback_type
    from lake.clocks
    where received_date between $first_day and $last_day
        and received_at >= $start and received_at < $end
        and ($promise::varchar is null or promise = $promise)
),
judged as (
    select f.contact_id, f.promise, f.due_at, f.stopped_at, {state_sql(table="f")} as state
    from clocks as f {joins(columns + where, is_leg=False)}
    where {where}
),
wanted as (
    select
        contact_id, null::double as wait_s, arg_min(promise, due_at) as promise,
        arg_min(state, due_at) as state, min(due_at) as due_at,
        arg_min(stopped_at, due_at) as stopped_at
    from judged
    where state is not null and ($state::varchar is null or state = $state)
    group by contact_id
)"""
    params |= rows_of | {"promise": promise, "state": state, "zone": lake.settings.zone}
    return sql, params


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
    "where received_date = $day and contact_id = $id and started_at <= $as_of "
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
select quarantine_id, dataset, expectations, reason, action, file, row_no, row, quarantined_at
from lake.quarantine
where source = $source and list_contains(
    [
        json_extract_string(row, '$.call_id'), json_extract_string(row, '$.chat_id'),
        json_extract_string(row, '$.feedback_id'), json_extract_string(row, '$.contact_id')
    ],
    $native
)
order by quarantined_at, row_no""",
        {"source": header["source"], "native": native},
    )


def _known(word: str, known: Mapping[str, object] | tuple[str, ...], what: str) -> None:
    if word not in known:
        raise QueryError(
            f"unknown {what} '{word}'{nearest(word, known)}. Known: {', '.join(known)}."
        )
