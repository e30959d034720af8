"""How far a promise could move by what failed its checks: its best and its worst case.

Bounds, no estimate: every row held back could have been kept or broken, every contact the
reconciliation found wrong could be as good or as bad as that finding allows.
"""

from dataclasses import replace
from typing import Any

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.groups import filter_values
from pipelines.metrics.judged import judged_sql
from pipelines.metrics.mismatch import FILTERS, gather
from pipelines.metrics.promised import scoped
from pipelines.metrics.query import EVERYTHING, Query
from pipelines.promises.compile import channels_of
from pipelines.promises.gather import provides
from pipelines.reference.model import Promise

# effect of a finding (pipelines/metrics/stakes.py) -> can it be better, worse, or nothing at all
_BETTER, _WORSE, _NOTHING = (
    ("unsure", "missing"),
    ("doubtful", "unsure", "extra", "missing"),
    ("extra",),
)

# rows held back that may be contacts of the base: of its sources and channels, of the period or,
# with no time of their own, of a file that has rows of the period
_HELD = """
read as (
    select q.source, q.row_at, q.file_id, q.quarantine_id, try_cast(q.row as json) as row
    from lake.quarantine as q
    where q.status = 'held' and list_contains($sources::varchar[], q.source)
),
told as (
    select
        source, file_id, quarantine_id, row ->> 'contact_id' as contact_id,
        row ->> 'channel' as channel, row ->> 'category' as category,
        coalesce(
            row_at, try_cast(row ->> 'received_at' as timestamptz),
            try_cast(row ->> 'queued_at' as timestamptz),
            try_cast(row ->> 'ended_at' as timestamptz)
        ) as row_at
    from read
),
held as (
    select distinct coalesce(contact_id, quarantine_id) as contact_id, 'unsure' as effect
    from told
    where (channel is null or list_contains($channels::varchar[], channel))
        and (category is null or $categories::varchar[] is null
            or list_contains($categories::varchar[], category))
        and (
            (row_at >= $start and row_at < $end)
            or (row_at is null and file_id in (
                select r.file_id from lake.source_rows as r
                where r.row_at >= $start and r.row_at < $end
            ))
        )
)"""

_BOUNDS = f"""
wrong as (
    select contact_id, effect from held
    union all
    select coalesce(contact_id, reference) as contact_id, effect from mismatches
    where effect <> 'none' and list_contains($channels::varchar[], channel)
),
ways as (
    select
        contact_id,
        bool_or(effect in {_BETTER}) as can_be_met, bool_or(effect in {_WORSE}) as can_be_broken,
        bool_or(effect in {(*_NOTHING, "")}) as can_be_nothing,
        bool_or(effect in ('unsure', 'missing')) as can_be_new
    from wrong group by contact_id
),
base as (
    select contact_id, (state = 'met')::int as is_met
    from judged where promise = $promise and state in ('met', 'breached', 'overdue')
),
inside as (
    select b.contact_id, b.is_met, w.can_be_met, w.can_be_broken, w.can_be_nothing
    from base as b inner join ways as w on b.contact_id = w.contact_id
),
outside as (
    select w.contact_id from ways as w
    where w.can_be_new and not exists (
        select 1 from lake.contacts as c where c.contact_id = w.contact_id
    )
)
select
    (select count(*) from base) as n, (select coalesce(sum(is_met), 0) from base)::bigint as met,
    (select count(distinct contact_id) from inside) as inside,
    (select count(*) from outside) as outside,
    (select count(*) from inside where can_be_met and is_met = 0) as up,
    (select count(*) from inside where can_be_nothing and not can_be_met and is_met = 0) as off,
    (select count(*) from inside where can_be_broken and is_met = 1) as down
"""


@one_snapshot
def doubt(lake: Lake, query: Query, promise: str) -> dict[str, Any]:
    """Return the share of a promise as counted, and were all that failed checks the worst or best.

    Args:
        lake: open lake.
        query: period, filters, moment, scope, as of `promises`.
        promise: id of one of kind clock or share over contacts.

    Returns:
        share, low, high (0-1; null: nothing in the base, or a kind that has no bounds: a mean, a
        coverage, incidents), inside (contacts of the base found wrong), outside (rows held back
        and calls no log of telephony has, that may have been of the base).

    Raises:
        QueryError: an unknown promise or filter.
    """
    known = {p.id: p for p in lake.reference.promises}
    if promise not in known:
        raise QueryError(f"unknown promise '{promise}'{nearest(promise, known)}.")
    row = known[promise]
    if row.kind not in ("clock", "share") or row.subject == "incident":
        return {"share": None, "low": None, "high": None, "inside": 0, "outside": 0}
    asked = query.at(lake)
    gather(lake, replace(asked, where={k: v for k, v in asked.where.items() if k in FILTERS}))
    within = replace(asked, where=scoped(asked.where, asked.scope), scope=EVERYTHING)
    judged, params = judged_sql(within, lake)
    counted = run(
        lake, f"with {judged}, {_HELD}, {_BOUNDS}", params | _may_be(lake, asked, row)
    ).row(0, named=True)
    return _bounds(counted)


def _may_be(lake: Lake, query: Query, promise: Promise) -> dict[str, object]:
    """Which sources, channels and categories a row held back can be of to enter the base."""
    channels = channels_of(promise.applies) or tuple(lake.reference.channels)
    if "channel" in query.where:
        channels = tuple(c for c in channels if c in query.values("channel"))
    items: dict[str, set[str]] = {}
    for source, item in lake.con.sql("select source, item from lake.source_provides").fetchall():
        items.setdefault(source, set()).add(item)
    of = lake.con.execute(
        "select distinct source from lake.contacts where list_contains($channels, channel)",
        {"channels": list(channels)},
    ).fetchall()
    return {
        "promise": promise.id,
        "channels": list(channels),
        "sources": [source for (source,) in of if provides(promise, items.get(source, ()))],
        "categories": list(filter_values(query, "category", lake)) or None,
        "start": query.start,
        "end": query.end,
    }


def _bounds(counted: dict[str, int]) -> dict[str, Any]:
    """Shares of the counts of `_BOUNDS`.

    >>> _bounds({"n": 8, "met": 6, "inside": 2, "outside": 2, "up": 1, "off": 0, "down": 1})
    {'share': 0.75, 'low': 0.5, 'high': 0.9, 'inside': 2, 'outside': 2}
    """
    n, met, new = counted["n"], counted["met"], counted["outside"]
    out: dict[str, Any] = {
        "share": met / n if n else None,
        "low": (met - counted["down"]) / (n + new) if n else None,
        "high": (met + counted["up"] + new) / (n - counted["off"] + new) if n else None,
    }
    return out | {"inside": counted["inside"], "outside": new}
