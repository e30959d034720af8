"""What facts of contacts are made of: their rows, neighbours, first moments and turns.

Reads only days the asked contacts and their neighbours can lie in, each table of the lake once: a
look into the lake costs milliseconds whatever it returns. All tables made here are temporary: the
caller's transaction may write the lake only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipelines.lake.connect import Lake
from pipelines.promises.compile import fields_used, moments_used
from pipelines.promises.peaks import make_peaks
from pipelines.promises.texts import sql_text
from pipelines.reference.model import Promise
from pipelines.reference.vocabulary import EVENT_KINDS, NOT, STAND_INS

NEIGHBOURS = timedelta(days=7)  # repeats, continuations and cases are looked for so far around
SMALL = 20_000  # up to so many contacts their events are copied, beyond they are read in place

# event kinds the derived moments and fields are made of
_ALWAYS = {
    "queued", "answered", "abandoned", "self_served", "ended", "resolved", "replied",
    "transferred", "callback_made", "message_out", "first_response", "reopened",
    "waiting_for_citizen", "confirmation_sent", "specialist_contacted", "callback_requested",
    "message_in", "hold_started",
}  # fmt: skip
# tables of single facts -> (when it is worth making, its columns where it is not)
_OPTIONAL = {
    "clock_answers": (
        "exists (select 1 from clock_moments where transferred_at is not null) "
        "or exists (select 1 from clock_operators where team = $reserve_team)",
        "transfer_answered_at timestamptz, reserve_team_at timestamptz",
    ),
    "clock_exchanges": (
        "exists (select 1 from clock_moments where message_in_at is not null)",
        "number bigint, started_at timestamptz, answered_at timestamptz",
    ),
    "clock_repeats": (
        "exists (select 1 from clock_asked where citizen_key is not null)",
        "repeat_at timestamptz",
    ),
    "clock_redials": (
        "exists (select 1 from clock_moments where transferred_at is not null)",
        "redial_at timestamptz",
    ),
    "clock_children": (
        "exists (select 1 from clock_around where parent_contact_id is not null)",
        "child_answered_at timestamptz",
    ),
    "clock_regions": (
        "exists (select 1 from clock_asked where region is not null)",
        "is_region_day boolean",
    ),
    "clock_priority": (
        "exists (select 1 from clock_asked where menu_choice is not null and not is_staffed)",
        "is_by_priority boolean",
    ),
}
_TURNS = ("clock_turns", "clock_changes", "clock_episodes", "clock_pauses")
_HAS_TURNS = """
    exists (
        select 1 from clock_moments
        where reopened_at is not null or waiting_for_citizen_at is not null
    )
    or exists (select 1 from clock_cases)
