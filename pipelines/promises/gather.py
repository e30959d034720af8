"""Facts of contacts for their promises: one wide row a contact, the table `clock_facts`.

Reads only days the asked contacts (and their neighbours in time) can lie in. All tables made here
are temporary: the caller's transaction may write the lake only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.lake.connect import Lake
from pipelines.promises.compile import fields_used, moments_used
from pipelines.promises.texts import sql_text
from pipelines.reference.model import Promise
from pipelines.reference.vocabulary import EVENT_KINDS, STAND_INS

NEIGHBOURS = timedelta(days=7)  # repeats, children and cases are looked for so far around

# event kinds the derived moments and fields are made of
_ALWAYS = {
    "queued", "answered", "abandoned", "self_served", "ended", "resolved", "replied",
    "transferred", "callback_made", "message_out", "first_response", "reopened",
    "waiting_for_citizen", "confirmation_sent", "specialist_contacted", "callback_requested",
}  # fmt: skip
# tables of neighbours: table -> the moments and fields that need it (else it is made empty)
TURNS = ("clock_turns", "clock_episodes", "clock_pauses")
OPTIONAL = {
    "clock_repeats": {"repeat"},
    "clock_redials": {"redial"},
    "clock_children": {"child_answered"},
    "clock_journal": {"is_in_journal"},
    "clock_regions": {"is_region_day"},
    "clock_peaks": {"is_peak"},
    "clock_priority": {"is_by_priority"},
}


@dataclass(frozen=True)
class Gathered:
    """What the facts hold: spares work on promises that cannot apply."""

    sources: tuple[str, ...]
    items: Mapping[str, frozenset[str]]  # source -> what it provides
    has_turns: bool  # something was reopened, paused, or several contacts share a case


def gather(lake: Lake, contacts: str, promises: list[Promise]) -> Gathered | None:
    """Make the temporary table clock_facts of the contacts in the table `contacts`.

    Returns:
        None where none of them is in the lake.
    """
    used = {name for p in promises for name in moments_used(p) | fields_used(p)}
    bounds = _bounds(lake, contacts)
    if bounds is None:
        return None
    items = _provided(lake)
    params = _params(lake, items, *bounds)
    _make(
        lake,
        "clock_contacts",
        sql_text("clock_contacts").replace("asked_contacts", contacts),
        params,
    )
    _make(lake, "clock_moments", _moments_sql(used), params)
    for name in ("clock_legs", "clock_answers", "clock_cases"):
        _make(lake, name, sql_text(name), params)
    for name, needs in OPTIONAL.items():
        sql = sql_text(name)
        _make(lake, name, sql if needs & used else f"select * from ({sql}) limit 0", params)
    _make(lake, "clock_facts", sql_text("clock_facts"), params)
    has_turns = _has_turns(lake)
    for name in TURNS if has_turns else ():
        _make(lake, name, sql_text(name), params)
    if any(p.subject == "exchange" for p in promises):
        _make(lake, "clock_exchanges", sql_text("clock_exchanges"), params)
    sources = lake.con.sql("select distinct source from clock_facts order by source").fetchall()
    return Gathered(tuple(row[0] for row in sources), items, has_turns)


def _provided(lake: Lake) -> dict[str, frozenset[str]]:
    rows = lake.con.sql("select source, list(item) from lake.source_provides group by source")
    return {source: frozenset(items) for source, items in rows.fetchall()}


def _has_turns(lake: Lake) -> bool:
    row = lake.con.sql(
        """
        select
            exists (
                select 1 from clock_moments
                where reopened_at is not null or waiting_for_citizen_at is not null
            )
            or exists (select 1 from clock_cases)
        """
    ).fetchall()[0]
    return bool(row[0])


def _make(lake: Lake, name: str, sql: str, params: dict[str, object]) -> None:
    used = {k: v for k, v in params.items() if f"${k}" in sql}
    lake.con.execute(f"create or replace temp table {name} as {sql}", used)


def _bounds(lake: Lake, contacts: str) -> tuple[datetime, datetime] | None:
    columns = {
        row[0] for row in lake.con.sql(f"select column_name from (describe {contacts})").fetchall()
    }
    # a table that knows the days spares a look through all of them
    pruned = (
        f"received_date between (select min(received_date) from {contacts}) "
        f"and (select max(received_date) from {contacts}) and"
        if "received_date" in columns
        else ""
    )
    first, last = lake.con.sql(
        f"select min(received_at), max(received_at) from lake.contacts "
        f"where {pruned} contact_id in (select contact_id from {contacts})"
    ).fetchall()[0]
    return None if first is None else (first, last)


def _params(
    lake: Lake, items: Mapping[str, frozenset[str]], first: datetime, last: datetime
) -> dict[str, object]:
    rules, zone = lake.reference.rules, lake.settings.tz

    def day(moment: datetime, shift: timedelta = timedelta(0)) -> object:
        return (moment + shift).astimezone(zone).date()

    def know(item: str) -> list[str]:
        return [source for source, known in items.items() if item in known]

    peak_days = timedelta(weeks=rules.peak_weeks)
    return {
        "first_at": first,
        "last_at": last,
        "first_day": day(first),
        "last_day": day(last),
        "around_first_at": first - NEIGHBOURS,
        "around_last_at": last + NEIGHBOURS,
        "around_first_day": day(first, -NEIGHBOURS),
        "around_last_day": day(last, NEIGHBOURS),
        "peak_first_day": day(first, -peak_days - timedelta(days=7)),
        "peak_days": peak_days.days,
        "peak_weeks_min": rules.peak_weeks_min,
        "peak_ratio": rules.peak_ratio,
        "zone": lake.settings.zone,
        "short_abandon_s": float(lake.settings.short_abandon_s),
        "know_first_response": know("first_response"),
        "know_specialist": know("specialist_contacted"),
        "know_ended": know("ended"),
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


def _moments_sql(used: set[str]) -> str:
    wanted = used | _ALWAYS | set(STAND_INS)
    columns = "\n".join(
        f"    min(e.event_at) filter (where e.kind = '{kind}') as {kind}_at,"
        for kind in EVENT_KINDS
        if kind in wanted and kind != "received"
    )
    return sql_text("clock_moments").replace("/* moments */", columns)
