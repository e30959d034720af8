"""Topics beside what their contacts cost and how they were served: one row a topic or its side."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.metrics.baseline import baseline
from pipelines.metrics.facts import moment, one_snapshot, plan, run, settled_days, union_sql
from pipelines.metrics.groups import check_groups, finish
from pipelines.metrics.problems import COLUMNS, beside_usual, problems, repeated
from pipelines.metrics.promised import kept_counts
from pipelines.metrics.query import Query, day_start
from pipelines.metrics.recurring import PARTS, in_order
from pipelines.metrics.side_by_side import Part, side_by_side
from pipelines.metrics.sla import IN_QUEUE
from pipelines.metrics.uses import per_thousand
from pipelines.metrics.volume import group_by, group_list

SERVED = (
    "offered",
    "abandoned",
    "abandoned_share",
    "wait_mean_s",
    "handle_mean_s",
    "kept_share",
    "kept_n",
    "rating_share",
    "rated",
    "uses",
    "per_thousand",
)
WEEKS = 12  # of a trend
# what a contact is grouped by alike with all legs of it: their queues are counted with its people
_OF_CONTACTS = frozenset(
    ("category", "class", "region", "feedback_type", "menu_choice", "subtopic",
     "day", "week", "month", "quarter", "weekday")
)  # fmt: skip
# a leg with what its contact is grouped by
_LEGS = """(
    select legs.*, c.category, c.region, c.feedback_type
    from leg_facts as legs
    left join lake.contacts as c
        on legs.contact_id = c.contact_id and ROW_DAYS
)"""
_QUEUED = f"filter (where {IN_QUEUE})"
_LEG_SUMS = f"""
coalesce(sum(n_offered) {_QUEUED}, 0)::bigint as offered,
coalesce(sum(n_abandoned) {_QUEUED}, 0)::bigint as abandoned,
sum(n_abandoned) {_QUEUED} / nullif(sum(n_offered) {_QUEUED}, 0) as abandoned_share,
sum(wait_sum_s) / nullif(sum(n_waits), 0) as wait_mean_s,
sum(handle_sum_s) / nullif(sum(n_handled), 0) as handle_mean_s"""
_LEG_MEASURES = (
    "channel", "n_offered", "n_abandoned", "n_waits", "wait_sum_s", "n_handled", "handle_sum_s",
)  # fmt: skip


@one_snapshot
def topics(lake: Lake, query: Query) -> pl.DataFrame:
    """Return topics by volume with people, repeats, what is usual, queues, handling and ratings.

    Args:
        lake: open lake.
        query: by category unless it names other groups (class).

    Returns:
        As `problems`, most contacts first, and: share and cumulative_share (of the contacts whose
        first group is known), repeat_share; offered, abandoned, abandoned_share and wait_mean_s of
        legs in a queue (all channels but the portal); handle_mean_s as in `volume`; kept_share
        (met / judged over every deadline of the group's contacts, kept_n of them; null by groups
        promises do not have); rating_share (4 and 5) of rated; uses and per_thousand (contacts per
        thousand uses, null without `uses.yml`). Waits and handling seconds. Null: empty base.

    Raises:
        QueryError: an unknown group or filter.

    Source: docs/metrics.md#topics.
    """
    check_groups(query, "topics")
    asked = (query if query.by else replace(query, by=("category",))).at(lake)
    settled = settled_days(lake, asked)
    of_contacts = _OF_CONTACTS.issuperset((*asked.by, *asked.where, *asked.scope.groups))
    # the longest first: two at a time then end together
    parts: dict[str, Part] = {
        "usual": lambda at, _: baseline(at, asked),
        "people": lambda at, _: repeated(at, asked, served=of_contacts),
        "kept": lambda at, _: kept_counts(at, asked),
    }
    if not of_contacts:
        parts["served"] = lambda at, _: finish(_legs(at, asked, settled), asked, at)
    found = side_by_side(lake, parts)
    rows = in_order(beside_usual(lake, asked, found["people"], found["usual"]), asked.by[0])
    keys = list(asked.by)
    for more in (found[name] for name in parts if name in ("kept", "served")):
        rows = rows.join(more, on=keys, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.with_columns(pl.col("offered", "abandoned", "kept_n").fill_null(0))
    return per_thousand(lake, asked, rows).select(*keys, *COLUMNS, *PARTS, *SERVED)


def topic_weeks(lake: Lake, query: Query, category: str | None) -> pl.DataFrame:
    """Return one topic by ISO week beside what is usual, up to the end of the period.

    Returns:
        The last WEEKS weeks with contacts: week, contacts, citizens, repeats, baseline, excess (of
        full hours; null: usual not known).
    """
    tz = lake.settings.tz
    asked = query.at(lake)
    last = min(asked.end - timedelta(microseconds=1), moment(asked)).astimezone(tz).date()
    monday = last - timedelta(days=last.weekday(), weeks=WEEKS - 1)
    start: datetime = day_start(monday, tz)
    where = {**query.where, "category": (category,)}
    wide = replace(asked, start=start, by=("week",), where=where)
    return problems(lake, wide).drop("burst").sort("week")


def _legs(lake: Lake, query: Query, settled: frozenset[date]) -> pl.DataFrame:
    planned = plan(lake, query, "mart_topics_day", settled)
    measures = tuple(name for name in _LEG_MEASURES if name not in query.by)
    legs = _LEGS.replace("ROW_DAYS", in_days("c.received_date", planned.row_days))
    sql, params = union_sql(
        query, lake, "leg_facts", "mart_topics_day", measures, planned, relation=legs
    )
    return run(
        lake, f"{sql} select {group_list(query, _LEG_SUMS)} from answer {group_by(query)}", params
    )
