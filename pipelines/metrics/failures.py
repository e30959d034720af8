"""Failure demand: contacts made because something else broke, and the work they cost."""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.marts.relations import with_facts
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.groups import EXPRESSIONS, check_groups, conditions, finish, joins
from pipelines.metrics.query import Query
from pipelines.metrics.visits import OF_THESE, visits_sql
from pipelines.metrics.volume import group_by, group_list

REASONS = ("incident", "fault", "repeat")  # in this order: a contact counts by the first that holds
COLUMNS = (
    "contacts",
    "failures",
    *(f"by_{name}" for name in REASONS),
    "share",
    "citizens",
    "hours",
    "posts",
    "untimed",
)
# a contact of f came during an outage of its category, line and region
OF_OUTAGE = """exists (
        select 1 from lake.incidents as i
        where
            f.received_at >= i.detected_at
            and f.received_at < coalesce(i.restored_at, 'infinity'::timestamptz)
            and coalesce(i.category, i.line, i.region) is not null
            and coalesce(i.category = f.category, i.category is null)
            and coalesce(i.line = f.line, i.line is null)
            and coalesce(i.region = f.region, i.region is null)
    )"""
# why a contact of f would not have been made had something worked; null: it is of its own sake
REASON_SQL = f"""
case
    when {OF_OUTAGE} then 'incident'
    when f.category in (
        select category from ref_categories
        where list_contains($fault_classes::varchar[], class)
            or list_contains($fault_categories::varchar[], category)
    ) then 'fault'
    when f.is_repeat then 'repeat'
end"""
_SUMS = f"""
count(*) as contacts,
count(reason) as failures,
{", ".join(f"count(*) filter (where reason = '{name}') as by_{name}" for name in REASONS)},
count(reason) / count(*) as share,
case when count(citizen_key) > 0
    then count(distinct citizen_key) filter (where reason is not null)
end as citizens,
coalesce(sum(work_s) filter (where reason is not null), 0) / 3600 as hours,
coalesce(sum(work_s) filter (where reason is not null), 0)
    / $post_week * 604800 / $period_s as posts,
count(*) filter (where reason is not null and work_s is null) as untimed"""
# chats an operator holds at the same time share his time: seconds of chats / seconds with any
_AT_ONCE = """
moves as (
    select operator_id, answered_at as moved_at, 1 as step from chat_legs
    union all
    select operator_id, left_at as moved_at, -1 as step from chat_legs
),
held as (
    select
        sum(step) over (
            partition by operator_id order by moved_at range unbounded preceding
        ) as n,
        epoch(lead(moved_at) over (partition by operator_id order by moved_at, step desc))
        - epoch(moved_at) as length_s
    from moves
),
at_once as (
    select greatest(1, coalesce(
        sum(n * length_s) filter (where n > 0) / nullif(sum(length_s) filter (where n > 0), 0), 1
    )) as n
    from held
)"""


@one_snapshot
def failures(lake: Lake, query: Query) -> pl.DataFrame:
    """Return how much of the demand something else's failure made, most work first.

    A contact is failure demand when it came during an outage of its category, line and region
    (incident), else when it is about a fault (`fault_classes`, `fault_categories` of settings.yml),
    else when it repeats a contact of the same citizen and category within `fcr_days` (repeat).

    Returns:
        One row a group (category unless asked): contacts, failures and of them by_incident,
        by_fault, by_repeat; share (failures / contacts), citizens; hours of operators (talk, hold
        and wrap of their answered legs that ended; those of chats divided by chats held at once);
        posts (full-time posts these hours fill, by `post_week`); untimed (failures whose source
        tells no handling: their hours are not in the sum).

    Raises:
        QueryError: an unknown group or filter.

    Source: docs/metrics.md#failures.
    """
    check_groups(query, "failures")
    asked = (query if query.by else replace(query, by=("category",))).at(lake)
    sql, params = failures_sql(lake, asked)
    rows = run(
        lake, f"{sql} select {group_list(asked, _SUMS)} from answer {group_by(asked)}", params
    )
    return finish(rows, asked, lake).sort("hours", "failures", descending=True,
                                          maintain_order=True)  # fmt: skip


def failures_sql(lake: Lake, query: Query) -> tuple[str, dict[str, object]]:
    """Return SQL that ends after `answer`: the groups, contact_id, citizen_key, reason, work_s."""
    found, values = visits_sql(lake, query)
    where, params = conditions(query, "contact_facts", lake)
    groups = {name: EXPRESSIONS["contact_facts"][name] for name in query.by}
    columns = "".join(f'{sql} as "{name}", ' for name, sql in groups.items())
    rules = lake.reference.rules
    sql = f"""{found},
own_legs as ({with_facts("leg_facts", values, OF_THESE)} select * from leg_facts),
chat_legs as (
    select l.operator_id, l.answered_at, l.left_at
    from lake.legs as l
    where l.channel = 'chat' and l.received_date between $first_day and $last_day
        and l.operator_id is not null and l.answered_at < l.left_at and l.left_at <= $as_of
),
{_AT_ONCE},
handled as (
    select
        contact_id,
        sum(handle_sum_s / case when channel = 'chat' then at_once.n else 1 end) as work_s
    from own_legs cross join at_once
    group by contact_id
),
answer as (
    select {columns} f.contact_id, f.citizen_key, handled.work_s, {REASON_SQL} as reason
    from f
    left join handled on f.contact_id = handled.contact_id
    {joins(columns + where, is_leg=False)}
    where {where}
)"""
    return sql, params | values | {
        "fault_classes": list(rules.fault_classes),
        "fault_categories": list(rules.fault_categories),
        "post_week": float(rules.post_week_s),
        "period_s": min(query.end, moment(query)).timestamp() - query.start.timestamp(),
    }


def failure_sums(frame: pl.DataFrame) -> dict[str, float | None]:
    """Add up rows of `failures`; people are not additive and stay out.

    Returns:
        contacts, failures, by_*, share (null: no contacts), hours, posts, untimed.

    >>> rows = {name: [1, 2] for name in COLUMNS} | {"contacts": [4, 8]}
    >>> sums = failure_sums(pl.DataFrame(rows))
    >>> sums["failures"], sums["share"], sums["hours"]
    (3, 0.25, 3)
    """
    total = frame.select(pl.col(*(n for n in COLUMNS if n not in ("share", "citizens"))).sum())
    row: dict[str, float | None] = total.row(0, named=True)
    row["share"] = (row["failures"] or 0) / row["contacts"] if row["contacts"] else None
    return row
