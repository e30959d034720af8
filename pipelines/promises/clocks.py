"""Clocks: each promise compiled to one select over `clock_facts`, all of them one statement."""

from collections.abc import Iterable

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.promises.calendars import due_ctes
from pipelines.promises.compile import Binder, condition_sql, fields_used, moment_sql
from pipelines.promises.gather import Gathered, forget, gather
from pipelines.reference.model import Moments, Promise


def make_clocks(lake: Lake, contacts: str) -> None:
    """Judge contacts: make the temporary table new_clocks (columns of schema.TABLES["clocks"]).

    Args:
        lake: an open lake; the caller may be in a transaction, the lake is only read.
        contacts: name of a table with contact_id (and received_date, which spares a look through
            all days). Rows of contacts, legs and events of these contacts are in the lake already.

    Every promise of kind clock, share and mean gives at most one row a contact (more where it was
    reopened late, or a chat went on), none where the contact is out of its base or its source
    cannot know. Incidents and coverage have no rows: `evaluate` reads them directly.
    """
    columns = ", ".join(f"null::{kind} as {name}" for name, kind in TABLES["clocks"].items())
    nothing = f"select {columns} where false"
    lake.con.execute(f"create or replace temp table new_clocks as {nothing}")
    promises = [
        p for p in lake.reference.promises if p.kind != "coverage" and p.subject != "incident"
    ]
    gathered = gather(lake, contacts, promises)
    if gathered is None:
        return
    judged = [
        (promise, sources)
        for promise in promises
        if (
            sources := [s for s in gathered.sources if provides(promise, gathered.items.get(s, ()))]
        )
    ]
    bind = Binder(lake.settings.tz)
    parts = [
        f"select * from ({_select_sql(promise, bind, sources, gathered)})"
        for promise, sources in _applying(lake, judged)
    ]
    union = " union all by name ".join([nothing, *parts])
    lake.con.execute(f"create or replace temp table new_clocks as {union}", bind.params)
    forget(lake, gathered)


def _applying(
    lake: Lake, judged: list[tuple[Promise, list[str]]]
) -> list[tuple[Promise, list[str]]]:
    """Keep the promises that apply to any contact: one that applies to none costs its plan."""
    bind = Binder()
    tests = [f"bool_or({_where(promise, bind, sources)})" for promise, sources in judged]
    if not tests:
        return []
    sql = f"select {', '.join(tests)} from clock_facts as f"
    found = lake.con.execute(sql, bind.params).fetchall()[0]
    return [pair for pair, is_any in zip(judged, found, strict=True) if is_any]


def provides(promise: Promise, items: Iterable[str]) -> bool:
    """Tell whether a source that knows these items can know the promise."""
    known = set(items)
    return all(not known.isdisjoint(group) for group in promise.provides)


def _select_sql(promise: Promise, bind: Binder, sources: list[str], gathered: Gathered) -> str:
    has_turns = gathered.has_turns
    is_reopened = has_turns and promise.kind == "clock" and "resolved" in promise.stop.names
    has_pauses = has_turns and (is_reopened or promise.pause != "none")
    by_category = gathered.has_spans and not _CATEGORIES.isdisjoint(fields_used(promise))
    if promise.kind == "clock":
        dues = due_ctes(promise, bind, has_pauses=has_pauses, is_reopened=is_reopened)
        ends = f"{dues},\n{_CLOCK_ENDS}"
    else:
        ends = _share_ends(promise, bind) if promise.kind == "share" else _MEAN_ENDS
    kind = "reading" if promise.passport_of else promise.kind
    return f"""
with

base as ({_base(promise, bind, sources)}
),

episodes as ({_episodes(promise, bind) if is_reopened else _ONE_EPISODE}
),

{ends},

chosen as (
    select e.*
    from ends as e
    where {_AT_DEADLINE if by_category else "e.is_last_category"}
    {_FIRST_OF_CASE if promise.subject == "case" else ""}
)

select
    {bind.add(promise.id)} as promise,
    {bind.add(promise.version)}::integer as promise_version,
    {bind.add(kind)} as kind,
    e.contact_id,
    e.number::integer as number,
    e.received_date,
    {_JUDGED if by_category else "null::varchar"} as judged_category,
    e.since_at,
    e.until_at,
    e.started_at,
    e.due_at,
    e.stopped_at,
    e.stop_kind,
    e.paused_s,
    e.value
from chosen as e
where e.is_asked {_in_force(promise, bind)}
"""


def _base(promise: Promise, bind: Binder, sources: list[str]) -> str:
    """One row a subject in the promise's base: its start, its stop, and what may end it."""
    is_exchange = promise.subject == "exchange"
    start = "x.started_at" if is_exchange else moment_sql(promise.start, bind)
    stop = "x.answered_at" if is_exchange else moment_sql(promise.stop, bind, start)
    left = "closed_at" if is_exchange else "left_at"
    gone = [f"{name}_at" for name in promise.cancel_on]
    if promise.on_abandon == "cancel":
        gone.append(left)
    is_case = promise.subject == "case"
    line = ", f.line" if promise.calendar == "staffed" else ""
    return f"""
    select
        f.contact_id,
        f.received_date,
        f.received_at,
        f.category,
        f.category_now,
        f.category_from_at,
        f.category_to_at,
        f.is_last_category,
        f.is_asked{line},
        {"coalesce(f.case_number, f.contact_id)" if is_case else "f.contact_id"} as family,
        {"coalesce(f.case_unit, family)" if is_case else "f.contact_id"} as unit,
        {"x.number" if is_exchange else "1"} as number,
        {start} as started_at,
        {stop} as stop_at,
        {_least(gone)} as gone_at,
        {left if promise.on_abandon == "breach" else _NEVER} as failed_at,
        {f"f.{promise.due_field}" if promise.due_field else _NEVER} as named_due_at,
        {moment_sql(Moments("earliest", promise.unless), bind)} as lost_at,
        {condition_sql(promise.holds, bind) if promise.holds else "true"} as does_hold
    from clock_facts as f
    {"inner join clock_exchanges as x on f.contact_id = x.contact_id" if is_exchange else ""}
    where {_where(promise, bind, sources)}"""


