"""Coaching: where help would move an operator's score most, what was agreed, and what came of it.

Advice is read of lake.operator_help, made with the score; notes and agreements are acts of the
desk (`pipelines/shift/coaching.py`); effects are measured by the worker. See docs/coaching.md.
"""

from datetime import date, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.operators import FILTERS, operators
from pipelines.metrics.query import Query, known_groups
from pipelines.operators.effects import FEWEST, FEWEST_REVIEWS, TOLD
from pipelines.operators.weights import BAND, REVIEW, Weights, read_weights

CATEGORIES = 3  # of a component: more is no advice
STATES = ("late", "agreed", "done", "dropped", "note")
VERDICTS = ("better", "worse", "unclear", "not_yet", "too_few")
_ADVICE = {
    "operator": pl.String(),
    "place": pl.Int64(),
    "component": pl.String(),
    "gain": pl.Float64(),
    "category": pl.String(),
    "n": pl.Int64(),
    "value": pl.Float64(),
    "expected": pl.Float64(),
    "probability": pl.Float64(),
    "points": pl.Float64(),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
}


@one_snapshot
def coaching(lake: Lake, query: Query) -> pl.DataFrame:
    """Return where help would move the score of a stored period most, by operator.

    Args:
        query: as `operators`; where: operator, team, skill, line.

    Returns:
        One row per component and category, of an operator the component that would gain most
        first: operator, place (1, 2, 3 of components), component, gain (points of the score, were
        the component at the peers' level; where only categories are behind: were they), category
        (null: the component as a whole, first; then where it is the worst), n,
        value, expected (an average operator on the same contacts; share, of handle time seconds),
        probability (that the true level is below it), points (of this row), period_start,
        period_end (exclusive). Nobody whose score is hidden, and nothing the data do not say:
        limits `help_*` of score.yml.

    Raises:
        QueryError: a group or another filter.
    """
    known_groups(query.by, (), "group", "coaching")
    known_groups(query.where, FILTERS, "filter", "coaching")
    shown = operators(lake, query).filter(pl.col("score").is_not_null())
    if shown.is_empty():
        return pl.DataFrame(schema=_ADVICE)
    start, end = shown.row(0, named=True)["period_start"], shown.item(0, "period_end")
    rows = _help(lake, start, end).join(
        shown.select(operator_id="operator"), on="operator_id", how="semi"
    )
    weights = read_weights(lake.settings.reference, end - timedelta(days=1))
    days = {"period_start": pl.lit(start), "period_end": pl.lit(end)}
    return advice(rows, weights).with_columns(**days).select(list(_ADVICE)).cast(_ADVICE)  # type: ignore[arg-type]


def advice(rows: pl.DataFrame, weights: Weights) -> pl.DataFrame:
    """Choose of rows of lake.operator_help what is worth a talk; see `coaching`."""
    keys = ["operator_id", "component"]
    sure = (pl.col("probability") >= weights.help_sure) & (pl.col("points") > 0)
    # what was seen must say the same as the estimate: a shrunk one leans on other contacts
    said = sure & ((pl.col("component") == BAND) | (pl.col("value") < pl.col("expected")))
    found = rows.filter(said)
    whole = found.filter(pl.col("category").is_null())
    matters = found.drop_nulls("category").sort("points", descending=True)
    matters = matters.group_by(keys, maintain_order=True).head(CATEGORIES)
    of_whole = pl.col("points").filter(pl.col("category").is_null()).first().over(keys)
    chosen = (
        pl.concat([whole, matters.select(whole.columns)])
        .with_columns(gain=pl.coalesce(of_whole, pl.col("points").sum().over(keys)))
        .filter(pl.col("gain") >= weights.help_points)
        .sort(
            "operator_id", "gain", "component", pl.col("category").is_not_null(), "points",
            descending=[False, True, False, False, True],
        )
        .with_columns(place=pl.struct("gain", "component").rank("dense", descending=True)
                      .over("operator_id").cast(pl.Int64))
        .filter(pl.col("place") <= weights.help_most)
    )  # fmt: skip
    is_time = pl.col("component") == BAND
    natural = [
        pl.when(is_time).then(pl.col(name).exp()).otherwise(pl.col(name)).alias(name)
        for name in ("value", "expected")
    ]
    return chosen.with_columns(natural).rename({"operator_id": "operator"})


def _help(lake: Lake, start: date, end: date) -> pl.DataFrame:
    return run(
        lake,
        "select * exclude (period_start, period_end) from lake.operator_help "
        "where period_start = $start and period_end = $end "
        "order by operator_id, component, category",
        {"start": start, "end": end},
    )


