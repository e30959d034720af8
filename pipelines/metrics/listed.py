"""Lists of contacts: the rows behind a number."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params, with_facts
from pipelines.metrics.facts import days_of, moment, one_snapshot, run
from pipelines.metrics.failures import failures_sql
from pipelines.metrics.groups import check_groups, conditions, joins
from pipelines.metrics.judged import judged_sql
from pipelines.metrics.query import Query
from pipelines.metrics.sentences import promised
from pipelines.metrics.served import judged_tries
from pipelines.metrics.visits import visits_sql
from pipelines.promises.state import STATES

# a number of `volume` -> the rows of leg_facts or contact_facts it counts
_COUNTED = {
    "self_served": ("contact_facts", "f.n_self_served = 1"),
    "offered": ("leg_facts", "true"),
    "answered": ("leg_facts", "f.n_answered = 1"),
    "abandoned": ("leg_facts", "f.n_abandoned = 1"),
    "abandoned_short": ("leg_facts", "f.n_abandoned_short = 1"),
    "flowed_out": ("leg_facts", "f.n_flowed_out = 1"),
    "waiting": ("leg_facts", "f.n_waiting = 1"),
}
# a number of `volume`, `resolution` or `problems` -> the contacts of `visits` it counts
_VISITS = {
    "contacts": "true",
    "repeats": "f.is_repeat",
    "rated": "f.n_rated > 0",
    "followed": "f.is_mature and f.is_followed",
    "provisional_followed": "not f.is_mature and f.is_followed",
    "followed_24h": "f.is_a_day_old and f.is_followed_24h",
    "other_24h": "f.is_a_day_old and f.is_followed_24h "
    "and f.next_category is distinct from f.category",
}
_AHEAD = frozenset(_VISITS) - {"contacts", "repeats", "rated"}  # rest on what came after
_FAILURES = {
    "failures": "reason is not null",
    "by_incident": "reason = 'incident'",
    "by_fault": "reason = 'fault'",
    "by_repeat": "reason = 'repeat'",
}
_UNSERVED, _FAILED = "unserved", "failed"
ORDERS = {
    "newest": "received_at desc, contact_id",
    "oldest": "received_at, contact_id",
    "due": "due_at nulls last, contact_id",
    "rating": "rating nulls last, received_at desc, contact_id",
    "longest_wait": "wait_s desc nulls last, contact_id",
}
_OF_STATE = """($promise::varchar is null or promise = $promise)
        and ($state::varchar is null or state = $state)"""
# as `fulfilment.failed_sql`: what a mean is made of fails nobody by itself
_BROKEN = """kind <> 'mean' and state in ('breached', 'overdue')
        and list_contains($promised::varchar[], promise)"""
WORST = ("overdue", "breached", "running", "cancelled", "met")
# the page is chosen among narrow rows; only its own contacts are read whole, of their days alone
_PAGE = """,
chosen as (
    select wanted.*, count(*) over () as total {rating}
    from wanted {rated}
    order by {order} limit $limit offset $offset
)
select
    c.contact_id, c.case_number, c.received_at, c.channel, c.line, c.category,
    c.feedback_type, c.region, c.operator_id, c.outcome, c.rating, c.source, c.text,
    w.wait_s, w.promise, w.state, w.due_at, w.stopped_at, w.total
from chosen as w
inner join lake.contacts as c on c.contact_id = w.contact_id
    and c.received_date = w.received_date
    and c.received_date between $days_from and $days_to
