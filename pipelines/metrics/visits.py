"""Visits of citizens one after another: what each contact came after, and what came after it.

Every line and channel counts: a citizen who was not helped on one comes back on another. Filters
and scope choose whose visits are counted, never what counts as the one before or after.

Clean days come from mart_visits, all others from rows by the same models. Where a day is dirty,
the chains of its citizens are looked for again on the days after it, and those of nobody else.
"""

from dataclasses import replace
from datetime import UTC, date, timedelta

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.marts import chains
from pipelines.marts.relations import row_params, text, with_facts
from pipelines.metrics.facts import days_of, marks, moment
from pipelines.metrics.query import Query

_MART = """
    select visits.* RECHAINED
    from lake.mart_visits as visits CHAINS
    where MART_DAYS
        and visits.received_at >= $start and visits.received_at < $end
        and visits.received_at <= $as_of and TOPICS"""
_RECHAINED = """replace (
        case when anew.is_anew then anew.before_id else visits.before_id end as before_id,
        case when anew.is_anew then anew.last_id else visits.last_id end as last_id
    )"""
_ANEW = """
    left join (
        select contact_id, before_id, last_id, true as is_anew from visit_chains
        where NEAR_DAYS
    ) as anew on visits.contact_id = anew.contact_id"""
_NO_CHAINS = """
visit_chains as (
    select null::varchar as contact_id, null::varchar as before_id, null::varchar as last_id
)"""
_JUDGED = """
f as (
    select
        visits.*,
        visits.before_id is not null as is_repeat,
        -- null: no citizen or category is known
        case
            when visits.citizen_key is not null and visits.category is not null
                then visits.received_at <= $as_of::timestamptz - to_days($fcr_days::int)
        end as is_mature,
        visits.citizen_key is not null
            and visits.received_at <= $as_of::timestamptz - interval 24 hour as is_a_day_old
        FOLLOWED
    from visits NEXT
    where visits.received_at >= $period_start and visits.received_at < $period_end
)"""
_FOLLOWED = """,
        again.received_at as again_at,
        again.received_at is not null as is_followed,
        later.received_at as next_at,
        later.category as next_category,
        later.received_at is not null as is_followed_any,
        coalesce(later.received_at <= visits.received_at + interval 24 hour, false)
            as is_followed_24h"""
_NEXT = """
    left join (
        select before_id, received_at from visits where before_id is not null
    ) as again on visits.contact_id = again.before_id
    left join (
        select last_id, received_at, category from visits where last_id is not null
    ) as later on visits.contact_id = later.last_id"""


def visits_sql(
    lake: Lake, query: Query, *, ahead: bool = False, legs: bool = False
) -> tuple[str, dict[str, object]]:
    """Return SQL that begins with `with` and ends after the relation f, and its values.

    f: the contacts of the period as mart_visits has them, no filter of the question applied but the
    category where nothing is looked for ahead, and: is_repeat (of the same citizen and category
    within `fcr_days` after another), is_mature (`fcr_days` have passed since; null: citizen or
    category unknown), is_a_day_old. With `ahead` also is_followed (the same citizen came with the
    same category within `fcr_days`), is_followed_24h (came with any category within 24 hours),
    is_followed_any (with any within `fcr_days`), again_at (the next of the same category), next_at,
    next_category (the next of any); null: none within `fcr_days`. Contacts after `as_of` do not
    exist. Without `legs` what the legs were is told of days of the mart only.
    """
    fcr_days = lake.settings.fcr_days
    until = min(query.end, moment(query) + timedelta(seconds=1)).astimezone(UTC)
    end = max(until, query.start + timedelta(seconds=1)) + timedelta(days=fcr_days if ahead else 0)
    days = days_of(lake, replace(query, end=end))
    known = marks(lake)
    mart = sorted(known.clean(moment(query)) & set(days))
    rows = sorted(set(days) - set(mart))
    before = timedelta(days=chains.reach(lake))
    is_built = bool(known.settled)
    changed = sorted(d for d in known.dirty if is_built and days[0] - before <= d <= days[-1])
    near = sorted(set(mart) & set(chains.after(lake, changed)))
    params: dict[str, object] = row_params(
        rows, query.start, end, moment(query), lake.settings.short_abandon_s
    ) | {
        "fcr_days": fcr_days,
        "period_start": query.start,
        "period_end": query.end,
        "zone": lake.settings.zone,
    }
    topics = "true"
    named = query.values("category")
    if named and None not in named and not ahead:
        topics, params["topics"] = "list_contains($topics, category)", [str(n) for n in named]
    parts = []
    if rows or near:
        parts += [
            _citizens(rows, changed),
            chains.chains_sql("visitors", chains.looked_at(lake, [*rows, *near])),
        ]
    else:
        parts.append(_NO_CHAINS)
    sources = []
    if rows or not mart:
        parts.append(_row_visits(params, topics, legs=legs))
        sources.append("select * from row_visits")
    if mart:
        sources.append(_mart(topics, mart, near))
    parts.append(f"visits as ({' union all by name '.join(sources)}\n)")
    judged = _JUDGED.replace("FOLLOWED", _FOLLOWED if ahead else "")
    parts.append(judged.replace("NEXT", _NEXT if ahead else ""))
    return f"with {','.join(parts)}", params


def _mart(topics: str, days: list[date], near: list[date]) -> str:
    sql = _MART.replace("RECHAINED", _RECHAINED if near else "")
    sql = sql.replace("CHAINS", _ANEW if near else "").replace("TOPICS", topics)
    sql = sql.replace("NEAR_DAYS", in_days("received_date", near))
    return sql.replace("MART_DAYS", in_days("visits.received_date", days))


def _citizens(rows: list[date], changed: list[date]) -> str:
    """Whose chains are looked for: who came on days told by rows, or is said to have come there."""
    days = in_days("received_date", sorted({*rows, *changed}))
    was = in_days("received_date", changed)
    return f"""
visitors as (
    select citizen_key from lake.contacts where {days}
    {f"union select citizen_key from lake.mart_visits where {was}" if changed else ""}
)"""


def _row_visits(params: dict[str, object], topics: str, *, legs: bool) -> str:
    leg_rows = with_facts("leg_facts", params)
    return f"""
contact_facts as (
    {with_facts("contact_facts", params, topics)} select * from contact_facts
),
leg_facts as ({leg_rows} select * from leg_facts where {legs}),
asked_chains as (select * from visit_chains),
row_visits as (
{text("mart_visits")}
)"""
