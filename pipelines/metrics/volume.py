"""How many came, how many were served, how long they waited and were handled."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import Plan, one_snapshot, plan, run, settled_days, union_sql
from pipelines.metrics.groups import check_groups, finish
from pipelines.metrics.query import Query

COLUMNS = (
    "contacts",
    "offered",
    "answered",
    "abandoned",
    "abandoned_short",
    "flowed_out",
    "waiting",
    "self_served",
    "wait_mean_s",
    "wait_p50_s",
    "wait_p90_s",
    "wait_p95_s",
    "wait_max_s",
    "handle_mean_s",
)
COUNTS = ("offered", "answered", "abandoned", "abandoned_short", "flowed_out", "waiting")
PERCENTILES = {"wait_p50_s": 0.5, "wait_p90_s": 0.9, "wait_p95_s": 0.95}
# up to so many answered legs percentiles come from the rows, exact; above it from the histogram
EXACT_LEGS = 500_000
_LEG_MEASURES = (
    *(f"n_{name}" for name in COUNTS),
    "n_waits",
    "wait_sum_s",
    "wait_max_s",
    "n_handled",
    "handle_sum_s",
)


@one_snapshot
def volume(lake: Lake, query: Query) -> pl.DataFrame:
    """Count contacts and legs, their waits and handling.

    Contacts are counted on the contact's line, all else on the leg's own line; a leg belongs to the
    period of its contact's received_at. offered = answered + abandoned + flowed_out + waiting.

    Returns:
        One row a group (one in all without groups), sorted by group: the groups, then COLUMNS.
        Counts are Int64. Waits are of answered legs, seconds; wait_mean_s is ASA; percentiles are
        nearest rank. handle_mean_s is (talk + hold + wrap) over answered legs that have ended and
        whose source tells any of the three. A form of the portal has no wait and no handling: its
        answer has a clock. Null where the base is empty.

    Raises:
        QueryError: a group or filter volume does not have.
    """
    check_groups(query, "volume")
    asked = query.at(lake)
    settled = settled_days(lake, asked)
    legs = _legs(lake, asked, settled)
    contacts = _contacts(lake, asked, settled)
    both = (
        contacts.join(legs, on=list(asked.by), how="full", coalesce=True, nulls_equal=True)
        if asked.by
        else pl.concat([contacts, legs], how="horizontal")
    )
    counted = both.with_columns(pl.col("contacts", "self_served", *COUNTS).fill_null(0))
    return finish(counted.select(*asked.by, *COLUMNS), asked, lake)


def received(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the groups and contacts of `volume`, without what it says of their legs."""
    asked = query.at(lake)
    return _contacts(lake, asked, settled_days(lake, asked)).select(*asked.by, "contacts")


def _contacts(lake: Lake, query: Query, settled: frozenset[date]) -> pl.DataFrame:
    measures = ("n_contacts", "n_self_served")
    planned = plan(lake, query, "mart_contacts_15min", settled)
    sql, params = union_sql(query, lake, "contact_facts", "mart_contacts_15min", measures, planned)
    sums = (
        "coalesce(sum(n_contacts), 0)::bigint as contacts, "
        "coalesce(sum(n_self_served), 0)::bigint as self_served"
    )
    return run(
        lake, f"{sql} select {group_list(query, sums)} from answer {group_by(query)}", params
    )


def _legs(lake: Lake, query: Query, settled: frozenset[date]) -> pl.DataFrame:
    """Counts and means from marts and rows; percentiles in the same go where all is rows."""
    planned = plan(lake, query, "mart_legs_15min", settled)
    counted = _sums(lake, query, planned, {} if planned.mart_days else PERCENTILES)
    if not planned.mart_days:
        return counted
    if _answered(lake, planned.mart_days) > EXACT_LEGS:
        marks = _from_histogram(lake, query, settled)
    else:
        rows = Plan((), planned.days)
        marks = _sums(lake, query, rows, PERCENTILES).select(*query.by, *PERCENTILES)
    if not query.by:
        return pl.concat([counted, marks], how="horizontal")
    return counted.join(marks, on=list(query.by), how="left", nulls_equal=True)


def _sums(
    lake: Lake, query: Query, planned: Plan, percentiles: Mapping[str, float]
) -> pl.DataFrame:
    sql, params = union_sql(query, lake, "leg_facts", "mart_legs_15min", _LEG_MEASURES, planned)
    sums = ", ".join(
        [f"coalesce(sum(n_{name}), 0)::bigint as {name}" for name in COUNTS]
        + [
            "sum(wait_sum_s) / nullif(sum(n_waits), 0) as wait_mean_s",
            "max(wait_max_s) as wait_max_s",
            "sum(handle_sum_s) / nullif(sum(n_handled), 0) as handle_mean_s",
        ]
        # a row is one leg, so its greatest wait is its wait
        + [f"quantile_disc(wait_max_s, {p}) as {name}" for name, p in percentiles.items()]
    )
    return run(
        lake, f"{sql} select {group_list(query, sums)} from answer {group_by(query)}", params
    )


def _answered(lake: Lake, days: tuple[date, ...]) -> int:
    found = lake.con.sql(
        "select coalesce(sum(n_answered), 0) from lake.mart_legs_15min "
        "where received_date between $first and $last",
        params={"first": days[0], "last": days[-1]},
    )
    return int(found.fetchall()[0][0])


def _from_histogram(lake: Lake, query: Query, settled: frozenset[date]) -> pl.DataFrame:
    """Nearest rank over buckets: the upper edge of the rank's bucket (under 2 % too high)."""
    sql, params = waits_sql(query, lake, settled)
    keys = ", ".join(f'"{name}"' for name in query.by)
    over = f"partition by {keys}" if keys else ""
    marks = ", ".join(
        f"min(wait_s) filter (where upto >= ceil({share} * total)) as {name}"
        for name, share in PERCENTILES.items()
    )
    sql += f""",
buckets as (
    select {group_list(query, "wait_s, sum(n_offered) as n")} from answer
    where state = 'answered' and wait_s is not null group by {keys + ", " if keys else ""}wait_s
),
ranked as (
    select *, sum(n) over ({over} order by wait_s) as upto, sum(n) over ({over}) as total
    from buckets
)
select {group_list(query, marks)} from ranked {group_by(query)}"""
    return run(lake, sql, params)


def waits_sql(
    query: Query, lake: Lake, settled: frozenset[date], only: str = "true"
) -> tuple[str, dict[str, object]]:
    """Return SQL of `answer`: state, wait_s (edge of a mart's bucket, or exact), n_*."""
    planned = plan(lake, query, "mart_waits_15min", settled)
    measures = ("state", "wait_s", "n_offered", "n_abandoned_short")
    return union_sql(query, lake, "leg_facts", "mart_waits_15min", measures, planned, only)


def group_list(query: Query, rest: str) -> str:
    """Return the select list: the groups, then `rest`."""
    return ", ".join([f'"{name}"' for name in query.by] + [rest])


def group_by(query: Query) -> str:
    """Return the group by clause, empty without groups."""
    return "group by " + ", ".join(f'"{name}"' for name in query.by) if query.by else ""
