"""The contacts of a citizen's chain together: who waited and who served, what is due when."""

from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.groups import conditions, joins
from pipelines.metrics.query import END_OF_TIME, EVERYTHING, Query, Scope
from pipelines.promises.state import state_sql

_SEEN = """
with seen as (
    select f.contact_id from lake.contacts as f {joins}
    where list_contains($ids, f.contact_id) and f.received_date between $first and $last and {where}
    union
    select f.contact_id from lake.legs as f {joins}
    where list_contains($ids, f.contact_id) and f.received_date between $first and $last and {where}
)"""
# a leg as it stood: what came later is not known yet
_SPANS = """,
legs as (
    select
        contact_id, leg, line, operator_id, coalesce(queued_at, received_at) as queued_at,
        case when answered_at <= $as_of then answered_at end as answered_at,
        case when left_at <= $as_of then left_at end as left_at
    from lake.legs
    where received_date between $first and $last
        and contact_id in (select contact_id from seen)
        and coalesce(queued_at, received_at) <= $as_of
)
select
    contact_id, leg, line, null as operator_id, 'wait' as part, queued_at as begin,
    coalesce(answered_at, left_at, $as_of::timestamptz) as finish
from legs
union all
select contact_id, leg, line, operator_id, 'served', answered_at, coalesce(left_at, $as_of)
from legs where answered_at is not null
order by begin, contact_id, leg, part desc
"""
_DUES = f""",
judged as (
    select contact_id, promise, due_at, {state_sql()} as state
    from lake.clocks as clocks
    where received_date between $first and $last
        and contact_id in (select contact_id from seen)
        and started_at <= $as_of and kind = 'clock' and due_at is not null
)
select * from judged where state in ('met', 'running', 'breached', 'overdue')
order by due_at, contact_id, promise
"""


@one_snapshot
def case_course(
    lake: Lake,
    ids: tuple[str, ...],
    days: tuple[date, date],
    as_of: datetime | None = None,
    scope: Scope = EVERYTHING,
) -> dict[str, Any]:
    """Return the waits, the talks and the deadlines of some contacts.

    Args:
        ids: of contacts; days: the first and the last local day they were received on.

    Returns:
        spans: contact_id, leg, line, operator_id (of talks), part (wait, served), begin, finish (to
        the moment, where it goes on), seconds; oldest first. dues: contact_id, promise, due_at,
        state (met, running, breached, overdue) of every clock with a deadline. Contacts the scope
        does not hold have none.
    """
    at = as_of or lake.now()
    limits = Query(END_OF_TIME.replace(year=9998), END_OF_TIME, scope=scope)
    where, params = conditions(limits, "contact_facts", lake)
    seen = _SEEN.format(where=where, joins=joins(where, is_leg=False))
    values = params | {"ids": list(ids), "first": days[0], "last": days[1], "as_of": at}
    spans = run(lake, seen + _SPANS, values)
    seconds = (pl.col("finish") - pl.col("begin")).dt.total_microseconds() / 1e6
    return {
        "spans": spans.with_columns(seconds=seconds),
        "dues": run(lake, seen + _DUES, values),
    }


def nearest(chain: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return the contacts of a chain (of `timeline`) next to this one in time, oldest first."""
    this = chain.filter(same="this")["received_at"]
    apart = (pl.col("received_at") - pl.lit(this.first())).abs()
    return chain.sort(apart, maintain_order=True).head(most).sort("received_at", "contact_id")
