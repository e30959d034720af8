"""What only the week asks: people unserved, ratings, outages, quality in one line."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import period, run
from pipelines.metrics.groups import EXPRESSIONS, conditions, joins
from pipelines.metrics.problems import repeated
from pipelines.metrics.query import Query
from pipelines.metrics.reconciliation import ALL, reconciliation
from pipelines.metrics.served import CITIZENS, judged_tries

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


def _contacts(lake: Lake, query: Query, sql: str) -> dict[str, Any]:
    where, params = conditions(query, "contact_facts", lake)
    text = sql.format(joins=joins(where, is_leg=False), where=where)
    return run(lake, text, params | period(lake, query)).row(0, named=True)


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
    judged, params = judged_tries(lake, query)
    rows = run(lake, f"{judged} {CITIZENS}", params | {"split": split}).to_dicts()
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
    return run(lake, sql, params | period(lake, query) | {"zone": lake.settings.zone})


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
    return int(run(lake, sql, params | period(lake, query)).item())


def doubt(lake: Lake, query: Query) -> dict[str, Any] | None:
    """Return what the reconciliation of the logs says of the figures; None: nothing to hold.

    Returns:
        n (looked at), found (wrong), share; sl (service level of telephony), sl_low, sl_high (were
        all found ones the worst or the best they can be): row `all` of `reconciliation`.
    """
    rows = reconciliation(lake, query).filter(pl.col("finding") == ALL)
    told = ("n", "found", "share", "sl", "sl_low", "sl_high")
    return rows.select(told).row(0, named=True) if len(rows) else None


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
        period(lake, query),
    ).row(0, named=True)