"""


# rows of every contact, event or leg: what is left is small or a view
_OF_CLOCKS = ("clock_facts", "clock_exchanges", "clock_episodes", "clock_pauses")
_OF_FACTS = (
    "clock_asked", "clock_moments", "clock_legs", "clock_cases", "clock_answers", "clock_repeats",
    "clock_redials", "clock_children", "clock_regions", "clock_priority", "clock_journal",
    "clock_peak_calls", "clock_around", "clock_mates", "clock_ids", "clock_spans", "clock_turns",
    "clock_changes",
)  # fmt: skip


@dataclass(frozen=True)
class Gathered:
    """What the facts hold: spares work on promises that cannot apply."""

    sources: tuple[str, ...]
    items: Mapping[str, frozenset[str]]  # source -> what it provides
    params: Mapping[str, object]  # of the texts of this folder
    is_small: bool  # so few contacts that statements cost more than rows
    has_turns: bool  # something was reopened, paused, or several contacts share a case
    has_spans: bool  # a contact was recategorised

    def knowing(self, promise: Promise) -> list[str]:
        """Return the sources that can know a promise."""
        return [s for s in self.sources if provides(promise, self.items.get(s, ()))]


def provides(promise: Promise, items: Iterable[str]) -> bool:
    """Tell whether a source that knows these items can know the promise."""
    known = set(items)
    return all(not known.isdisjoint(group) for group in promise.provides)


def gather(lake: Lake, contacts: str, promises: list[Promise]) -> Gathered | None:
    """Make the temporary tables clock_facts.sql reads, of the contacts in the table `contacts`.

    Returns:
        None where none of them is in the lake.
    """
    lake.con.execute(f"create or replace temp table clock_asked as {_asked_sql(lake, contacts)}")
    first, last, n = lake.con.sql(
        "select min(received_at), max(received_at), count(*) from clock_asked"
    ).fetchall()[0]
    if not n:
        return None
    items = _provided(lake)
    params = _params(lake, items, first, last)
    used = {name for p in promises for name in moments_used(p) | fields_used(p)}
    _make_neighbours(lake, params)
    params |= _own_days(lake)
    kinds = _make_rows(lake, params, is_small=n <= SMALL)
    make_table(lake, "clock_moments", _moments_sql(used, kinds), params)
    for name in ("clock_legs", "clock_cases"):
        make_table(lake, name, sql_text(name), params)
    for name, (is_worth, columns) in _OPTIONAL.items():
        is_empty = not _true(lake, is_worth, params)
        make_table(lake, name, sql_text(name), params, columns if is_empty else None)
    _make_journal(lake, params)
    make_peaks(lake, params, is_small=n <= SMALL)
    make_table(lake, "clock_peak_calls", sql_text("clock_peak_calls"), params)
    has_spans = "recategorised" in kinds
    empty = None if has_spans else "category varchar, from_at timestamptz, to_at timestamptz"
    make_table(lake, "clock_spans", sql_text("clock_spans"), params, empty)
    has_turns = _true(lake, _HAS_TURNS)
    for name in _TURNS if has_turns else ():
        make_table(lake, name, sql_text(name), params)
    found = lake.con.sql("select distinct source from clock_contacts order by source").fetchall()
    sources = tuple(row[0] for row in found)
    return Gathered(sources, items, params, n <= SMALL, has_turns, has_spans)


def forget_facts(lake: Lake, gathered: Gathered) -> None:
    """Drop what facts were made of where it is large: their clocks are made next."""
    _drop(lake, gathered, _OF_FACTS)


def forget(lake: Lake, gathered: Gathered) -> None:
    """Drop the other tables that grow with the contacts, where they are large: marts are next."""
    _drop(lake, gathered, _OF_CLOCKS)


def _drop(lake: Lake, gathered: Gathered, names: tuple[str, ...]) -> None:
    for name in () if gathered.is_small else names:
        lake.con.execute(f"drop table if exists temp.{name}")


def make_table(
    lake: Lake, name: str, sql: str, params: Mapping[str, object], empty: str | None = None
) -> None:
    """Make a temporary table by a statement and the values it names, or an empty one."""
    if empty is not None:
        lake.con.execute(f"create or replace temp table {name} (contact_id varchar, {empty})")
        return
    used = {k: v for k, v in params.items() if f"${k}" in sql}
    lake.con.execute(f"create or replace temp table {name} as {sql}", used)


def _true(lake: Lake, condition: str, params: Mapping[str, object] | None = None) -> bool:
    used = {k: v for k, v in (params or {}).items() if f"${k}" in condition}
    return bool(lake.con.execute(f"select {condition}", used).fetchall()[0][0])


def _asked_sql(lake: Lake, contacts: str) -> str:
    columns = {row[0] for row in lake.con.sql(f"describe {contacts}").fetchall()}
    # a table that knows the days spares a look through all of them
    days = ""
    if "received_date" in columns:
        first, last = lake.con.sql(
            f"select min(received_date), max(received_date) from {contacts}"
        ).fetchall()[0]
        if first is not None:
            days = f"c.received_date between date '{first:%Y-%m-%d}' and date '{last:%Y-%m-%d}' and"
    text = sql_text("clock_asked").replace("asked_contacts", contacts)
    return text.replace("/* days */", days)


def _make_neighbours(lake: Lake, params: Mapping[str, object]) -> None:
    """Read the lake: neighbours, the rest of cases; name all whose events and legs are read."""
    make_table(lake, "clock_around", sql_text("clock_around"), params)
    has_mates = _true(
        lake,
        "exists (select 1 from clock_around where case_number in (select case_number from "
        "clock_asked) and contact_id not in (select contact_id from clock_asked))",
    )
    mates = sql_text("clock_mates") if has_mates else "select * from clock_asked limit 0"
    make_table(lake, "clock_mates", mates, params)
    lake.con.execute(f"create or replace temp view clock_contacts as {sql_text('clock_contacts')}")
    make_table(
        lake,
        "clock_ids",
        "select contact_id, received_date from clock_contacts union "
        "select contact_id, received_date from clock_around where parent_contact_id is not null",
        params,
    )


def _own_days(lake: Lake) -> dict[str, object]:
    """The days of these contacts: their events and legs lie in these, most neighbours beside."""
    first, last = lake.con.sql(
        "select min(received_date), max(received_date) from clock_ids"
    ).fetchall()[0]
    return {"own_first_day": first, "own_last_day": last}


def _make_rows(lake: Lake, params: Mapping[str, object], *, is_small: bool) -> set[str]:
    """Read the lake: events, legs, operators; return the kinds of events."""
    for name in ("clock_event_rows", "clock_leg_rows"):
        sql = _bound_days(sql_text(name), params)
        if is_small:
            make_table(lake, f"{name}_copy", sql, {})
            sql = f"select * from {name}_copy"
        lake.con.execute(f"create or replace temp view {name} as {sql}")
    make_table(lake, "clock_operators", "select * from lake.operators", params)
    # of all contacts of these days: cheaper than looking whose they are
    kinds = "select distinct kind from clock_event_rows_copy"
    if not is_small:
        kinds = (
            "select distinct kind from lake.events "
            "where received_date between $own_first_day and $own_last_day"
        )
    used = {k: v for k, v in params.items() if f"${k}" in kinds}
    return {row[0] for row in lake.con.execute(kinds, used).fetchall()}


def _bound_days(sql: str, params: Mapping[str, object]) -> str:
    """Write days into the text of a view, which cannot hold parameters."""
    for name, value in params.items():
        if isinstance(value, date) and not isinstance(value, datetime):
            sql = sql.replace(f"${name}", f"date '{value:%Y-%m-%d}'")
    return sql


def _make_journal(lake: Lake, params: Mapping[str, object]) -> None:
    first, last = lake.con.sql(
        "select min(received_date), max(received_date) from lake.journal"
    ).fetchall()[0]
    days = {"journal_first_day": first, "journal_last_day": last}
    empty = "is_in_journal boolean" if first is None else None
    make_table(lake, "clock_journal", sql_text("clock_journal"), {**params, **days}, empty)


def _provided(lake: Lake) -> dict[str, frozenset[str]]:
    rows = lake.con.sql("select source, list(item) from lake.source_provides group by source")
    return {source: frozenset(items) for source, items in rows.fetchall()}


def _params(
    lake: Lake, items: Mapping[str, frozenset[str]], first: datetime, last: datetime
) -> dict[str, object]:
    rules, zone = lake.reference.rules, lake.settings.tz
    horizon = timedelta(seconds=rules.priority_horizon_s)

    def day(moment: datetime, shift: timedelta = timedelta(0)) -> date:
        return (moment + shift).astimezone(zone).date()

    def know(*kinds: str) -> list[str]:
        return [
            source
            for source, known in items.items()
            if not known.isdisjoint(kinds) and f"{NOT}{kinds[0]}" not in known
        ]

    return {
        "first_at": first,
        "last_at": last,
        "around_first_at": first - NEIGHBOURS,
        "around_last_at": last + NEIGHBOURS,
        "around_first_day": day(first, -NEIGHBOURS),
        "around_last_day": day(last, NEIGHBOURS),
        "queue_first_day": day(first, -horizon),
        "queue_last_day": day(last, horizon),
        "zone": lake.settings.zone,
        "short_abandon_s": float(lake.settings.short_abandon_s),
        "know_first_response": know("first_response"),
        "know_specialist": know("specialist_contacted"),
        "know_ended": know("ended"),
        "know_holds": know("hold_s", "hold_started"),
        "spoken": list(rules.languages_spoken),
        "english_skill": rules.english_skill,
        "reserve_line": rules.reserve_line,
        "reserve_team": rules.reserve_team,
        "day_opens_s": rules.region_day[0],
        "day_closes_s": rules.region_day[1],
        "horizon_s": rules.priority_horizon_s,
        "reopen_s": lake.settings.reopen_hours * 3600,
        "pause_max_s": rules.pause_max_s,
    }


def _moments_sql(used: set[str], kinds: set[str]) -> str:
    wanted = used | _ALWAYS | set(STAND_INS)
    columns = "\n".join(
        f"    min(e.event_at) filter (where e.kind = '{kind}') as {kind}_at,"
        if kind in kinds
        else f"    null::timestamptz as {kind}_at,"
        for kind in EVENT_KINDS
        if kind in wanted and kind != "received"
    )
    return sql_text("clock_moments").replace("/* moments */", columns)