def _where(promise: Promise, bind: Binder, sources: list[str]) -> str:
    """The base: sources that can know, and the row's own condition."""
    where = [
        f"list_contains({bind.add(sources)}::varchar[], f.source)",
        condition_sql(promise.applies, bind),
    ]
    if promise.subject != "exchange":
        where.append(f"{moment_sql(promise.start, bind)} is not null")
    return " and ".join(where)


def _in_force(promise: Promise, bind: Binder) -> str:
    """The version of the day the clock starts on judges it; a case still has one clock."""
    bounds = ((">=", promise.valid_from), ("<", promise.valid_to))
    return "".join(
        f"and e.started_at {sign} {bind.add(bind.midnight(day))}" for sign, day in bounds if day
    )


_NEVER = "cast(null as timestamptz)"
# fields whose value may be another after a recategorisation
_CATEGORIES = frozenset({"category", "class", "has_skill"})
# the category known at the deadline decides; of a mean, at what was measured
_AT_DEADLINE = """
        coalesce(e.due_at, e.stopped_at) >= coalesce(e.category_from_at, '-infinity'::timestamptz)
        and coalesce(e.due_at, e.stopped_at) < coalesce(e.category_to_at, 'infinity'::timestamptz)
"""
_JUDGED = "case when e.category is distinct from e.category_now then coalesce(e.category, '') end"
# contacts of a case: one clock, of the first that is in the base
_FIRST_OF_CASE = """qualify
        dense_rank() over (partition by e.family order by e.received_at, e.contact_id) = 1"""
_ONE_EPISODE = f"""
    select
        b.*,
        0 as run,
        {_NEVER} as since_at,
        {_NEVER} as until_at
    from base as b"""


def _least(columns: list[str]) -> str:
    return f"least({', '.join(columns)})" if len(columns) > 1 else (*columns, _NEVER)[0]


def _episodes(promise: Promise, bind: Binder) -> str:
    """Where the subject was reopened (or a case has several contacts), its clocks one by one."""
    subject = bind.add("case" if promise.subject == "case" else "contact")
    return f"""
    select
        b.* replace (
            coalesce(t.number, b.number) as number,
            coalesce(t.started_at, b.started_at) as started_at,
            case when t.unit is null then b.stop_at else t.resolved_at end as stop_at
        ),
        coalesce(t.run, 0) as run,
        t.since_at,
        t.until_at
    from base as b
    left join clock_episodes as t on b.unit = t.unit and t.subject = {subject}"""


# whatever came first ends the clock; at the same moment the stop counts
_CLOCK_ENDS = """
ends as (
    select
        d.*,
        least(d.gone_at, d.failed_at) as away_at,
        case
            when d.stop_at <= coalesce(away_at, d.stop_at) then 'stopped'
            when d.failed_at <= coalesce(d.gone_at, d.failed_at) then 'failed'
            when d.gone_at is not null then 'gave_up'
        end as stop_kind,
        greatest(
            case when stop_kind = 'stopped' then d.stop_at else away_at end,
            case when stop_kind is not null then d.started_at end
        ) as stopped_at,
        cast(null as double) as value
    from dues as d
)"""

_MEAN_ENDS = """
ends as (
    select
        e.*,
        cast(null as timestamptz) as due_at,
        greatest(e.stop_at, e.started_at) as stopped_at,
        'stopped' as stop_kind,
        cast(null as double) as paused_s,
        (epoch_us(greatest(e.stop_at, e.started_at)) - epoch_us(e.started_at)) / 1e6 as value
    from episodes as e
    where e.stop_at is not null
)"""


def _share_ends(promise: Promise, bind: Binder) -> str:
    """A property is got at the stop; one that can be lost is certain only when it is ripe."""
    got = "e.does_hold" if not promise.stop.names else "(e.does_hold and e.stop_at is not null)"
    since = "e.due_at" if promise.unless else "e.started_at"
    return f"""
ripe as (
    select
        e.*,
        e.started_at + {bind.interval(promise.matures_s)} as due_at
    from episodes as e
),

ends as (
    select
        e.*,
        coalesce(e.lost_at <= e.due_at and e.lost_at > e.started_at, false) as is_lost,
        case
            when is_lost then e.lost_at
            when {got} then greatest({since}, e.stop_at)
        end as stopped_at,
        case when is_lost then 'failed' when {got} then 'stopped' end as stop_kind,
        cast(null as double) as paused_s,
        cast(null as double) as value
    from ripe as e
)"""
