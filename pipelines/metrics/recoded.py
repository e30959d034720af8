"""Contacts recoded after the deadline: listed, never re-judged."""

from dataclasses import replace

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.judged import judged_sql
from pipelines.metrics.listed import Listed
from pipelines.metrics.promised import scoped
from pipelines.metrics.query import EVERYTHING, Query

_RECODED = """
select
    f.contact_id, f.promise, c.received_at, f.line, f.channel,
    nullif(f.judged_category, '') as judged_category, nullif(c.category, '') as category,
    f.due_at, f.state, count(*) over () as total
from judged as f
inner join lake.contacts as c on c.contact_id = f.contact_id
    and c.received_date between $first_day and $last_day
where f.judged_category is not null and ($promise::varchar is null or f.promise = $promise)
order by c.received_at desc, f.contact_id, f.promise
limit $limit offset $offset"""


@one_snapshot
def recoded(
    lake: Lake, query: Query, promise: str | None = None, *, limit: int = 200, offset: int = 0
) -> Listed:
    """List clocks whose category at the deadline is not the contact's category now, newest first.

    Args:
        lake: open lake. query: period, filters (category: at the deadline), scope.
        promise: only clocks of this promise.
        limit: rows at most; offset: rows left out at the beginning.

    Returns:
        total, and rows: contact_id, promise, received_at (UTC), line, channel, judged_category (at
        the deadline; null: none was known), category (now), due_at, state.

    Raises:
        QueryError: an unknown filter.
    """
    asked = query.at(lake)
    within = replace(asked, where=scoped(asked.where, asked.scope), scope=EVERYTHING)
    judged, params = judged_sql(within, lake)
    more = {"promise": promise, "limit": limit, "offset": offset}
    rows = run(lake, f"with {judged} {_RECODED}", params | more)
    if rows.is_empty() and offset:
        return Listed(recoded(lake, asked, promise, limit=1).total, rows.drop("total"))
    return Listed(rows.item(0, "total") if len(rows) else 0, rows.drop("total"))
