"""The contacts behind one operator's score, each with what it gave to every component."""

from datetime import timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.operators import operators
from pipelines.metrics.query import Query
from pipelines.operators.observations import observations
from pipelines.operators.weights import MEASURED, read_weights

_SHAPE = ("contact_id", "received_at", "channel", "line", "category", "rating", *MEASURED,
          "missed", "appeal")  # fmt: skip
_HEADERS = """
select contact_id, received_at, channel, line, category, rating
from lake.contacts
where received_date >= $start and received_date < $end
    and contact_id in (select unnest($ids::varchar[]))
"""
_APPEALS = """
select contact_id, operator_id, state as appeal
from lake.appeals
where about = 'contact' and list_contains($operators::varchar[], operator_id)
"""


def score_contacts(lake: Lake, query: Query, operator: str) -> pl.DataFrame:
    """Return the contacts behind a stored score, the newest first.

    Args:
        query: the period of the score, and the scope: of an operator only the own.
        operator: whose score.

    Returns:
        contact_id, received_at (UTC), channel, line, category, rating; of each component what the
        contact gave: sla, fcr, csat, confirmation, transfers (true, false), aht (seconds), review
        (share); null: not this operator's, not measured there or not mature. missed: what of the
        own part was not kept, as `observations` has it; null: nothing. appeal: appealed,
        upheld (out of the score: its components are null), rejected; null: not contested. Empty
        where the scope does not hold the operator.
    """
    return score_contacts_of(lake, query, [operator])[operator]


@one_snapshot
def score_contacts_of(lake: Lake, query: Query, who: list[str]) -> dict[str, pl.DataFrame]:
    """Return `score_contacts` of several operators by id; one reading of the lake for all."""
    nothing = pl.DataFrame(schema=dict.fromkeys(_SHAPE, pl.String()))
    some = Query(query.start, query.end, where={"operator": tuple(who)}, scope=query.scope)
    stored = operators(lake, some)
    held = stored["operator"].to_list()
    if not held:
        return dict.fromkeys(who, nothing)
    start, end = stored.row(0, named=True)["period_start"], stored.item(0, "period_end")
    weights = read_weights(lake.settings.reference, end - timedelta(days=1))
    seen = observations(lake, start, end, weights, held)
    appeals = run(lake, _APPEALS, {"operators": held})
    keys = ["contact_id", "operator_id"]
    upheld = appeals.filter(pl.col("appeal") == "upheld").join(seen, on=keys, how="anti")
    rows = pl.concat([seen.select(*keys, *MEASURED, "missed"), upheld.select(keys)], how="diagonal")
    ids = rows["contact_id"].unique().to_list()
    headers = run(lake, _HEADERS, {"start": start, "end": end, "ids": ids})
    found = (
        rows.join(headers, on="contact_id")
        .join(appeals, on=keys, how="left")
        .with_columns(pl.col("aht").exp())
        .sort("received_at", "contact_id", descending=[True, False])
    )
    return {
        one: found.filter(pl.col("operator_id") == one).select(_SHAPE) if one in held else nothing
        for one in who
    }
