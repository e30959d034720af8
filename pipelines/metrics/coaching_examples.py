"""Contacts to look at together: an operator's own weak ones, and good ones of strong colleagues."""

from datetime import timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.operators import operators
from pipelines.metrics.query import Query
from pipelines.operators.observations import observations
from pipelines.operators.weights import BAND, REVIEW, read_weights

EXAMPLES = 3  # contacts, and strong colleagues they are taken from
_EXAMPLE = {
    "whose": pl.String(),
    "contact_id": pl.String(),
    "operator_id": pl.String(),
    "received_at": pl.Datetime("us", "UTC"),
    "channel": pl.String(),
    "line": pl.String(),
    "category": pl.String(),
    "rating": pl.Float64(),
    "value": pl.Float64(),
}
_HEADERS = """
select contact_id, received_at, channel, line, category, rating
from lake.contacts
where received_date >= $start and received_date < $end
    and contact_id in (select unnest($ids::varchar[]))
    and ($lines::varchar[] is null or list_contains($lines, line))
"""
_STRONG = """
select h.operator_id
from lake.operator_help as h
left join lake.operators as o on h.operator_id = o.operator_id
where h.period_start = $start and h.period_end = $end and h.component = $component
    and h.category is not distinct from $category and h.operator_id <> $operator
    and h.probability <= $low and h.value > h.expected
    and ($teams::varchar[] is null or list_contains($teams, o.team))
order by h.probability, h.n desc, h.operator_id
limit $most
"""


@one_snapshot
def coaching_examples(
    lake: Lake, query: Query, operator: str, component: str, category: str | None
) -> pl.DataFrame:
    """Return contacts to look at together: the operator's own weak ones, strong colleagues' good.

    Args:
        query: the period of the score, and the scope.
        component, category: of a row of `coaching`.

    Returns:
        whose (own, colleague), contact_id, operator_id, received_at (UTC), channel, line, category,
        rating, value (what it gave to the component: 0, 1; of a review its share); of handle time
        there are none. Own: not kept, the lowest rated and newest first. Of colleagues, who are
        above their peers at just this: kept, and nothing else not kept, the highest rated and
        newest first. An operator sees contacts of nobody else, so none of colleagues.
    """
    one = Query(query.start, query.end, where={"operator": operator}, scope=query.scope)
    stored = operators(lake, one)
    if stored.is_empty():
        return pl.DataFrame(schema=_EXAMPLE)
    start, end = stored.row(0, named=True)["period_start"], stored.item(0, "period_end")
    weights = read_weights(lake.settings.reference, end - timedelta(days=1))
    teams = query.scope.teams
    asked = {"start": start, "end": end, "component": component, "category": category}
    strong: list[str] = []
    if query.scope.operator is None:
        strong = run(lake, _STRONG, asked | {
            "operator": operator, "low": 1 - weights.help_sure, "most": EXAMPLES,
            "teams": None if teams is None else list(teams),
        })["operator_id"].to_list()  # fmt: skip
    seen = observations(lake, start, end, weights, [operator, *strong])
    is_own = pl.col("operator_id") == operator
    found = (
        seen.with_columns(
            whose=pl.when(is_own).then(pl.lit("own")).otherwise(pl.lit("colleague")),
            value=pl.col(component).cast(pl.Float64),
        )
        .filter(pl.col("category") == category if category else pl.lit(value=True))
        .filter(_telling(component))
    )
    lines = query.scope.lines
    ids = {"start": start, "end": end, "ids": found["contact_id"].to_list()}
    ids |= {"lines": None if lines is None else list(lines)}
    rows = found.select("contact_id", "operator_id", "whose", "value").join(
        run(lake, _HEADERS, ids), on="contact_id"
    )
    # own: the lowest first; colleagues': the highest; one a colleague before a second of one
    good = pl.when(is_own).then(pl.col("rating")).otherwise(-pl.col("rating"))
    by_value = pl.when(is_own).then(pl.col("value")).otherwise(-pl.col("value"))
    order = rows.sort(
        *([by_value] if component == REVIEW else []),
        good.fill_null(pl.when(is_own).then(3.0).otherwise(-3.0)),
        -pl.col("received_at").dt.timestamp(),
        "contact_id",
    )
    mine = order.filter(is_own).head(EXAMPLES)
    theirs = (
        order.filter(~is_own)
        .with_columns(turn=pl.col("contact_id").cum_count().over("operator_id"))
        .sort("turn", maintain_order=True)
        .head(EXAMPLES)
    )
    return pl.concat([mine, theirs.drop("turn")]).select(list(_EXAMPLE)).cast(_EXAMPLE)  # type: ignore[arg-type]


def _telling(component: str) -> pl.Expr:
    """Select contacts that show it: own ones where it failed, of colleagues where it held."""
    kept = pl.all_horizontal(pl.col("sla", "fcr", "csat", "confirmation").fill_null(value=True))
    is_own = pl.col("whose") == "own"
    if component == REVIEW:
        return pl.when(is_own).then(pl.col("value") < 1).otherwise((pl.col("value") >= 1) & kept)
    if component == BAND:  # no single contact shows it
        return pl.lit(value=False)
    return pl.when(is_own).then(pl.col("value") == 0).otherwise((pl.col("value") == 1) & kept)
