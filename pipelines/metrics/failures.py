"""Failure demand: contacts made because something else broke, and the work they cost."""

from dataclasses import replace

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.marts.relations import chats, text
from pipelines.metrics.facts import days_of, marks, moment, one_snapshot, run
from pipelines.metrics.groups import EXPRESSIONS, check_groups, conditions, finish, joins
from pipelines.metrics.query import Query
from pipelines.metrics.visits import visits_sql
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
    """Return SQL that ends after `answer`: groups, contact, times, citizen_key, reason, work_s."""
    found, values = visits_sql(lake, query, legs=True)
    where, params = conditions(query, "contact_facts", lake)
    groups = {name: EXPRESSIONS["contact_facts"][name] for name in query.by}
    columns = "".join(f'{sql} as "{name}", ' for name, sql in groups.items())
    rules = lake.reference.rules
    sql = f"""{found},
{_at_once(lake, query)},
answer as (
    select
        {columns} f.contact_id, f.received_at, f.received_date, f.citizen_key,
        f.handle_sum_s - coalesce(f.chat_handle_sum_s, 0) * (1 - 1 / at_once.n) as work_s,
        {REASON_SQL} as reason
    from f
    cross join at_once
    {joins(columns + where, is_leg=False)}
    where {where}
)"""
    params |= values
    return sql, params | {
        "fault_classes": list(rules.fault_classes),
        "fault_categories": list(rules.fault_categories),
        "post_week": float(rules.post_week_s),
        "period_s": min(query.end, moment(query)).timestamp() - query.start.timestamp(),
    }


def _at_once(lake: Lake, query: Query) -> str:
    """Chats held at once share their operator's time: seconds of chats / seconds with any."""
    days = days_of(lake, query)
    mart = sorted(marks(lake).clean(moment(query)) & set(days))
    rows = [day for day in days if day not in mart]
    from_mart = f"select * from lake.mart_chats_day where {in_days('received_date', mart)}"
    return f"""
asked_chats as ({chats(rows)} and left_at <= $as_of),
row_chats as (
{text("mart_chats_day")}
),
at_once as (
    select greatest(1, coalesce(sum(chat_s) / nullif(sum(busy_s), 0), 1)) as n
    from (select * from row_chats {f"union all by name {from_mart}" if mart else ""})
)"""


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
