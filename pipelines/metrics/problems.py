"""Categories that keep coming: contacts, people, repeats, and what was usual for the period."""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.baseline import baseline
from pipelines.metrics.bursts import bursts, of_categories
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.groups import EXPRESSIONS, check_groups, conditions, finish, joins
from pipelines.metrics.query import Query
from pipelines.metrics.visits import visits_sql
from pipelines.metrics.volume import group_by, group_list

_COUNTED = ("contacts", "citizens", "repeats")
COLUMNS = (*_COUNTED, "baseline", "excess", "burst")


@one_snapshot
def problems(lake: Lake, query: Query) -> pl.DataFrame:
    """Count contacts by category beside what is usual, and the people behind them.

    Returns:
        One row a group (category when none is asked for), most excess first when by category alone,
        else sorted by group: contacts; citizens (different known people); repeats (contacts of a
        citizen who had come with the same category within `fcr_days` before, over any channel and
        line); baseline (usual for the full hours of the period: capped mean of the same hours of
        the week in up to 8 weeks before; null with fewer than 4 such weeks, or for groups finer
        than an hour); excess (contacts of those hours less the baseline); burst (an episode of
        lake.bursts lies in the period; of all contacts together where category is no group; null
        under a scope, which knows a part of the hotline only).

    Raises:
        QueryError: a group or filter problems does not have.

    Source: docs/metrics.md#problems.
    """
    check_groups(query, "problems")
    asked = (query if query.by else replace(query, by=("category",))).at(lake)
    rows = counted(lake, asked).drop("rated", "rating_share")
    if asked.by == ("category",):
        worst = ["excess", "contacts"]
        return rows.sort(worst, descending=True, nulls_last=True, maintain_order=True)
    return rows


def counted(lake: Lake, query: Query) -> pl.DataFrame:
    """Return what `problems` does, sorted by group, with rated and rating_share of `repeated`."""
    return beside_usual(lake, query, repeated(lake, query), baseline(lake, query))


def beside_usual(
    lake: Lake, query: Query, people: pl.DataFrame, usual: pl.DataFrame
) -> pl.DataFrame:
    """Return what `counted` does, of the answers of `repeated` and `baseline`."""
    both = people.join(usual, on=list(query.by), how="left", nulls_equal=True)
    more = [name for name in people.columns if name not in (*query.by, *_COUNTED)]
    wanted = (*query.by, *COLUMNS, *more)
    return finish(both.with_columns(_burst(lake, query)).select(*wanted), query, lake)


def repeated(lake: Lake, query: Query, *, served: bool = False) -> pl.DataFrame:
    """Return contacts, citizens and repeats of each group, as `problems` counts them; and ratings.

    Returns:
        The groups, contacts, citizens and repeats (null: no citizen known), rated, rating_share;
        with `served` the queues and handling of their contacts as `topics` has them, every leg of
        a contact being of its group.
    """
    asked = query.at(lake)
    found, values = visits_sql(lake, asked, legs=served)
    where, params = conditions(asked, "contact_facts", lake)
    groups = {name: EXPRESSIONS["contact_facts"][name] for name in asked.by}
    columns = "".join(f'{sql} as "{name}", ' for name, sql in groups.items())
    legs = "".join(f", f.{name}" for name in _LEGS) if served else ""
    sql = f"""{found},
answer as (
    select {columns} f.citizen_key, f.is_repeat, f.n_rated, f.n_satisfied {legs}
    from f {joins(columns + where, is_leg=False)}
    where {where}
)
select {group_list(asked, _PEOPLE + (_SERVED if served else ""))}
from answer {group_by(asked)}"""
    return run(lake, sql, params | values)


def _burst(lake: Lake, query: Query) -> pl.Expr:
    known = of_categories(bursts(lake, query))["category"].unique().to_list()
    if query.scope.groups:
        found = pl.lit(None, pl.Boolean)
    elif "category" in query.by:
        found = pl.col("category").is_in(known).fill_null(value=False)
    else:
        found = pl.lit("*" in known)
    return found.alias("burst")


_PEOPLE = """
count(*) as contacts,
nullif(count(distinct citizen_key), 0) as citizens,
case when count(citizen_key) > 0 then count(*) filter (where is_repeat) end as repeats,
coalesce(sum(n_rated), 0)::bigint as rated,
sum(n_satisfied) / nullif(sum(n_rated), 0) as rating_share"""
_LEGS = ("n_queued", "n_abandoned", "n_waits", "wait_sum_s", "n_handled", "handle_sum_s")
_SERVED = """,
coalesce(sum(n_queued), 0)::bigint as offered,
coalesce(sum(n_abandoned), 0)::bigint as abandoned,
sum(n_abandoned) / nullif(sum(n_queued), 0) as abandoned_share,
sum(wait_sum_s) / nullif(sum(n_waits), 0) as wait_mean_s,
sum(handle_sum_s) / nullif(sum(n_handled), 0) as handle_mean_s"""
