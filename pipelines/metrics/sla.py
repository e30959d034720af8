"""Service level: five published formulas over the same legs, always named beside the number."""

from datetime import date
from types import MappingProxyType

import polars as pl

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.marts.settled import WAITING_HORIZON_S, lake_edges
from pipelines.metrics.facts import one_snapshot, run, settled_days
from pipelines.metrics.groups import check_groups, finish
from pipelines.metrics.query import Query
from pipelines.metrics.volume import group_by, group_list, waits_sql

# A answered, B abandoned, Bs short abandons, F flowed out, W still waiting; T the threshold
FORMULAS = MappingProxyType(
    {
        "SL-1": "A≤T / (A + B + F + W>T)",
        "SL-2": "A≤T / (A + B + F + W>T - Bs)",
        "SL-3": "A≤T / (A + B>T + F + W>T)",
        "SL-4": "(A≤T + B≤T + F≤T) / (A + B + F + W>T)",
        "SL-5": "A≤T / A",
    }
)
_WITHIN = {
    "SL-4": "state in ('answered', 'abandoned', 'flowed_out') and wait_s <= $threshold_s",
}
_ANSWERED_WITHIN = "state = 'answered' and wait_s <= $threshold_s"
_OFFERED = "(state <> 'waiting' or wait_s > $threshold_s)"
_BASE = {
    "SL-1": _OFFERED,
    "SL-2": _OFFERED,
    "SL-3": f"{_OFFERED} and not coalesce(state = 'abandoned' and wait_s <= $threshold_s, false)",
    "SL-4": _OFFERED,
    "SL-5": "state = 'answered'",
}
DEFAULT_VARIANT = "SL-1"
# nobody holds the line of the portal: a form is answered within its clock, not in a queue
IN_QUEUE = "channel is distinct from 'portal'"


@one_snapshot
def sla(
    lake: Lake,
    query: Query,
    threshold_s: float | None = None,
    variant: str = DEFAULT_VARIANT,
) -> pl.DataFrame:
    """Return the share of legs answered within a threshold, by one of five formulas.

    A leg waiting longer than the threshold at the moment asked about counts as not within; one
    waiting less is left out (it may still be answered in time). Flow-outs count in the base of
    SL-1, SL-2 and SL-3 and never within. An abandon at the short-abandon limit is not short. The
    portal has no queue: its legs are in no service level.

    Args:
        lake: open lake.
        query: period, groups, filters, moment, scope.
        threshold_s: seconds; None is that of reference data (service_level_within).
        variant: a key of FORMULAS.

    Returns:
        One row a group: the groups, within, base (legs), share (0-1, null for an empty base),
        threshold_s, formula (the variant and its text).

    Raises:
        QueryError: an unknown variant, group or filter, or a threshold below 0.

    Source: docs/metrics.md#service-level.
    """
    if threshold_s is None:
        threshold_s = lake.reference.rules.level_within_s
    _check(variant, threshold_s)
    check_groups(query, "sla")
    asked = query.at(lake)
    from_rows = threshold_s > WAITING_HORIZON_S or threshold_s not in lake_edges(lake)
    settled = frozenset[date]() if from_rows else settled_days(lake, asked)
    sql, params = waits_sql(asked, lake, settled, f"f.{IN_QUEUE}")
    counts = counts_sql(variant)
    counted = run(
        lake,
        f"{sql} select {group_list(asked, counts)} from answer {group_by(asked)}",
        params | {"threshold_s": float(threshold_s)},
    )
    shares = counted.with_columns(
        share=pl.when(pl.col("base") > 0).then(pl.col("within") / pl.col("base")),
        threshold_s=pl.lit(float(threshold_s)),
        formula=pl.lit(f"{variant}: {FORMULAS[variant]}"),
    )
    return finish(shares, asked, lake)


def _check(variant: str, threshold_s: float) -> None:
    if variant not in FORMULAS:
        raise QueryError(
            f"unknown formula '{variant}'{nearest(variant, FORMULAS)}. "
            f"Known: {', '.join(FORMULAS)}."
        )
    if not threshold_s >= 0:
        raise QueryError(f"the threshold is {threshold_s} s; it is 0 or more")


def counts_sql(variant: str, suffix: str = "", only: str = "true") -> str:
    """Return the columns within and base of a formula over legs; `only` limits the legs.

    Reads state, wait_s, n_offered, n_abandoned_short; binds $threshold_s.
    """
    within = _WITHIN.get(variant, _ANSWERED_WITHIN)
    short = (
        f"- coalesce(sum(n_abandoned_short) filter (where {only}), 0)" if variant == "SL-2" else ""
    )
    return (
        f"coalesce(sum(n_offered) filter (where {within} and {only}), 0)::bigint "
        f"as within{suffix}, "
        f"(coalesce(sum(n_offered) filter (where {_BASE[variant]} and {only}), 0) {short})::bigint "
        f"as base{suffix}"
    )
