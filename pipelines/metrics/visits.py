"""Visits of citizens one after another: what each contact came after, and what came after it.

Every line and channel counts: a citizen who was not helped on one comes back on another. Filters
and scope choose whose visits are counted, never what counts as the one before or after.

Clean days come from mart_visits, all others from rows by the same models. Where a day is dirty,
the chains of its citizens are looked for again on the days after it, and those of nobody else.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.marts import chains
from pipelines.marts.relations import CONTACT_COLUMNS, row_params, text, with_facts
from pipelines.metrics.facts import days_of, marks, moment
from pipelines.metrics.query import Query

# rows of the lake three parts ask for, read once: each look at a table costs as much as its rows
_NEAR = f"""
near_contacts as materialized (
    select {CONTACT_COLUMNS} from lake.contacts where NEAR
)"""
# chains as the mart knows them, of days that are dirty or not whole
_KNOWN = """
known_visits as materialized (
    select
        contact_id, received_date, received_at, citizen_key, category, before_id, last_id
    from lake.mart_visits where KNOWN
)"""
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
asked_chains as (
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
    lake: Lake,
    query: Query,
    *,
    ahead: bool = False,
    legs: bool = False,
    chained: bool = True,
) -> tuple[str, dict[str, object]]:
    """Return SQL that begins with `with` and ends after the relation f, and its values.

    f: the contacts of the period as mart_visits has them, no filter of the question applied but the
    category where nothing is looked for ahead, and: is_repeat (of the same citizen and category
    within `fcr_days` after another), is_mature (`fcr_days` have passed since; null: citizen or
    category unknown), is_a_day_old. With `ahead` also is_followed (the same citizen came with the
    same category within `fcr_days`), is_followed_24h (came with any category within 24 hours),
    is_followed_any (with any within `fcr_days`), again_at (the next of the same category), next_at,
    next_category (the next of any); null: none within `fcr_days`. Contacts after `as_of` do not
    exist. Without `legs` what the legs were is told of days of the mart only, without `chained`
    whether a contact is a repeat.
    """
    fcr_days = lake.settings.fcr_days
    until = min(query.end, moment(query) + timedelta(seconds=1)).astimezone(UTC)
    end = max(until, query.start + timedelta(seconds=1)) + timedelta(days=fcr_days if ahead else 0)
    days = _days(lake, query, end, chained=chained)
    params: dict[str, object] = row_params(
        days.rows, query.start, end, moment(query), lake.settings.short_abandon_s
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
    parts, sources = _chains(lake, days, topics), []
    if days.rows or not days.mart:
        parts.append(_row_visits(params, topics, "near_contacts" if days.looked else "", legs=legs))
        sources.append("select * from row_visits")
    if days.mart:
        sources.append(_mart(topics, days))
    parts.append(f"visits as ({' union all by name '.join(sources)}\n)")
    judged = _JUDGED.replace("FOLLOWED", _FOLLOWED if ahead else "")
    parts.append(judged.replace("NEXT", _NEXT if ahead else ""))
    return f"with {','.join(parts)}", params


@dataclass(frozen=True)
class _Days:
    """Days of a question by what tells of them.

    mart, rows: every day is in one of them. both: days of rows whose chains the mart knows, too.
    changed: dirty ones the mart knows. near: days of the mart that come after dirty ones. looked:
    days that chains are looked for in; none where no chain is.
    """

    mart: list[date]
    rows: list[date]
    both: list[date]
    changed: list[date]
    near: list[date]
    looked: list[date]


def _days(lake: Lake, query: Query, end: datetime, *, chained: bool) -> _Days:
    days, known = days_of(lake, replace(query, end=end)), marks(lake)
    mart = sorted(known.clean(moment(query)) & set(days))
    rows = sorted(set(days) - set(mart))
    if not (days and chained):
        return _Days(mart, rows, [], [], [], [])
    first = days[0] - timedelta(days=chains.reach(lake))
    # where nothing was ever built there is no chain to be out of date
    dirty = sorted(day for day in known.dirty if known.settled and first <= day <= days[-1])
    near = sorted(set(mart) & set(chains.after(lake, dirty)))
    both = [day for day in rows if day in known.settled]
    changed = [day for day in dirty if day in known.settled]
    looked = chains.looked_at(lake, [*rows, *near])
    return _Days(mart, rows, both, changed, near, looked)


def _chains(lake: Lake, days: _Days, topics: str) -> list[str]:
    """The chains of those of whom something changed; all others' stand in the mart."""
    if not days.looked:
        return [_NO_CHAINS]
    clean = marks(lake).clean()
    near = sorted({*days.rows, *days.changed, *(set(days.looked) - clean)})
    parts = [_NEAR.replace("NEAR", in_days("received_date", near))]
    if known := sorted({*days.both, *days.changed}):
        parts.append(_KNOWN.replace("KNOWN", in_days("received_date", known)))
    stored = f"""
    union all
    select contact_id, before_id, last_id from known_visits
    where {in_days("received_date", days.both)}
        and citizen_key not in (select citizen_key from visitors)"""
    known_chains = f"""
asked_chains as (
    select contact_id, before_id, last_id from visit_chains
    {stored if days.both else ""}
)"""
    made = chains.chains_sql("visitors", days.looked, clean, topics, "near_contacts")
    return [*parts, _visitors(days), made, known_chains]


def _mart(topics: str, days: _Days) -> str:
    sql = _MART.replace("RECHAINED", _RECHAINED if days.near else "")
    sql = sql.replace("CHAINS", _ANEW if days.near else "").replace("TOPICS", topics)
    sql = sql.replace("NEAR_DAYS", in_days("received_date", days.near))
    return sql.replace("MART_DAYS", in_days("visits.received_date", days.mart))


def _visitors(days: _Days) -> str:
    """Whose chains are looked for: who came on days no mart knows, or came, went or is another."""
    unknown = sorted(set(days.rows) - set(days.both))
    visits = "select contact_id, received_at, citizen_key, category from "
    changed = in_days("received_date", days.changed)
    moved = f"""
        union all
        select unnest([now.citizen_key, was.citizen_key]) as citizen_key
        from ({visits}near_contacts where {changed}) as now
        full join ({visits}known_visits where {changed}) as was on now.contact_id = was.contact_id
        where (now.received_at, now.citizen_key, now.category)
            is distinct from (was.received_at, was.citizen_key, was.category)"""
    return f"""
visitors as (
    select distinct citizen_key from (
        select citizen_key from near_contacts where {in_days("received_date", unknown)}
        {moved if days.changed else ""}
    )
    where citizen_key is not null
)"""


def _row_visits(params: dict[str, object], topics: str, contacts: str, *, legs: bool) -> str:
    leg_rows = with_facts("leg_facts", params)
    contact_rows = with_facts("contact_facts", params, topics)
    if contacts:
        contact_rows = contact_rows.replace("from lake.contacts", f"from {contacts}")
    return f"""
contact_facts as (
    {contact_rows} select * from contact_facts
),
leg_facts as ({leg_rows} select * from leg_facts where {legs}),
row_visits as (
{text("mart_visits")}
)"""
