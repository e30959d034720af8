"""What a queueing model is fed: each line's legs by the hour, and what one of them takes."""

from dataclasses import dataclass

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import plan, run, settled_days, union_sql
from pipelines.metrics.query import Query
from pipelines.metrics.sla import DEFAULT_VARIANT, IN_QUEUE, counts_sql
from pipelines.metrics.volume import waits_sql

LEAST_HANDLED = 20  # legs a mean handling time is made of
LEAST_LOST = 10  # hang-ups a mean patience is made of
MOST_PATIENT_S = 3600.0  # where hardly anybody hangs up
COUNTS = ("base", "within", "waited_s", "lost", "n_handled", "handled_s")
_WAITS = f"""
select line, channel, "interval", {counts_sql(DEFAULT_VARIANT)},
    coalesce(sum(least(wait_s, {MOST_PATIENT_S}) * n_offered), 0)::double as waited_s,
    coalesce(sum(n_offered) filter (where state = 'abandoned'), 0)::bigint as lost
from answer group by line, channel, "interval"
"""
_HANDLED = """
select line, channel, "interval", coalesce(sum(n_handled), 0)::bigint as n_handled,
    coalesce(sum(handle_sum_s), 0)::double as handled_s
from answer group by line, channel, "interval"
"""


@dataclass(frozen=True)
class Takes:
    """What a contact of a line takes: mean handling and patience; None: too few tell."""

    handle_s: float | None
    patience_s: float


def queue_hours(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the legs of each line and hour, those of the portal left out.

    Args:
        query: a period and a moment.

    Returns:
        line, hour_at (full hour, UTC), then COUNTS: legs that count in the service level and those
        within it, seconds waited by all (an hour at most each), those lost, legs whose handling is
        known and its seconds. Of hours without a leg there is no row.
    """
    asked = Query(
        query.start,
        query.end,
        by=("line", "channel", "interval"),
        where=query.where,
        as_of=query.as_of,
        scope=query.scope,
    )
    settled = settled_days(lake, asked)
    sql, params = waits_sql(asked, lake, settled, f"f.{IN_QUEUE}")
    within_s = lake.reference.rules.level_within_s
    waits = run(lake, sql + _WAITS, params | {"threshold_s": within_s})
    measures = ("n_handled", "handle_sum_s")
    planned = plan(lake, asked, "mart_legs_15min", settled)
    sql, params = union_sql(
        asked, lake, "leg_facts", "mart_legs_15min", measures, planned, f"f.{IN_QUEUE}"
    )
    both = waits.join(
        run(lake, sql + _HANDLED, params),
        on=["line", "channel", "interval"],
        how="full",
        coalesce=True,
        nulls_equal=True,
    )
    return (
        both.with_columns(hour_at=pl.col("interval").dt.truncate("1h"))
        .group_by("line", "hour_at")
        .agg(pl.col(COUNTS).sum())
        .sort("line", "hour_at", nulls_last=True)
    )


def takes(hours: pl.DataFrame) -> dict[str | None, Takes]:
    """Return what a contact takes on each line; on one with too few, what it takes on all."""
    sums = hours.group_by("line").agg(pl.col(COUNTS).sum()).to_dicts()
    total = {name: sum(row[name] for row in sums) for name in COUNTS}

    def of(row: dict[str, float]) -> Takes:
        handled = next((r for r in (row, total) if r["n_handled"] >= LEAST_HANDLED), None)
        lost = next((r for r in (row, total) if r["lost"] >= LEAST_LOST), None)
        patience_s = lost["waited_s"] / lost["lost"] if lost else MOST_PATIENT_S
        handle_s = handled["handled_s"] / handled["n_handled"] if handled else None
        return Takes(handle_s or None, min(max(patience_s, 1.0), MOST_PATIENT_S))

    return {row["line"]: of(row) for row in sums}
