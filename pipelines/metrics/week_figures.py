"""What only the week asks: people unserved, ratings, outages, quality in one line."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, run
from pipelines.metrics.groups import EXPRESSIONS, conditions, joins
from pipelines.metrics.problems import repeated
from pipelines.metrics.query import Query

# tried: every citizen with a contact in the week; served: on any channel within 24 h of the try,
# also by a contact begun before it (a form of last week answered in this one)
BEGUN_DAYS = 14  # replies wait for working days: two weeks reach over the longest holidays
_UNSERVED = """
with
tries as (
    select f.citizen_key, f.contact_id, f.received_at
    from lake.contacts as f {joins}
    where f.received_date between $first and $last and f.received_at >= $start
        and f.received_at < $end and f.received_at <= $as_of and f.citizen_key is not null
        and {where}
),
known as materialized (
    select contact_id, citizen_key, callback_result from lake.contacts
    where received_date between $begun and $last + 2 and citizen_key is not null
),
served as (
    select c.citizen_key, coalesce(l.answered_at, l.left_at, l.queued_at) as served_at
    from lake.legs as l
    inner join known as c on c.contact_id = l.contact_id
    where l.received_date between $begun and $last + 2 and l.left_as = 'answered'
        and coalesce(l.answered_at, l.left_at, l.queued_at) <= $as_of
    union all
    select c.citizen_key, e.event_at as served_at
    from (
        -- a list is held against rows in the scan; `in` would be a join behind it
        select contact_id, event_at, kind from lake.events
        where received_date between $begun and $last + 2 and event_at <= $as_of
            and list_contains(['self_served', 'callback_made', 'replied'], kind)
    ) as e
    inner join known as c on c.contact_id = e.contact_id
    where (e.kind <> 'callback_made' or coalesce(c.callback_result, 'reached') <> 'attempted')
),
judged as (
    select t.citizen_key, t.received_at, count(s.served_at) > 0 as is_served
    from tries as t
    left join served as s
        on s.citizen_key = t.citizen_key and s.served_at >= t.received_at
        and s.served_at <= t.received_at + interval 24 hours
    group by t.citizen_key, t.contact_id, t.received_at
)
select
    received_at >= $split as is_now,
    count(distinct citizen_key) as tried,
    count(distinct citizen_key) filter (
        where not is_served and received_at + interval 24 hours <= $as_of
    ) as unserved
from judged group by is_now
"""
_RATINGS = """
select count(f.rating) as n, avg(f.rating) as mean,
    count(*) filter (where f.rating >= 4) as top, count(*) as contacts
from lake.contacts as f {joins}
where f.received_date between $first and $last and f.received_at >= $start and f.received_at < $end
    and f.received_at <= $as_of and {where}
