"""The contacts behind one operator's score, each with what it gave to every component."""

from datetime import timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.operators import operators
from pipelines.metrics.query import Query
from pipelines.operators.score import observations
from pipelines.operators.weights import MEASURED, read_weights

_SHAPE = ("contact_id", "received_at", "channel", "line", "category", "rating", *MEASURED,
          "appeal")  # fmt: skip
_HEADERS = """
select c.contact_id, c.received_at, c.channel, c.line, c.category, c.rating, a.state as appeal
from lake.contacts as c
left join lake.appeals as a on c.contact_id = a.contact_id
    and a.about = 'contact' and a.operator_id = $operator
where c.received_date >= $start and c.received_date < $end
    and (list_contains($ids::varchar[], c.contact_id) or a.state = 'upheld')
order by c.received_at desc, c.contact_id
"""


@one_snapshot
def score_contacts(lake: Lake, query: Query, operator: str) -> pl.DataFrame:
    """Return the contacts behind a stored score, the newest first.

    Args:
        query: the period of the score, and the scope: of an operator only the own.
        operator: whose score.

    Returns:
        contact_id, received_at (UTC), channel, line, category, rating; of each component what the
        contact gave: sla, fcr, csat, confirmation, transfers (true, false), aht (seconds), review
        (share); null: not this operator's, not measured there or not mature. appeal: appealed,
        upheld (out of the score: its components are null), rejected; null: not contested. Empty
        where the scope does not hold the operator.
    """
    one = Query(query.start, query.end, where={"operator": operator}, scope=query.scope)
    stored = operators(lake, one)
    if stored.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(_SHAPE, pl.String()))
    start, end = stored.row(0, named=True)["period_start"], stored.item(0, "period_end")
    weights = read_weights(lake.settings.reference, end - timedelta(days=1))
    seen = observations(lake, start, end, weights, operator).select("contact_id", *MEASURED)
    headers = run(
        lake,
        _HEADERS,
        {"start": start, "end": end, "operator": operator, "ids": seen["contact_id"].to_list()},
    )
    return (
        headers.join(seen, on="contact_id", how="left", maintain_order="left")
        .with_columns(pl.col("aht").exp())
        .select(_SHAPE)
    )
