"""What stands beside a promise, never in its share: people, repeats, flags without a time."""

from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.judged import judged_sql
from pipelines.metrics.promised import scoped
from pipelines.metrics.query import EVERYTHING, Query, known_groups
from pipelines.promises.compile import moments_used
from pipelines.reference.conditions import Condition, Every, Not, Within
from pipelines.reference.model import Promise

NOTHING: dict[str, Any] = {
    "attempts": 0, "people": None, "untimed_complex": 0, "resolved": None, "reopened": None
}  # fmt: skip
# judged contacts once each (a reopened clock has several), with what they were
_KNOWN = """
base as (
    select contact_id, received_date, max(stopped_at) as stopped_at
    from judged
    where promise = $promise and state in ('met', 'breached', 'overdue')
    group by contact_id, received_date
),
known as (
    select
        b.contact_id, b.received_date, b.stopped_at, c.citizen_key, c.category, c.is_complex,
        c.callback_result
    from base as b
    inner join lake.contacts as c on b.contact_id = c.contact_id
        and c.received_date between $first_day and $last_day
)"""
# complex counts from the moment it was marked on: a flag with no such moment does not count
_COMPLEX = """,
untimed as (
    select count(*) as n from known as k
    where k.is_complex and not exists (
        select 1 from lake.events as e
        where e.contact_id = k.contact_id and e.kind = 'complex_marked'
            and e.received_date between $first_day and $last_day
    )
)"""
# the same citizen on the same category within the time a reopening has; a continuation repeats
# nothing. Only resolutions that are that old by the moment: of others it is not known yet
_SILENT = """,
ripe as (
    select contact_id, citizen_key, category, stopped_at from known
    where stopped_at + to_seconds($reopen_s) <= $as_of
        and citizen_key is not null and category is not null
),
repeated as (
    select distinct r.contact_id
    from ripe as r
    inner join lake.contacts as n on r.citizen_key = n.citizen_key and r.category = n.category
    where n.received_date between $first_day and $last_day + $reopen_days::integer
        and n.parent_contact_id is null
        and n.received_at > r.stopped_at
        and n.received_at <= r.stopped_at + to_seconds($reopen_s)
)"""


@one_snapshot
def aside(lake: Lake, query: Query, promise: str) -> dict[str, Any]:
    """Return counts that belong beside a promise: none of them moves its share.

    Args:
        lake: open lake. query: as of `promises`. promise: its id.

    Returns:
        attempts (contacts in the base; redials are attempts), people (different known citizens
        among them; null: nobody known), untimed_complex (contacts flagged complex with no time of
        the mark, judged as ordinary: of the base, and of a promise of complex ones of the base of
        the promise for the ordinary ones; 0 where complexity is nothing to the promise),
        resolved (contacts of the base resolved `reopen_hours` ago or earlier, of known citizen and
        category) and reopened (those of them repeated by the citizen within these hours: functional
        reopenings); both null for promises that do not end with a resolution. Coverage and
        outages: nothing.

    Raises:
        QueryError: an unknown filter.
    """
    row = max((p for p in lake.reference.promises if p.id == promise), key=lambda p: p.version)
    if row.kind == "coverage" or row.subject == "incident":
        return dict(NOTHING)
    is_complex, is_resolved = "complex_marked" in moments_used(row), _ends_resolved(row)
    columns = [
        "(select count(*) from known) as attempts",
        "(select nullif(count(distinct citizen_key), 0) from known) as people",
        "(select n from untimed) as untimed_complex" if is_complex else "0 as untimed_complex",
        *(
            [
                "(select count(*) from ripe) as resolved",
                "(select count(*) from repeated) as reopened",
            ]
            if is_resolved
            else ["null::bigint as resolved", "null::bigint as reopened"]
        ),
    ]
    more = (_COMPLEX if is_complex else "") + (_SILENT if is_resolved else "")
    told = _asked(lake, query, promise, more, f"select {', '.join(columns)}").row(0, named=True)
    ordinary = ordinary_of(lake, row)
    if ordinary is None:
        return told
    untimed = _asked(lake, query, ordinary, _COMPLEX, "select n from untimed").item()
    return told | {"untimed_complex": untimed}


@one_snapshot
def asides(lake: Lake, query: Query) -> pl.DataFrame:
    """Return `aside` of the promises asked for, a row each; of outages and slots there is none.

    Args:
        query: as of `promises`, without groups; without a filter by promise: of all.

    Raises:
        QueryError: groups, or an unknown filter.
    """
    known_groups(query.by, (), "group", "aside")
    wanted = query.values("promise")
    where = {name: value for name, value in query.where.items() if name != "promise"}
    ids = dict.fromkeys(
        p.id
        for p in lake.reference.promises
        if (p.id in wanted if wanted else not p.passport_of)
        and p.kind != "coverage"
        and p.subject != "incident"
    )
    rows = [{"promise": one} | aside(lake, replace(query, where=where), one) for one in ids]
    kinds = {"promise": pl.String()} | {name: pl.Int64() for name in NOTHING}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def ordinary_of(lake: Lake, promise: Promise) -> str | None:
    """Return the promise for those a promise of complex contacts would have, were they not marked.

    It asks the same of a contact, but that it was not marked complex in time.
    """
    own = _whole(promise.applies)
    marks = {one for one in own if isinstance(one, Within) and one.moment == "complex_marked"}
    wanted = (own - marks) | {Not(one) for one in marks}
    found = (p.id for p in lake.reference.promises if marks and _whole(p.applies) == wanted)
    return next(found, None)


def _whole(part: Condition) -> frozenset[Condition]:
    """Return all that must hold for a condition to, one by one."""
    if isinstance(part, Every):
        return frozenset(one for inner in part.parts for one in _whole(inner))
    if isinstance(part, Not) and len(inner_ := _whole(part.part)) == 1:
        return frozenset({Not(*inner_)})
    return frozenset({part})


def callback_results(lake: Lake, query: Query, promise: str) -> dict[str, int]:
    """Return how promised callbacks ended: n (judged), reached and attempted (met, by result).

    `told`: how many of the judged have a result at all.
    """
    sql = """
select
    count(*) as n,
    count(k.callback_result) as told,
    count(*) filter (where j.is_met and k.callback_result = 'reached') as reached,
    count(*) filter (where j.is_met and k.callback_result = 'attempted') as attempted
from known as k
inner join (
    select contact_id, bool_and(state = 'met') as is_met
    from judged where promise = $promise and state in ('met', 'breached', 'overdue')
    group by contact_id
) as j on k.contact_id = j.contact_id"""
    return _asked(lake, query, promise, "", sql).row(0, named=True)


def _ends_resolved(promise: Promise) -> bool:
    return promise.kind == "clock" and "resolved" in promise.stop.names


def _asked(lake: Lake, query: Query, promise: str, more: str, select: str) -> pl.DataFrame:
    asked = query.at(lake)
    within = replace(asked, where=scoped(asked.where, asked.scope), scope=EVERYTHING)
    judged, params = judged_sql(within, lake)
    seconds = lake.settings.reopen_hours * 3600
    sql = f"with {judged}, {_KNOWN}{more}\n{select}"
    own = {"promise": promise, "reopen_s": seconds, "reopen_days": seconds // 86400 + 1}
    return run(lake, sql, params | own)
