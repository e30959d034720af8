"""How many came, how many were served, how long they waited and were handled."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import check_groups, finish, plan, run, union_sql
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


def volume(lake: Lake, query: Query) -> pl.DataFrame:
    """Count contacts and legs, their waits and handling.

    Contacts are counted on the contact's line, all else on the leg's own line; a leg belongs to the
    period of its contact's received_at. offered = answered + abandoned + flowed_out + waiting.

    Returns:
        One row a group (one in all without groups), sorted by group: the groups, then COLUMNS.
        Counts are Int64. Waits are of answered legs, seconds; wait_mean_s is ASA; percentiles are
        nearest rank. handle_mean_s is (talk + hold + wrap) over answered legs that have ended and
        whose source tells any of the three. Null where the base is empty.

    Raises:
        QueryError: a group or filter volume does not have.
    """
    check_groups(query, "volume")
    asked = query.at(lake)
    legs = (
        _legs(lake, asked).join(
            _percentiles(lake, asked), on=list(asked.by), how="left", nulls_equal=True
        )
        if asked.by
        else pl.concat([_legs(lake, asked), _percentiles(lake, asked)], how="horizontal")
    )
    contacts = _contacts(lake, asked)
    both = (
        contacts.join(legs, on=list(asked.by), how="full", coalesce=True, nulls_equal=True)
        if asked.by
        else pl.concat([contacts, legs], how="horizontal")
    )
    counted = both.with_columns(pl.col("contacts", "self_served", *COUNTS).fill_null(0))
    return finish(counted.select(*asked.by, *COLUMNS), asked, lake)


def _contacts(lake: Lake, query: Query) -> pl.DataFrame:
    measures = ("n_contacts", "n_self_served")
    planned = plan(lake, query, "mart_contacts_15min")
    sql, params = union_sql(query, lake, "contact_facts", "mart_contacts_15min", measures, planned)
    sums = (
        "coalesce(sum(n_contacts), 0)::bigint as contacts, "
        "coalesce(sum(n_self_served), 0)::bigint as self_served"
    )
    return run(lake, f"{sql} select {group_list(query, sums)} from answer {group_by(query)}", params)


def _legs(lake: Lake, query: Query) -> pl.DataFrame:
    planned = plan(lake, query, "mart_legs_15min")
    sql, params = union_sql(query, lake, "leg_facts", "mart_legs_15min", _LEG_MEASURES, planned)
    sums = ", ".join(
        [f"coalesce(sum(n_{name}), 0)::bigint as {name}" for name in COUNTS]
        + [
            "sum(wait_sum_s) / nullif(sum(n_waits), 0) as wait_mean_s",
            "max(wait_max_s) as wait_max_s",
            "sum(handle_sum_s) / nullif(sum(n_handled), 0) as handle_mean_s",
        ]
    )
    return run(lake, f"{sql} select {group_list(query, sums)} from answer {group_by(query)}", params)


def _percentiles(lake: Lake, query: Query) -> pl.DataFrame:
    planned = plan(lake, query, "mart_waits_15min")
    if planned.mart_days and _answered(lake, planned.mart_days) > EXACT_LEGS:
        return _from_histogram(lake, query)
    rows = type(planned)((), planned.days)
    sql, params = union_sql(query, lake, "leg_facts", "mart_legs_15min", ("wait_max_s",), rows)
    marks = ", ".join(
        f"quantile_disc(wait_max_s, {share}) as {name}" for name, share in PERCENTILES.items()
    )
    return run(
        lake, f"{sql} select {group_list(query, marks)} from answer {group_by(query)}", params
    )


def _answered(lake: Lake, days: tuple[object, ...]) -> int:
    found = lake.con.sql(
        "select coalesce(sum(n_answered), 0) from lake.mart_legs_15min "
        "where received_date between $first and $last",
        params={"first": days[0], "last": days[-1]},
    )
    return int(found.fetchall()[0][0])


def _from_histogram(lake: Lake, query: Query) -> pl.DataFrame:
    """Nearest rank over buckets: the upper edge of the rank's bucket (under 2 % too high)."""
    sql, params = waits_sql(query, lake)
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
    query: Query, lake: Lake, *, rows_only: bool = False
) -> tuple[str, dict[str, object]]:
    """Return SQL of `answer`: state, wait_s (edge of a mart's bucket, or exact), n_*."""
    planned = plan(lake, query, "mart_waits_15min")
    if rows_only:
        planned = type(planned)((), planned.days)
    measures = ("state", "wait_s", "n_offered", "n_abandoned_short")
    return union_sql(query, lake, "leg_facts", "mart_waits_15min", measures, planned)


def group_list(query: Query, rest: str) -> str:
    """Return the select list: the groups, then `rest`."""
    return ", ".join([f'"{name}"' for name in query.by] + [rest])


def group_by(query: Query) -> str:
    """Return the group by clause, empty without groups."""
    return "group by " + ", ".join(f'"{name}"' for name in query.by) if query.by else ""
