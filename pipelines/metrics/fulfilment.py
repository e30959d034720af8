"""Promises as a page asks for them: people failed, and how many promises stand where."""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.judged import judged_sql
from pipelines.metrics.promised import promises, scoped
from pipelines.metrics.query import EVERYTHING, Query

# worst first: what a reader must see before the rest
ORDER = ("broken", "below_own_target", "at_risk", "kept", "no_data")


@one_snapshot
def fulfilment(lake: Lake, query: Query) -> pl.DataFrame:
    """Return every promise, the worst first, with the contacts and people it failed.

    Returns:
        As `promises` by promise, and: failed (breached + overdue; null for means), citizens
        (different known people among the failed contacts; null: nobody known, or no contacts
        stand behind the promise).

    Raises:
        QueryError: an unknown filter.
    """
    asked = replace(query, by=("promise",)).at(lake)
    frame = promises(lake, asked)
    worst = {state: n for n, state in enumerate(ORDER)}
    return (
        frame.with_columns(failed=pl.col("breached") + pl.col("overdue"))
        .join(_people(lake, asked), on="promise", how="left", maintain_order="left")
        .sort(
            pl.col("state").replace_strict(worst, default=len(worst)),
            pl.col("failed").fill_null(0),
            descending=[False, True],
            maintain_order=True,
        )
    )


def _people(lake: Lake, query: Query) -> pl.DataFrame:
    failed, params = failed_sql(query, lake)
    sql = f"""
with {failed}
select promise, nullif(count(distinct citizen_key), 0) as citizens
from failed
group by promise"""
    return run(lake, sql, params)


def failed_sql(query: Query, lake: Lake) -> tuple[str, dict[str, object]]:
    """Return SQL of `failed` (after `with`) and its values: promise, citizen_key of each failure.

    What a mean is made of fails nobody by itself.
    """
    within = replace(query, where=scoped(query.where, query.scope), scope=EVERYTHING)
    judged, params = judged_sql(within, lake)
    sql = f"""{judged},
failed as (
    select distinct f.promise, c.citizen_key
    from judged as f
    inner join lake.contacts as c on c.contact_id = f.contact_id
        and c.received_date between $first_day and $last_day
    where f.kind <> 'mean' and f.state in ('breached', 'overdue')
)"""
    return sql, params


def standing(frame: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Count the promises of `fulfilment` by basis and state.

    Returns:
        basis (and `all`) -> state -> how many, 0 where none; `total` among the states.

    >>> frame = pl.DataFrame({"basis": ["seed", "seed"], "state": ["kept", "broken"]})
    >>> standing(frame)["seed"]["kept"], standing(frame)["all"]["total"]
    (1, 2)
    """
    counted = frame.group_by("basis", "state").len().rows()
    out: dict[str, dict[str, int]] = {}
    for basis, state, n in counted:
        for group in (basis, "all"):
            states = out.setdefault(group, dict.fromkeys((*ORDER, "total"), 0))
            states[state] += n
            states["total"] += n
    return out