order by {order}
"""
_UNJUDGED = """null::varchar as promise, null::varchar as state,
        null::timestamptz as due_at, null::timestamptz as stopped_at"""
_RATED = """
    inner join (
        select contact_id as rated_id, rating from lake.contacts
        where received_date between $days_from and $days_to
    ) as ratings on wanted.contact_id = ratings.rated_id"""


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
    limit: int | None = 50,
    offset: int = 0,
) -> Listed:
    """List the contacts behind a number: the same filters, the same moment, the same scope.

    Args:
        lake: open lake.
        query: period and filters; groups are not used.
        counted: which number of `volume`: contacts, offered, answered, abandoned, …; or repeats,
            followed, provisional_followed, followed_24h (day_followed), other_24h (day_other),
            failures, by_incident, by_fault, by_repeat; unserved (contacts of citizens whom no
            channel served within 24 hours of it), failed (with a promise of the source broken, the
            worst one shown), rated (of 1 to 5).
        promise: only contacts this promise judges; state: only those in this state (met, breached,
            overdue, running, cancelled). With a promise, line, channel, category, region and
            operator are those of its clock.
        order: newest, oldest, due, rating, longest_wait.
        limit: rows at most (None: all); offset: rows left out at the beginning.

    Returns:
        total, and rows: contact_id, case_number, received_at (UTC), channel, line, category,
        feedback_type, region, operator_id, outcome, rating, source, text (masked), wait_s (longest
        wait of its counted legs), promise, state, due_at, stopped_at (null without a promise).

    Raises:
        QueryError: an unknown word anywhere.
    """
    check_groups(query, "contacts")
    _known(counted, (*_VISITS, *_COUNTED, *_FAILURES, _UNSERVED, _FAILED), "number")
    _known(order, ORDERS, "order")
    if state is not None:
        _known(state, STATES, "state")
    asked = query.at(lake)
    if counted == _FAILED:
        wanted, params = _clocked(lake, asked, _BROKEN, {"promised": promised(lake)})
    elif promise or state:
        wanted, params = _clocked(lake, asked, _OF_STATE, {"promise": promise, "state": state})
    else:
        wanted, params = _facts(lake, asked, counted)
    is_rated = order == "rating"
    page = _PAGE.format(
        order=ORDERS[order],
        rating=", ratings.rating" if is_rated else "",
        rated=_RATED if is_rated else "",
    )
    first, last = asked.local_days(lake.settings.tz)
    more = {"limit": limit, "offset": offset, "days_from": first, "days_to": last}
    rows = run(lake, f"{wanted}{page}", params | more)
    if rows.is_empty() and offset:
        return Listed(
            contacts(lake, asked, counted=counted, promise=promise, state=state, limit=1).total,
            rows.drop("total"),
        )
    return Listed(rows.item(0, "total") if len(rows) else 0, rows.drop("total"))


def _facts(lake: Lake, query: Query, counted: str) -> tuple[str, dict[str, object]]:
    if counted not in _COUNTED:
        return _visited(lake, query, counted)
    facts, condition = _COUNTED[counted]
    where, params = conditions(query, facts, lake)
    rows_of = row_params(
        days_of(lake, query), query.start, query.end, moment(query), lake.settings.short_abandon_s
    )
    wait = "max(f.wait_s)" if facts == "leg_facts" else "null::double"
    sql = f"""{with_facts(facts, rows_of)},
wanted as (
    select
        f.contact_id, f.received_at, f.received_date, {wait} as wait_s, {_UNJUDGED}
    from {facts} as f {joins(where, is_leg=facts == "leg_facts")}
    where {where} and {condition}
    group by f.contact_id, f.received_at, f.received_date
)"""
    return sql, params | rows_of | {"zone": lake.settings.zone}


def _visited(lake: Lake, query: Query, counted: str) -> tuple[str, dict[str, object]]:
    """The contacts of a number that rests on what a citizen did before or after."""
    if counted == _UNSERVED:
        found, params = judged_tries(lake, query)
        chosen = "judged as f where not f.is_served and f.is_ripe"
    elif counted in _FAILURES:
        found, params = failures_sql(lake, replace(query, by=()))
        chosen = f"answer as f where {_FAILURES[counted]}"
    else:
        found, values = visits_sql(
            lake, query, ahead=counted in _AHEAD, chained=counted not in ("contacts", "rated")
        )
        where, params = conditions(query, "contact_facts", lake)
        params |= values
        chosen = f"f {joins(where, is_leg=False)} where {where} and {_VISITS[counted]}"
    sql = f"""{found},
wanted as (
    select
        f.contact_id, f.received_at, f.received_date, null::double as wait_s, {_UNJUDGED}
    from {chosen}
)"""
    return sql, params


def _clocked(
    lake: Lake, query: Query, condition: str, values: dict[str, object]
) -> tuple[str, dict[str, object]]:
    """The contacts of some clocks; one that has several (a reopening) shows the worst.

    Of equally bad ones, the one due first.
    """
    judged, params = judged_sql(query, lake)
    sql = f"""with {judged},
wanted as (
    select
        contact_id, received_at, received_date, null::double as wait_s,
        promise, state, due_at, stopped_at
    from judged
    where {condition}
    qualify row_number() over (
        partition by contact_id order by list_position($worst, state), due_at, promise
    ) = 1
)"""
    return sql, params | values | {"worst": list(WORST)}


def _known(word: str, known: Mapping[str, object] | tuple[str, ...], what: str) -> None:
    if word not in known:
        raise QueryError(
            f"unknown {what} '{word}'{nearest(word, known)}. Known: {', '.join(known)}."
        )
