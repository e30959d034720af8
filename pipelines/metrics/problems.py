"""Categories that keep coming: contacts, people, repeats, and what was usual for the period."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params, with_facts
from pipelines.metrics.baseline import baseline
from pipelines.metrics.bursts import bursts
from pipelines.metrics.facts import moment, one_snapshot, plan, run, settled_days, union_sql
from pipelines.metrics.groups import EXPRESSIONS, check_groups, conditions, finish, joins
from pipelines.metrics.query import Query, day_start
from pipelines.metrics.volume import group_by, group_list

COLUMNS = ("contacts", "citizens", "repeats", "baseline", "excess", "burst")


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
    keys = list(asked.by)
    counted = repeated(lake, asked).join(
        baseline(lake, asked), on=keys, how="left", nulls_equal=True
    )
    rows = finish(counted.with_columns(_burst(lake, asked)).select(*keys, *COLUMNS), asked, lake)
    if keys == ["category"]:
        worst = ["excess", "contacts"]
        return rows.sort(worst, descending=True, nulls_last=True, maintain_order=True)
    return rows


def repeated(lake: Lake, query: Query) -> pl.DataFrame:
    """Return contacts, citizens and repeats of each group, as `problems` counts them."""
    asked = query.at(lake)
    settled = _settled(lake, asked)
    people = _people(lake, asked, settled)
    return _contacts(lake, asked, settled).join(
        people, on=list(asked.by), how="left", nulls_equal=True
    )


def _burst(lake: Lake, query: Query) -> pl.Expr:
    known = bursts(lake, query)["category"].unique().to_list()
    if query.scope.groups:
        found = pl.lit(None, pl.Boolean)
    elif "category" in query.by:
        found = pl.col("category").is_in(known).fill_null(value=False)
    else:
        found = pl.lit("*" in known)
    return found.alias("burst")


def _wide(lake: Lake, query: Query) -> Query:
    """The period and the days before it in which a contact makes one inside a repeat."""
    # of a full 24 hours each, wherever clocks are put forward meanwhile
    before = query.start.astimezone(UTC) - timedelta(days=lake.settings.fcr_days)
    return replace(query, start=before)


def _settled(lake: Lake, query: Query) -> frozenset[date]:
    first = query.start.astimezone(lake.settings.tz).date()
    is_whole = day_start(first, lake.settings.tz) == query.start
    # of a day that begins before the period only a part is asked for
    return settled_days(lake, _wide(lake, query)) - (frozenset() if is_whole else {first})


def _contacts(lake: Lake, query: Query, settled: frozenset[date]) -> pl.DataFrame:
    planned = plan(lake, query, "mart_contacts_15min", settled)
    measures = ("n_contacts",)
    sql, params = union_sql(query, lake, "contact_facts", "mart_contacts_15min", measures, planned)
    wanted = group_list(query, "sum(n_contacts)::bigint as contacts")
    return run(lake, f"{sql} select {wanted} from answer {group_by(query)}", params)


def _people(lake: Lake, query: Query, settled: frozenset[date]) -> pl.DataFrame:
    """Citizens and repeats: by day and category from the mart, by anything else from rows.

    The contacts before the period that make one inside it a repeat are read with it; whatever the
    filters, they count over all lines and channels.
    """
    wide = _wide(lake, query)
    planned = plan(lake, wide, "mart_citizens_day", settled)
    rows_of = row_params(planned.row_days, wide.start, wide.end, moment(wide))
    where, params = conditions(query, "contact_facts", lake)
    groups = {name: EXPRESSIONS["contact_facts"][name] for name in query.by}
    columns = "".join(f'{sql} as "{name}", ' for name, sql in groups.items())
    sql = f"""{with_facts("contact_facts", rows_of)},
visits as (
    select
        contact_id, source, channel, line, region, feedback_type, operator_id, category,
        citizen_key, interval_at, received_date, 1 as n_contacts,
        received_at as first_at, received_at as last_at
    from contact_facts
    where citizen_key is not null
    {_MART_VISITS if planned.mart_days else ""}
),
followed as (
    select
        *,
        n_contacts - 1 + coalesce(category is not null and first_at <= lag(last_at) over (
            partition by citizen_key, category order by first_at, contact_id
        ) + to_days($fcr_days::int), false)::int as n_repeats
    from visits
),
answer as (
    select {columns} f.citizen_key, f.n_repeats
    from followed as f {joins(columns + where, is_leg=False)}
    where {where} and f.first_at >= $period_start
)
select {group_list(query, _PEOPLE)} from answer {group_by(query)}"""
    if planned.mart_days:
        params |= {"mart_days": list(planned.mart_days), "mart_first": planned.mart_days[0]}
        params |= {"mart_last": planned.mart_days[-1]}
    params |= rows_of | {"fcr_days": lake.settings.fcr_days, "period_start": query.start}
    return run(lake, sql, params | {"zone": lake.settings.zone})


_PEOPLE = "count(distinct citizen_key) as citizens, sum(n_repeats)::bigint as repeats"
_MART_VISITS = """union all
    select
        null as contact_id, null as source, null as channel, null as line, null as region,
        null as feedback_type, null as operator_id, category, citizen_key, null as interval_at,
        received_date, case when category is null then 1 else n_contacts end as n_contacts,
        first_at, last_at
    from lake.mart_citizens_day
    where received_date between $mart_first and $mart_last
        and list_contains($mart_days::date[], received_date)"""
