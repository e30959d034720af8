"""Clocks: promises compiled to SQL over `clock_facts`, all of them one statement.

Each is a select of its base; what follows is one select for all promises made the same way: a
statement of fifty long selects takes as long to plan as to run for thousands of contacts.
"""

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.promises.calendars import due_ctes
from pipelines.promises.compile import Binder, moment_sql
from pipelines.promises.facts import Judged, make_facts
from pipelines.promises.gather import forget, forget_facts, gather
from pipelines.promises.ways import Way, way_of
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
    columns = ", ".join(f"{name} {kind}" for name, kind in TABLES["clocks"].items())
    lake.con.execute(f"create or replace temp table new_clocks ({columns})")
    promises = [
        p for p in lake.reference.promises if p.kind != "coverage" and p.subject != "incident"
    ]
    gathered = gather(lake, contacts, promises)
    if gathered is None:
        return
    ways: dict[Way, list[Judged]] = {}
    for judged in make_facts(lake, gathered, promises):
        way = way_of(judged.promise, has_turns=gathered.has_turns, has_spans=gathered.has_spans)
        ways.setdefault(way, []).append(judged)
    forget_facts(lake, gathered)
    if ways:
        bind = Binder(lake.settings.tz)
        union = " union all by name ".join(
            f"select * from ({_select_sql(way, some, bind)})" for way, some in ways.items()
        )
        lake.con.execute(f"insert into new_clocks by name {union}", bind.params)
    forget(lake, gathered)


def _select_sql(way: Way, some: list[Judged], bind: Binder) -> str:
    """The clocks of promises made the same way."""
    if way.kind == "clock":
        ends = f"{due_ctes(way, bind)},\n{_CLOCK_ENDS}"
    else:
        ends = _share_ends(is_losable=way.is_losable) if way.kind == "share" else _MEAN_ENDS
    base = " union all ".join(_base(way, judged, bind) for judged in some)
    return f"""
with

base as ({base}
),

episodes as ({_episodes(way, bind) if way.is_reopened else _ONE_EPISODE}
),

{ends},

chosen as (
    select e.*
    from ends as e
    where {_AT_DEADLINE if way.by_category else "true"}
    {_FIRST_OF_CASE if way.subject == "case" else ""}
)

select
    e.promise,
    e.promise_version,
    e.kind,
    e.contact_id,
    e.number::integer as number,
    e.received_date,
    {_JUDGED if way.by_category else "null::varchar"} as judged_category,
    e.since_at,
    e.until_at,
    e.started_at,
    e.due_at,
    e.stopped_at,
    e.stop_kind,
    e.paused_s,
    e.value
from chosen as e
where {"e.is_asked" if way.subject == "case" else "true"} {_IN_FORCE if way.is_dated else ""}
"""


def _base(way: Way, judged: Judged, bind: Binder) -> str:
    """One row a subject in the promise's base: its start, its stop, and what may end it."""
    promise = judged.promise
    is_exchange = way.subject == "exchange"
    start = "x.started_at" if is_exchange else moment_sql(promise.start, bind)
    stop = "x.answered_at" if is_exchange else moment_sql(promise.stop, bind, start)
    kind = "reading" if promise.passport_of else promise.kind
    columns = {
        "rule": f"{judged.rule}",
        "promise": bind.add(promise.id),
        "promise_version": f"{bind.add(promise.version)}::integer",
        "kind": bind.add(kind),
        "contact_id": "f.contact_id",
        "received_date": "f.received_date",
        "unit": "f.contact_id",
        "number": "x.number" if is_exchange else "1",
        "started_at": start,
        "stop_at": stop,
    }
    if way.kind == "clock":
        columns |= _clock_columns(promise, bind, left="closed_at" if is_exchange else "left_at")
    if way.kind == "share":
        stopped = f" and {stop} is not null" if promise.stop.names else ""
        columns |= {
            "target_us": f"{bind.add(promise.matures_s * 1_000_000)}::bigint",
            "lost_at": moment_sql(Moments("earliest", promise.unless), bind),
            "is_got": f"{judged.does_hold}{stopped}",
        }
    if way.subject == "case":
        columns |= {
            "is_asked": "f.is_asked",
            "received_at": "f.received_at",
            "family": "coalesce(f.case_number, f.contact_id)",
            "unit": "coalesce(f.case_unit, f.case_number, f.contact_id)",
        }
    if way.calendar == "staffed":
        columns["line"] = "f.line"
    if way.by_category:
        columns |= {name: f"f.{name}" for name in _OF_CATEGORY}
    if way.is_dated:
        days = (("in_force_from", promise.valid_from), ("in_force_to", promise.valid_to))
        for name, day in days:
            columns[name] = f"{bind.add(day and bind.midnight(day))}::timestamptz"
    listed = ",\n        ".join(f"{sql} as {name}" for name, sql in columns.items())
    return f"""
    select
        {listed}
    from clock_facts as f
    {"inner join clock_exchanges as x on f.contact_id = x.contact_id" if is_exchange else ""}
    where f.{judged.in_base}"""


