"""What came from outside: contacts of outages and others, answers due by law, regions."""

from dataclasses import replace
from datetime import timedelta
from math import sqrt
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, period, run
from pipelines.metrics.failures import OF_OUTAGE, failure_sums, failures
from pipelines.metrics.groups import GROUPED, conditions, joins
from pipelines.metrics.query import Query, known_groups
from pipelines.metrics.volume import received
from pipelines.metrics.why import CHANCE, WEEKS, usual_of
from pipelines.promises.state import state_sql

SOON = timedelta(days=7)  # answers due so long after the period are told, too
LONGEST_DAYS = 120  # days from a receipt to the deadline of an answer, moved ones too
REGIONS = 5  # named
NAMES = ("contacts", "by_incident", "by_fault", "by_repeat", "share", "hours", "posts")
_FAILED = f"""
with
late as (
    select distinct k.contact_id, k.received_date from lake.clocks as k
    where k.received_date between $first and $last and k.kind = 'clock'
        and {state_sql(table="k")} in ('breached', 'overdue')
)
select count(*) as failed, count(*) filter (where {OF_OUTAGE}) as failed_by_incident
from late as k
inner join lake.contacts as f
    on k.contact_id = f.contact_id and k.received_date = f.received_date {{joins}}
where f.received_at >= $start and f.received_at < $end and f.received_at <= $as_of and {{where}}
"""
_COUNTED = f"""
select count(*) as contacts, count(*) filter (where {OF_OUTAGE}) as by_incident
from lake.contacts as f {{joins}}
where f.received_date between $first and $last and f.received_at >= $start and f.received_at < $end
    and f.received_at <= $as_of and {{where}}
"""
_DUE = f"""
with
due as (
    select k.promise, k.due_at, {state_sql(table="k")} as state
    from lake.clocks as k {{joins}}
    where k.received_date between $since and $last
        and list_contains($promises::varchar[], k.promise)
        and k.due_at >= $start and k.due_at < $soon and {{where}}
)
select
    promise,
    count(*) filter (where due_at < $end and due_at <= $as_of) as due,
    count(*) filter (where due_at < $end and state = 'met') as met,
    count(*) filter (where due_at < $end and state = 'breached') as late,
    count(*) filter (where due_at < $end and state = 'overdue') as open,
    count(*) filter (where due_at >= $end and state = 'running') as soon
from due where state is not null and state <> 'cancelled' group by promise
"""
_OF_CONTACT = (
    "inner join lake.contacts as f "
    "on k.contact_id = f.contact_id and k.received_date = f.received_date"
)
_REGIONS = """
select
    f.region,
    count(*) filter (where f.received_at >= $start) as contacts,
    count(distinct f.citizen_key) filter (where f.received_at >= $start) as people,
    count(*) filter (where f.received_at < $start) as contacts_before,
    count(distinct f.citizen_key) filter (where f.received_at < $start) as people_before
from lake.contacts as f {joins}
where f.received_date between $first and $last and f.received_at <= $as_of
    and (f.received_at >= $start or f.received_at < $before_end)
    and f.received_at >= $before_start and f.received_at < $end and {where}
group by f.region
"""


def service(lake: Lake, now: Query, before: Query, kind: str = "week") -> dict[str, Any]:
    """Return what part of the demand, of its change and of our failures outages made.

    Args:
        now, before: the periods, without groups. kind: week, month or quarter.

    Returns:
        contacts, by_incident (received during an outage of theirs), by_fault, by_repeat, share (of
        the three together), hours, posts (of operators, spent on them): as `failures`; before:
        contacts and by_incident of the other period; usual (the change of contacts that would be no
        news: chance, and twice the median change from week to week in the eight weeks before; None:
        not known, of longer periods never); failed (contacts with a deadline missed),
        failed_by_incident (those of outages): None where neither period had a contact of one.
    """
    found = failure_sums(failures(lake, now))
    told = {name: found[name] for name in NAMES} | {"failed": None, "failed_by_incident": None}
    where, params = conditions(now, "contact_facts", lake)
    parts = {"joins": joins(where, is_leg=False), "where": where}
    past = run(lake, _COUNTED.format(**parts), params | period(lake, before)).row(0, named=True)
    if found["by_incident"] or past["by_incident"]:
        sql = _FAILED.format(**parts)
        told |= run(lake, sql, params | period(lake, now)).row(0, named=True)
    both = int(found["contacts"] or 0) + int(past["contacts"])
    usual = _usual(lake, before, both) if kind == "week" else None
    return told | {"before": past, "usual": usual}


def _usual(lake: Lake, before: Query, contacts: int) -> float | None:
    """Return the change of contacts that is no news; None: too few weeks tell."""
    since = before.start - timedelta(days=7 * (WEEKS - 1))
    weeks = received(lake, replace(before, start=since, by=("week",))).sort("week")
    usual = usual_of([(1, n) for n in weeks["contacts"] if n])
    return max(usual, CHANCE * sqrt(contacts)) if usual else None


@one_snapshot
def due(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the deadlines of the statute that fell into the period, whenever the contact came.

    Args:
        query: period, filters (any a contact has; promise), moment and scope; groups none but
            promise.

    Returns:
        One row a promise of the statute, in the order of reference data: promise, due (deadlines
        that have come), met, late (done after it), open (still not done), soon (running ones due
        in the week after the period). No row: no such clock was due.

    Raises:
        QueryError: another group, or a filter a contact does not have.
    """
    known_groups(query.by, ("promise",), "group", "due")
    known_groups(query.where, (*GROUPED, "promise"), "filter", "due")
    query = query.at(lake)
    wanted = query.values("promise")
    ids = list(dict.fromkeys(p.id for p in lake.reference.promises if p.basis == "statute"))
    ids = [one for one in ids if not wanted or one in wanted]
    where, params = conditions(query, "contact_facts", lake)
    params |= period(lake, query)
    first, _ = query.local_days(lake.settings.tz)
    params |= {"since": first - timedelta(days=LONGEST_DAYS), "soon": query.end + SOON}
    is_limited = query.scope.groups or set(query.where) - {"promise"}
    limited = f"{_OF_CONTACT} {joins(where, is_leg=False)}" if is_limited else ""
    found = run(lake, _DUE.format(joins=limited, where=where), params | {"promises": ids})
    return found.sort(pl.col("promise").replace_strict(ids, range(len(ids)), default=len(ids)))


def regions(lake: Lake, now: Query, before: Query) -> dict[str, Any]:
    """Return where citizens came from: the regions with most people, and the change.

    Returns:
        known (contacts whose region is known), contacts; rows: region, contacts, people (distinct
        citizens; 0: none of them is known), contacts_before, people_before, most people first.
    """
    where, params = conditions(now, "contact_facts", lake)
    params |= period(lake, now)
    first, _ = before.local_days(lake.settings.tz)
    params |= {"first": first, "before_start": before.start, "before_end": before.end}
    sql = _REGIONS.format(joins=joins(where, is_leg=False), where=where)
    found = run(lake, sql, params)
    named = found.filter(pl.col("region").is_not_null())
    order = ["people", "contacts", "region"]
    return {
        "contacts": int(found["contacts"].sum()),
        "known": int(named["contacts"].sum()),
        "rows": named.sort(order, descending=[True, True, False]).head(REGIONS),
    }
