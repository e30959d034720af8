"""How contacts come by their categories: what waits for an analyst, and how good the model is.

A contact stands in the queue by what its latest guess says and what has become of it since: once it
is decided, or its log names a category, it waits no more.
"""

from typing import Any

import polars as pl

from pipelines.errors import QueryError
from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.groups import check_groups, conditions, joins
from pipelines.metrics.listed import Listed
from pipelines.metrics.query import Query
from pipelines.problems.category_quality import EVERY

# what waits -> which contacts (f), by their guess (g)
QUEUES = {
    "undetermined": "g.state = 'undetermined' and f.category is null and f.category_source is null",
    "contradicted": "g.state = 'contradicted' and f.category_source = 'recorded' "
    "and f.category <> g.category",
    "named": "g.state = 'named' and f.category_source = 'model'",
    "decided": "f.category_source = 'analyst'",
}
# most contacts of one text first: one decision helps most; then what the model is least sure of,
# but of flags what it is surest of
_ORDERS = {
    "undetermined": "contacts desc, confidence desc, contact_id",
    "contradicted": "confidence desc, contacts desc, contact_id",
    "named": "confidence, contacts desc, contact_id",
    "decided": "decided_at desc nulls last, contact_id",
}
_WITHIN = """
from lake.contacts as f
left join lake.category_guesses as g
    on f.contact_id = g.contact_id and f.received_date = g.received_date
{joins}
where f.received_date between $first_day and $last_day
    and f.received_at >= $start and f.received_at < $end and f.received_at <= $as_of
    and f.text is not null and {where}
"""
_QUEUE = """
with
last as (
    select
        contact_id,
        arg_max({{decision_id: decision_id, decided_at: decided_at, who: who, was: was}}, seq) as it
    from lake.category_decisions group by contact_id
),

waiting as (
    select
        f.contact_id, f.received_at, f.line, f.channel, f.text, f.category,
        g.category as guessed, g.confidence, g.suggested
    {within}
        and {queue} and not list_contains($without::varchar[], f.contact_id)
)

select
    max_by(w.contact_id, (w.received_at, w.contact_id)) as contact_id,
    list(w.contact_id order by w.received_at) as contact_ids,
    count(*) as contacts,
    max(w.received_at) as received_at,
    max_by(w.line, (w.received_at, w.contact_id)) as line,
    max_by(w.channel, (w.received_at, w.contact_id)) as channel,
    w.text, w.category, w.guessed,
    max(w.confidence) as confidence,
    any_value(w.suggested) as suggested,
    max_by(last.it.decision_id, last.it.decided_at) as decision_id,
    max(last.it.decided_at) as decided_at,
    max_by(last.it.who, last.it.decided_at) as who,
    max_by(last.it.was, last.it.decided_at) as was,
    count(*) over () as total
from waiting as w left join last on w.contact_id = last.contact_id
group by w.text, w.category, w.guessed
order by {order}
limit $limit offset $offset
"""
_COUNTS = """
select
    count(*) as contacts,
    {queues},
    count(*) filter (where f.category_source = 'recorded') as recorded,
    count(*) filter (where f.category is null and g.state is null
        and f.category_source is null) as unseen
{within}
"""
_MODELS = """
select m.* exclude (curve, digest), q.precision, q.recall, q.f1, q.covered, q.sure_precision
from lake.category_models as m
left join lake.category_quality as q on m.version = q.version and q.category = $every
order by m.version desc
"""


@one_snapshot
def category_queue(
    lake: Lake,
    query: Query,
    queue: str,
    *,
    without: tuple[str, ...] = (),
    limit: int = 10,
    offset: int = 0,
) -> Listed:
    """List the texts of a queue: contacts of one text, category and guess are one row.

    Args:
        lake: open lake. query: period, filters, scope.
        queue: undetermined (the model is not sure enough), contradicted (a recorded category the
            text contradicts), named (by the model, least sure first), decided (by an analyst).
        without: contacts to leave out: decided, and not in the lake yet.
        limit: rows at most; offset: rows left out at the beginning.

    Returns:
        total (texts), and rows: contact_id (the latest), contact_ids (all of them), contacts,
        received_at (UTC), line, channel of the latest, text (masked), category (now; null: none),
        guessed, confidence (0-1), suggested (category ids joined by ;), decision_id, decided_at,
        who, was (of the last decision; null: none).

    Raises:
        QueryError: an unknown queue, group or filter.
    """
    if queue not in QUEUES:
        raise QueryError(f"unknown queue '{queue}'. Known: {', '.join(QUEUES)}.")
    within, params = _within(lake, query)
    more = {"without": list(without), "limit": limit, "offset": offset}
    sql = _QUEUE.format(within=within, queue=QUEUES[queue], order=_ORDERS[queue])
    rows = run(lake, sql, params | more)
    if rows.is_empty() and offset:
        before = category_queue(lake, query, queue, without=without, limit=1)
        return Listed(before.total, rows.drop("total"))
    return Listed(rows.item(0, "total") if len(rows) else 0, rows.drop("total"))


@one_snapshot
def labelling_counts(lake: Lake, query: Query) -> dict[str, Any]:
    """Count contacts with a text by where their category comes from.

    Returns:
        contacts, recorded, named, undetermined, contradicted (recorded ones), decided, unseen
        (neither a category nor a guess: they came after the last run), named_share (of those no log
        names; null: there are none).
    """
    within, params = _within(lake, query)
    queues = ", ".join(f"count(*) filter (where {sql}) as {name}" for name, sql in QUEUES.items())
    (counts,) = run(lake, _COUNTS.format(within=within, queues=queues), params).to_dicts()
    open_ones = counts["named"] + counts["undetermined"] + counts["unseen"]
    return counts | {"named_share": counts["named"] / open_ones if open_ones else None}


@one_snapshot
def category_models(lake: Lake) -> pl.DataFrame:
    """Return the versions of the categoriser, the newest first.

    Returns:
        version, trained_at (UTC), n_texts, n_decided, n_categories, sure (the confidence from which
        a contact is named), and of texts not seen in training precision, recall, f1 (weighted),
        covered, sure_precision; shares 0-1. Of the whole hotline, whoever asks: they hold no
        contact.
    """
    return run(lake, _MODELS, {"every": EVERY})


@one_snapshot
def category_quality(lake: Lake, version: int) -> pl.DataFrame:
    """Return how well a version guesses each category, most texts first.

    Returns:
        category, n, precision, recall, f1, covered, sure_precision: as stored in
        lake.category_quality, without the row over all.
    """
    return run(
        lake,
        "select * exclude (version) from lake.category_quality "
        "where version = $version and category <> $every order by n desc, category",
        {"version": version, "every": EVERY},
    )


def _within(lake: Lake, query: Query) -> tuple[str, dict[str, object]]:
    check_groups(query, "labelling")
    asked = query.at(lake)
    where, params = conditions(asked, "contact_facts", lake)
    first, last = asked.local_days(lake.settings.tz)
    period = {"start": asked.start, "end": asked.end, "as_of": moment(asked)}
    days = {"first_day": first, "last_day": last}
    return _WITHIN.format(joins=joins(where, is_leg=False), where=where), params | period | days