def _clock_columns(promise: Promise, bind: Binder, left: str) -> dict[str, str]:
    """What moves the due time and what ends a clock beside its stop."""
    gone = [f"{name}_at" for name in promise.cancel_on]
    if promise.on_abandon == "cancel":
        gone.append(left)
    target_us = None if promise.target_s is None else promise.target_s * 1_000_000
    return {
        "gone_at": _least(gone),
        "failed_at": left if promise.on_abandon == "breach" else _NEVER,
        "target_us": f"{bind.add(target_us)}::bigint",
        "named_due_at": f"f.{promise.due_field}" if promise.due_field else _NEVER,
    }


_NEVER = "cast(null as timestamptz)"
_OF_CATEGORY = ("category", "category_now", "category_from_at", "category_to_at")
# the category known at the deadline decides; of a mean, at what was measured
_AT_DEADLINE = """
        coalesce(e.due_at, e.stopped_at) >= coalesce(e.category_from_at, '-infinity'::timestamptz)
        and coalesce(e.due_at, e.stopped_at) < coalesce(e.category_to_at, 'infinity'::timestamptz)
"""
_JUDGED = "case when e.category is distinct from e.category_now then coalesce(e.category, '') end"
# the version of the day the clock starts on judges it; a case still has one clock
_IN_FORCE = """
    and e.started_at >= coalesce(e.in_force_from, '-infinity'::timestamptz)
    and e.started_at < coalesce(e.in_force_to, 'infinity'::timestamptz)"""
# contacts of a case: one clock, of the first that is in the base; who comes a week after the last
# has one of its own, for who is judged now knows no more of the case (gather.NEIGHBOURS)
_FIRST_OF_CASE = """qualify
        coalesce(
            max(e.received_at) over (
                partition by e.rule, e.family
                order by e.received_at, e.contact_id
                groups between unbounded preceding and 1 preceding
            ) < e.received_at - interval 7 days,
            true
        )"""
_ONE_EPISODE = f"""
    select
        b.*,
        0 as run,
        {_NEVER} as since_at,
        {_NEVER} as until_at
    from base as b"""


def _least(columns: list[str]) -> str:
    return f"least({', '.join(columns)})" if len(columns) > 1 else (*columns, _NEVER)[0]


def _episodes(way: Way, bind: Binder) -> str:
    """Where the subject was reopened (or a case has several contacts), its clocks one by one."""
    subject = bind.add("case" if way.subject == "case" else "contact")
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


def _share_ends(*, is_losable: bool) -> str:
    """A property is got at the stop; one that can be lost is certain only when it is ripe."""
    since = "e.due_at" if is_losable else "e.started_at"
    return f"""
ripe as (
    select
        e.*,
        e.started_at + to_microseconds(e.target_us) as due_at
    from episodes as e
),

ends as (
    select
        e.*,
        coalesce(e.lost_at <= e.due_at and e.lost_at > e.started_at, false) as is_lost,
        case
            when is_lost then e.lost_at
            when e.is_got then greatest({since}, e.stop_at)
        end as stopped_at,
        case when is_lost then 'failed' when e.is_got then 'stopped' end as stop_kind,
        cast(null as double) as paused_s,
        cast(null as double) as value
    from ripe as e
)"""
