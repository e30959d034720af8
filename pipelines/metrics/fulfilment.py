"""Promises as a page asks for them: people failed, and how many promises stand where."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.groups import EXPRESSIONS, conditions, joins
from pipelines.metrics.promised import promises, scoped
from pipelines.metrics.query import Query
from pipelines.promises.period import CLOCK_ROWS
from pipelines.promises.state import state_sql

# worst first: what a reader must see before the rest
ORDER = ("broken", "below_own_target", "at_risk", "kept", "no_data")


@one_snapshot
def fulfilment(lake: Lake, query: Query) -> pl.DataFrame:
    """Return every promise, the worst first, with the contacts and people it failed.

    Returns:
        As `promises` by promise, and: failed (breached + overdue; null for means), citizens
        (different known people among the failed contacts; null: nobody known, or no contacts
        stand behind the promise), version (in force now).

    Raises:
        QueryError: an unknown filter.
    """
    asked = Query(query.start, query.end, ("promise",), query.where, query.as_of, query.scope).at(
        lake
    )
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
    where, params = conditions(
        Query(query.start, query.end, (), scoped(query.where, query.scope), query.as_of),
        "contact_facts",
        lake,
    )
    tz = lake.settings.tz
    columns = "".join(EXPRESSIONS["contact_facts"][name] for name in query.where)
    sql = f"""
with
clocks as (
    select
        *, to_timestamp(epoch_us(received_at) // 900000000 * 900) as interval_at,
        null::varchar as feedback_type
    from ({CLOCK_ROWS})
    where received_date between $first_day and $last_day
        and received_at >= $start and received_at < $end and kind <> 'mean'
),
failed as (
    select distinct f.promise, f.contact_id
    from clocks as f {joins(columns + where, is_leg=False)}
    where {where} and {state_sql(table="f")} in ('breached', 'overdue')
)
select f.promise, nullif(count(distinct c.citizen_key), 0) as citizens
from failed as f
inner join lake.contacts as c on c.contact_id = f.contact_id
    and c.received_date between $first_day and $last_day
group by f.promise"""
    return run(
        lake,
        sql,
        params
        | {
            "first_day": query.start.astimezone(tz).date(),
            "last_day": query.end.astimezone(tz).date(),
            "start": query.start,
            "end": query.end,
            "as_of": moment(query),
            "zone": lake.settings.zone,
        },
    )


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
