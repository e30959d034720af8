"""Visits of citizens one after another: what each contact came after, and what came after it.

Every line and channel counts: a citizen who was not helped on one comes back on another. Filters
and scope choose whose visits are counted, never what counts as the one before or after.
"""

from dataclasses import replace
from datetime import UTC, timedelta

from pipelines.lake.connect import Lake
from pipelines.marts.relations import row_params, with_facts
from pipelines.metrics.facts import days_of, moment
from pipelines.metrics.query import Query

# known citizens only; those of no category come back with nothing in common
_VISITS = """
visits as (
    select
        *,
        lag(received_at) over same as before_at,
        lead(received_at) over same as again_at,
        lead(received_at) over whatever as next_at,
        lead(category) over whatever as next_category
    from contact_facts
    where citizen_key is not null and TOPICS
    window
        same as (partition by citizen_key, category order by received_at, contact_id),
        whatever as (partition by citizen_key order by received_at, contact_id)
),
f as (
    select
        *,
        coalesce(
            category is not null and received_at <= before_at + to_days($fcr_days::int), false
        ) as is_repeat,
        -- null: no citizen or category is known
        case
            when citizen_key is not null and category is not null
                then received_at <= $as_of::timestamptz - to_days($fcr_days::int)
        end as is_mature,
        coalesce(
            category is not null and again_at <= received_at + to_days($fcr_days::int), false
        ) as is_followed,
        citizen_key is not null and received_at <= $as_of::timestamptz - interval 24 hour
            as is_a_day_old,
        coalesce(next_at <= received_at + interval 24 hour, false) as is_followed_24h,
        coalesce(next_at <= received_at + to_days($fcr_days::int), false) as is_followed_any
    from (
        select * from visits
        union all by name
        select * from contact_facts where citizen_key is null and TOPICS
    )
    where received_at >= $period_start and received_at < $period_end
)"""

OF_THESE = "contact_id in (select contact_id from f)"  # rows of the lake of contacts of f


def visits_sql(
    lake: Lake, query: Query, *, same_topic: bool = False
) -> tuple[str, dict[str, object]]:
    """Return SQL that begins with `with` and ends after the relation f, and its values.

    f: the contacts of the period as contact_facts has them, no filter applied, and: is_repeat
    (of the same citizen and category within `fcr_days` after another), is_mature (`fcr_days` have
    passed since; null: citizen or category unknown), is_followed (the same citizen came with the
    same category within `fcr_days`), is_a_day_old, is_followed_24h (came with any category within
    24 hours), is_followed_any (with any within `fcr_days`), again_at (the next of the same
    category), next_at, next_category (the next of any). Contacts after `as_of` do not exist.
    With `same_topic` only contacts of the categories the question names are read: what came next
    with any other is then not known.
    """
    around = timedelta(days=lake.settings.fcr_days)
    wide = replace(
        query,
        start=query.start.astimezone(UTC) - around,
        end=query.end.astimezone(UTC) + around,
    )
    rows_of = row_params(
        days_of(lake, wide), wide.start, wide.end, moment(wide), lake.settings.short_abandon_s
    )
    params = rows_of | {
        "fcr_days": lake.settings.fcr_days,
        "period_start": query.start,
        "period_end": query.end,
        "zone": lake.settings.zone,
    }
    named = query.values("category")
    only = "true"
    if same_topic and named and None not in named:
        only, params["topics"] = "list_contains($topics, category)", [str(n) for n in named]
    visits = _VISITS.replace("TOPICS", only)
    return f"{with_facts('contact_facts', rows_of)},{visits}", params
