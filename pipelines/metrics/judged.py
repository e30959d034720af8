"""Clocks with their state at the moment of a question: the people and contacts behind promises."""

from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params
from pipelines.metrics.facts import days_of, moment
from pipelines.metrics.groups import GROUPED, conditions, joins
from pipelines.metrics.query import Query, known_groups
from pipelines.promises.period import CLOCK_ROWS
from pipelines.promises.state import state_sql


def judged_sql(query: Query, lake: Lake) -> tuple[str, dict[str, object]]:
    """Return SQL of `judged` (after `with`) and its values, filters and scope applied.

    `judged`: promise, kind, contact_id, received_at, received_date, line, channel, judged_category,
    due_at, stopped_at (null: not by then), state of the clocks that had started by the moment.
    Line, channel, category, region and operator are the clock's.

    Raises:
        QueryError: a filter these cannot be held to.
    """
    known_groups(query.where, (*GROUPED, "promise"), "filter", "the contacts of promises")
    where, params = conditions(query, "contact_facts", lake)
    sql = f"""
clocks as (
    select
        *, to_timestamp(epoch_us(received_at) // 900000000 * 900) as interval_at,
        null::varchar as feedback_type
    from ({CLOCK_ROWS})
    where received_date between $first_day and $last_day
        and received_at >= $start and received_at < $end and started_at <= $as_of
),
judged as (
    select
        f.promise, f.kind, f.contact_id, f.received_at, f.received_date, f.line, f.channel,
        f.judged_category, f.due_at,
        {state_sql(table="f")} as state,
        case when f.stopped_at <= $as_of then f.stopped_at end as stopped_at
    from clocks as f {joins(where, is_leg=False)}
    where {where} and state is not null
)"""
    rows_of = row_params(days_of(lake, query), query.start, query.end, moment(query))
    return sql, params | rows_of | {"zone": lake.settings.zone}
