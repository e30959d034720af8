"""The acts of a shift on the desk: who did what, when; never changed, never deleted.

The order is the desk's own (`seq`): an act is checked and written under one lock, so two people at
once act one after the other, each on what the other left.
"""

import json
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines import desk
from pipelines.settings import Settings

# of an incident, in the order they may come; `note` and `handover` need none; of weeks there are
# those of decisions.py besides
KINDS = (
    "opened", "changed", "complex", "announced", "silenced", "restored", "resumed", "withdrawn",
    "notified", "note", "handover",
    # of the register of actions (actions.py); their incident_id is the id of the action
    "action_opened", "action_done", "action_dropped", "action_note",
    # of sub-topics of categories (subtopics.py); their incident_id is the id of the sub-topic
    "subtopic_renamed", "subtopic_merged", "subtopic_split", "subtopic_hidden", "subtopic_shown",
    # of coaching (coaching.py); their incident_id is the id of the entry
    "coaching_agreed", "coaching_noted", "coaching_done", "coaching_dropped", "coaching_added",
    "coaching_answered",
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """One act: `args` are plain JSON values, times in them ISO 8601 with an offset."""

    seq: int
    act_id: str
    acted_at: datetime
    who: str
    kind: str
    incident_id: str | None
    args: dict[str, Any]


def acts(
    settings: Settings, after: int = 0, incident_ids: Sequence[str] | None = None
) -> list[Act]:
    """Return the acts written after a `seq`, of some incidents only or of all, in order."""
    with desk.opened(settings) as con:
        return _read(con, after, incident_ids)


def last_ids(settings: Settings, n: int) -> list[str]:
    """Return the ids of the latest acts, n at most."""
    with desk.opened(settings) as con:
        rows = con.execute("select act_id from acts order by seq desc limit ?", (n,)).fetchall()
    return [row["act_id"] for row in rows]


def write(
    settings: Settings,
    make: Callable[[list[Act]], dict[str, Any]],
    *,
    kind: str,
    who: str,
    at: datetime,
    incident_id: str | None,
    of_all: bool = False,
) -> Act:
    """Write one act under the lock of the desk.

    Args:
        make: gets the acts so far (of the incident, or `of_all`); returns the args of the new one.
            An error of its own is raised and nothing is written.
        kind: of KINDS; who: the profile; at: product time; incident_id: None: of the shift.
    """
    with desk.opened(settings) as con:
        con.execute("begin immediate")
        wanted = None if of_all else [incident_id] if incident_id else []
        args = make(_read(con, 0, wanted))
        act_id = uuid.uuid4().hex[:12]
        row = con.execute(
            "insert into acts (act_id, acted_at, who, kind, incident_id, args) "
            "values (?, ?, ?, ?, ?, ?) returning *",
            (act_id, at.isoformat(), who, kind, incident_id, json.dumps(args, ensure_ascii=False)),
        ).fetchone()
        return _act(row)


def _read(con: sqlite3.Connection, after: int, incident_ids: Sequence[str] | None) -> list[Act]:
    sql, values = "select * from acts where seq > ?", list[object]([after])
    if incident_ids is not None:
        sql += f" and incident_id in ({', '.join('?' * len(incident_ids))})"
        values += incident_ids
    return [_act(row) for row in con.execute(f"{sql} order by seq", values)]


def _act(row: sqlite3.Row) -> Act:
    return Act(
        seq=row["seq"],
        act_id=row["act_id"],
        acted_at=datetime.fromisoformat(row["acted_at"]),
        who=row["who"],
        kind=row["kind"],
        incident_id=row["incident_id"],
        args=json.loads(row["args"]),
    )
