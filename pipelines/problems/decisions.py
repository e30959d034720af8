"""What analysts decide about the category of contacts: written on the desk, carried into the lake.

A decision is appended, never changed; the last one of a contact counts. No log that comes later
takes its place (`lake/replaced.py`, `conform/rederive_headers.py`), and the next version of the
categoriser learns from it.
"""

import json
import sqlite3
import uuid
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from pipelines import desk
from pipelines.errors import ActError, nearest
from pipelines.lake.commit import mark_dirty
from pipelines.lake.connect import Lake
from pipelines.settings import Settings
from pipelines.touched import note_touched, replace_clocks

TABLES = """
create table if not exists category_decisions (
    seq integer primary key autoincrement,
    decision_id text not null,
    decided_at text not null,
    who text not null,
    contact_id text not null,
    category text
);
create index if not exists decisions_of_contact on category_decisions (contact_id);
create trigger if not exists decisions_stay_as_written before update on category_decisions
begin select raise(abort, 'a decision is never changed'); end;
create trigger if not exists decisions_stay before delete on category_decisions
begin select raise(abort, 'a decision is never deleted'); end;
"""
COLUMNS: dict[str, pl.DataType] = {
    "seq": pl.Int64(),
    "decision_id": pl.String(),
    "decided_at": pl.Datetime("us", "UTC"),
    "who": pl.String(),
    "contact_id": pl.String(),
    "category": pl.String(),
}


def choices(lake: Lake) -> list[str]:
    """Return the categories a contact can be given: of reference data, then others logs use."""
    found = lake.frame(
        "select distinct category from lake.contacts "
        "where category_source = 'recorded' and category is not null order by category"
    )["category"]
    known = list(lake.reference.categories)
    return known + [name for name in found if name not in lake.reference.categories]


def decide(
    lake: Lake,
    who: str,
    at: datetime,
    contact_ids: Sequence[str],
    category: str | None,
    instead_of: str | None = None,
) -> str:
    """Decide the category of contacts and return the id of the decision.

    Args:
        lake: open for reading.
        who: id of the profile. at: product time.
        contact_ids: contacts of one text, as far as the person may see them.
        category: None: none of the known ones fits.
        instead_of: the decision the person saw and now changes; None: none was made.

    Raises:
        ActError: an unknown category or contact, or somebody else decided otherwise meanwhile.
    """
    ids = sorted(set(contact_ids))
    if category is not None and category not in (known := choices(lake)):
        raise ActError("unknown", f"unknown category '{category}'{nearest(category, known)}")
    found = lake.frame(
        "select count(*) as n from lake.contacts where list_contains($ids::varchar[], contact_id)",
        {"ids": ids},
    )
    if not ids or found.item() < len(ids):
        raise ActError("not_there", f"{found.item()} of {len(ids)} contacts are in the lake")
    decision_id = uuid.uuid4().hex[:12]
    with desk.opened(lake.settings, TABLES) as con:
        con.execute("begin immediate")
        for other, decided in _standing(con, ids):
            if other != instead_of and decided != category:
                raise ActError("decided_meanwhile", f"decided as {decided} by another meanwhile")
        con.executemany(
            "insert into category_decisions (decision_id, decided_at, who, contact_id, category) "
            "values (?, ?, ?, ?, ?)",
            [(decision_id, at.isoformat(), who, one, category) for one in ids],
        )
    return decision_id


def _standing(con: sqlite3.Connection, ids: list[str]) -> list[tuple[str, str | None]]:
    """Return id and category of the last decision of each contact that has one."""
    return [
        (row["decision_id"], row["category"])
        for row in con.execute(
            "select decision_id, category, max(seq) from category_decisions "
            "where contact_id in (select value from json_each(?)) group by contact_id",
            (json.dumps(ids),),
        )
    ]


def decisions(settings: Settings, after: int = 0) -> pl.DataFrame:
    """Return the decisions written after a `seq`, one row a contact, in order (COLUMNS)."""
    with desk.opened(settings, TABLES) as con:
        rows = con.execute(
            "select seq, decision_id, decided_at, who, contact_id, category "
            "from category_decisions where seq > ? order by seq",
            (after,),
        ).fetchall()
    made = [{**dict(row), "decided_at": datetime.fromisoformat(row["decided_at"])} for row in rows]
    return pl.DataFrame(made, schema=COLUMNS)


def waiting(lake: Lake) -> tuple[str, ...]:
    """Return the contacts with a decision on the desk that the lake does not have yet."""
    last = lake.frame("select coalesce(max(seq), 0) as seq from lake.category_decisions").item()
    return tuple(sorted(set(decisions(lake.settings, int(last))["contact_id"])))


DECIDED = """
create or replace temp table decided as
select
    contacts.contact_id, contacts.received_date, last.category,
    contacts.category as was, contacts.category_source as was_source
from (
    select contact_id, arg_max({category: category}, seq).category as category
    from new_decisions group by contact_id
) as last
inner join lake.contacts as contacts on last.contact_id = contacts.contact_id
"""
KEPT = """
insert into lake.category_decisions by name
select new_decisions.*, decided.was, decided.was_source
from new_decisions left join decided on new_decisions.contact_id = decided.contact_id
"""
GIVEN = """
update lake.contacts as contacts
set category = decided.category, category_source = 'analyst'
from decided
where contacts.contact_id = decided.contact_id
    and contacts.received_date = decided.received_date
"""


def carry(lake: Lake, after: int = 0) -> int:
    """Carry the decisions after a `seq` into the lake; return the last one there is.

    Contacts get their category, their clocks and those of their citizens' earlier contacts are
    judged again, their days marked dirty. Done twice it changes nothing.

    Args:
        lake: open for writing; no transaction is open.
        after: what this process has carried before; 0: look at every decision.
    """
    found = decisions(lake.settings, after)
    if found.is_empty():
        return after
    known = lake.frame(
        "select distinct decision_id from lake.category_decisions where seq >= $first",
        {"first": found[0, "seq"]},
    )
    new = found.join(known, on="decision_id", how="anti")
    if len(new):
        with lake.transaction():
            lake.con.register("new_decisions", new)
            lake.con.execute(DECIDED)
            lake.con.execute(KEPT)
            lake.con.unregister("new_decisions")
            lake.con.execute(GIVEN)
            note_touched(lake, "decided")
            replace_clocks(lake, "touched")
            mark_dirty(lake, "touched", needs_clocks=False)
    return int(found[-1, "seq"])