_ENTRIES = """
with
entries as (
    select
        a.incident_id as coaching_id,
        json_extract_string(a.args, '$.operator_id') as operator,
        a.kind = 'coaching_agreed' as is_agreed,
        json_extract_string(a.args, '$.component') as component,
        json_extract_string(a.args, '$.category') as category,
        a.text,
        a.acted_at as opened_at,
        a.who as opened_by,
        json_extract_string(a.args, '$.due_on')::date as due_on,
        a.seq
    from lake.acts as a
    where a.kind in ('coaching_agreed', 'coaching_noted') and a.acted_at <= $as_of
),
later as (
    select
        incident_id as coaching_id,
        max(json_extract_string(args, '$.done_on')::date)
            filter (where kind = 'coaching_done') as done_on,
        max(text) filter (where kind = 'coaching_dropped') as dropped_because,
        list({'at': acted_at, 'who': who, 'kind': kind, 'text': text} order by seq)
            filter (where kind in ('coaching_added', 'coaching_answered')) as said
    from lake.acts
    where starts_with(kind, 'coaching_') and acted_at <= $as_of
    group by incident_id
)
select
    e.* exclude (is_agreed, seq), l.done_on, l.dropped_because, l.said,
    case
        when not e.is_agreed then 'note'
        when l.dropped_because is not null then 'dropped'
        when l.done_on is not null then 'done'
        when e.due_on < ($as_of::timestamptz at time zone $zone)::date then 'late'
        else 'agreed'
    end as state,
    f.since, f.days, f.n_before, f.n_after, f.value, f.expected, f.low, f.high,
    coalesce(f.is_final, false) as is_final
from entries as e
inner join later as l on e.coaching_id = l.coaching_id
left join lake.operators as o on e.operator = o.operator_id
left join lake.coaching_effects as f on e.coaching_id = f.coaching_id
where ($operators::varchar[] is null or list_contains($operators, e.operator))
    and ($teams::varchar[] is null or list_contains($teams, o.team))
    and ($scope_teams::varchar[] is null or list_contains($scope_teams, o.team))
    and ($operator::varchar is null or e.operator = $operator)
order by e.seq desc
"""


@one_snapshot
def coached(lake: Lake, query: Query) -> pl.DataFrame:
    """Return what was noted and agreed by the question's moment, the newest first.

    Its period is not looked at; filters: operator, team.

    Returns:
        coaching_id, operator, component, category (null: none, all), text, opened_at, opened_by,
        due_on, done_on, dropped_because, said (list of at, who, kind: coaching_added or
        coaching_answered, text; null: nothing), state (late, agreed, done, dropped, note); of
        those done with a component: since, days, n_before, n_after, value, expected (share on the
        same contacts at the operator's earlier level), change (value less expected), low, high
        (its 95 % interval), is_final, least (contacts needed on each side), verdict (better, worse;
        unclear: 0 lies within; not_yet: too few contacts so far; too_few: no more will come).

    Raises:
        QueryError: a group or another filter.
    """
    known_groups(query.by, (), "group", "coached")
    known_groups(query.where, ("operator", "team"), "filter", "coached")
    asked = query.at(lake)
    teams = asked.scope.teams
    found = run(
        lake,
        _ENTRIES,
        {
            "as_of": moment(asked),
            "zone": lake.settings.zone,
            "operators": [str(v) for v in asked.values("operator")] or None,
            "teams": [str(v) for v in asked.values("team")] or None,
            "scope_teams": None if teams is None else list(teams),
            "operator": asked.scope.operator,
        },
    )
    is_told = (pl.col("state") == "done") & pl.col("component").is_in(TOLD)
    verdict = (
        pl.when(~is_told)
        .then(None)
        .when(pl.col("low") > 0)
        .then(pl.lit("better"))
        .when(pl.col("high") < 0)
        .then(pl.lit("worse"))
        .when(pl.col("value").is_not_null())
        .then(pl.lit("unclear"))
        .when(pl.col("is_final") | (_least() > pl.col("n_before")))
        .then(pl.lit("too_few"))
        .otherwise(pl.lit("not_yet"))
    )
    return found.with_columns(
        change=pl.col("value") - pl.col("expected"), least=_least(), verdict=verdict
    )


def _least() -> pl.Expr:
    return pl.when(pl.col("component") == REVIEW).then(FEWEST_REVIEWS).otherwise(FEWEST)