"""

_RATING_COUNTS = """
select {groups} count(f.rating) as n, count(*) filter (where f.rating >= 4) as top
from (
    select *, to_timestamp(epoch_us(received_at) // 900000000 * 900) as interval_at
    from lake.contacts where rating is not null and received_date between $first and $last
) as f {joins}
where f.received_at >= $start and f.received_at < $end and f.received_at <= $as_of and {where}
{group_by}
"""


def _period(lake: Lake, query: Query) -> dict[str, object]:
    first, last = query.local_days(lake.settings.tz)
    return {
        "first": first,
        "begun": first - timedelta(days=BEGUN_DAYS),
        "last": last,
        "start": query.start,
        "end": query.end,
        "as_of": moment(query),
    }


def _contacts(lake: Lake, query: Query, sql: str) -> dict[str, Any]:
    where, params = conditions(query, "contact_facts", lake)
    text = sql.format(joins=joins(where, is_leg=False), where=where)
    return run(lake, text, params | _period(lake, query)).row(0, named=True)


def people(lake: Lake, now: Query, before: Query) -> dict[str, Any]:
    """People who tried and were served on no channel within 24 hours of a try; ripe tries only.

    Returns:
        tried, unserved, unserved_share (None: no citizen is known), and before: the same of the
        other period.
    """
    if before.end == now.start:  # looked through once: legs and events of weeks are many
        found = _unserved(lake, replace(now, start=before.start), now.start)
        return found[True] | {"before": found[False]}
    told, past = (_unserved(lake, query, query.start)[True] for query in (now, before))
    return told | {"before": past}


def _unserved(lake: Lake, query: Query, split: datetime) -> dict[bool, dict[str, Any]]:
    """Return the figures of the tries from `split` on (True) and of those before."""
    where, params = conditions(query, "contact_facts", lake)
    sql = _UNSERVED.format(joins=joins(where, is_leg=False), where=where)
    rows = run(lake, sql, params | _period(lake, query) | {"split": split}).to_dicts()
    told = {row.pop("is_now"): row for row in rows}
    nobody = {"tried": None, "unserved": None, "unserved_share": None}
    return {
        side: told[side] | {"unserved_share": told[side]["unserved"] / told[side]["tried"]}
        if side in told
        else dict(nobody)
        for side in (False, True)
    }


def ratings(lake: Lake, query: Query) -> dict[str, Any]:
    """Return ratings with their base; share: of 4 and 5."""
    found = _contacts(lake, query, _RATINGS)
    n, contacts = found["n"], found.pop("contacts")
    return found | {
        "share": found["top"] / n if n else None,
        "response_share": n / contacts if contacts else None,
    }


def rating_counts(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the ratings (n) and those of 4 and 5 (top) of each group asked for."""
    where, params = conditions(query, "contact_facts", lake)
    groups = "".join(f"{EXPRESSIONS['contact_facts'][name]} as {name}, " for name in query.by)
    sql = _RATING_COUNTS.format(
        groups=groups,
        joins=joins(groups + where, is_leg=False),
        where=where,
        group_by=f"group by {', '.join(query.by)}" if query.by else "",
    )
    return run(lake, sql, params | _period(lake, query) | {"zone": lake.settings.zone})


def repeats(lake: Lake, query: Query) -> dict[str, Any]:
    """Return how many contacts came back; None where no citizen is known."""
    counted = repeated(lake, replace(query, by=("channel",)))
    known, contacts = counted["repeats"].drop_nulls(), int(counted["contacts"].sum())
    repeats = int(known.sum()) if len(known) else None
    return {
        "repeats": repeats,
        "contacts": contacts,
        "share": None if repeats is None else repeats / contacts,
    }


def operators(lake: Lake, query: Query) -> int:
    """Return how many people answered a leg."""
    where, params = conditions(query, "leg_facts", lake)
    sql = (
        f"select count(distinct f.operator_id) as n from lake.legs as f "
        f"{joins(where, is_leg=True)} where f.received_date between $first and $last "
        f"and f.answered_at <= $as_of and f.received_at >= $start and f.received_at < $end "
        f"and {where}"
    )
    return int(run(lake, sql, params | _period(lake, query)).item())


def quality(lake: Lake, query: Query) -> dict[str, Any]:
    """One line: rows that speak of the week, how many of them are held, and which rules failed."""
    return run(
        lake,
        """
select
    (select count(*) from lake.source_rows where row_at >= $start and row_at < $end) as accepted,
    (
        select count(*) from lake.quarantine
        where status = 'held' and coalesce(row_at, quarantined_at) >= $start
            and coalesce(row_at, quarantined_at) < $end
    ) as quarantined,
    (
        select count(distinct expectation)
        from (
            select unnest(string_split(expectations, ';')) as expectation
            from lake.quarantine
            where status = 'held' and coalesce(row_at, quarantined_at) >= $start
                and coalesce(row_at, quarantined_at) < $end
        )
    ) as failed_checks""",
        _period(lake, query),
    ).row(0, named=True)
