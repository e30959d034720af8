"""The acts of reviewers, operators and who decides, on the desk: never changed, never deleted.

The order is the desk's own (`seq`). Acts are checked and written under one lock, so of two people
at once the second sees what the first did.
"""

import json
import sqlite3
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines import desk
from pipelines.settings import Settings

# subject of `form_used`: form_id; of `sampled`: sample_id; of `contested` (and its `decided`):
# appeal_id of a contact; of the rest: review_id
KINDS = (
    "form_used", "sampled", "assigned", "drafted", "submitted", "confirmed", "appealed",
    "contested", "decided",
)  # fmt: skip
TABLES = """
create table if not exists review_acts (
    seq integer primary key autoincrement,
    act_id text not null unique,
    acted_at text not null,
    who text not null,
    kind text not null,
    subject text not null,
    args text not null
);
create index if not exists review_acts_of_subject on review_acts (subject);
create trigger if not exists review_acts_stay_as_written before update on review_acts
begin select raise(abort, 'an act is never changed'); end;
create trigger if not exists review_acts_stay before delete on review_acts
begin select raise(abort, 'an act is never deleted'); end;
"""


@dataclass(frozen=True)
class New:
    """An act to write; `args` are plain JSON values, texts in them masked."""

    kind: str
    subject: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Act:
    """A written act; times in `args` are ISO 8601 with an offset."""

    seq: int
    act_id: str
    acted_at: datetime
    who: str
    kind: str
    subject: str
    args: dict[str, Any]


def acts(
    settings: Settings,
    after: int = 0,
    subjects: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
) -> list[Act]:
    """Return the acts written after a `seq` in order; of some subjects or kinds only, or all."""
    with desk.opened(settings, TABLES) as con:
        return _read(con, after, subjects, kinds)


def last_ids(settings: Settings, n: int) -> list[str]:
    """Return the ids of the latest acts, n at most."""
    with desk.opened(settings, TABLES) as con:
        rows = con.execute("select act_id from review_acts order by seq desc limit ?", (n,))
        return [row["act_id"] for row in rows]


def write(
    settings: Settings,
    make: Callable[[list[Act]], list[New]],
    *,
    who: str,
    at: datetime,
    subjects: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
) -> list[Act]:
    """Write acts under the lock of the desk, all or none.

    Args:
        make: gets the acts so far (of `subjects` and `kinds`; None: all); returns the new ones. An
            error of its own goes up and nothing is written.
        who: the profile; at: product time.
    """
    with desk.opened(settings, TABLES) as con:
        con.execute("begin immediate")
        return [_insert(con, new, who, at) for new in make(_read(con, 0, subjects, kinds))]


def _insert(con: sqlite3.Connection, new: New, who: str, at: datetime) -> Act:
    return _act(
        con.execute(
            "insert into review_acts (act_id, acted_at, who, kind, subject, args) "
            "values (?, ?, ?, ?, ?, ?) returning *",
            (
                uuid.uuid4().hex[:12],
                at.isoformat(),
                who,
                new.kind,
                new.subject,
                json.dumps(new.args, ensure_ascii=False),
            ),
        ).fetchone()
    )


def _read(
    con: sqlite3.Connection,
    after: int,
    subjects: Collection[str] | None,
    kinds: Collection[str] | None,
) -> list[Act]:
    sql, values = "select * from review_acts where seq > ?", list[object]([after])
    for column, wanted in (("subject", subjects), ("kind", kinds)):
        if wanted is not None:
            # as one JSON text: a statement takes a limited number of values
            sql += f" and {column} in (select value from json_each(?))"
            values.append(json.dumps(sorted(wanted)))
    return [_act(row) for row in con.execute(f"{sql} order by seq", values)]


def _act(row: sqlite3.Row) -> Act:
    return Act(
        seq=row["seq"],
        act_id=row["act_id"],
        acted_at=datetime.fromisoformat(row["acted_at"]),
        who=row["who"],
        kind=row["kind"],
        subject=row["subject"],
        args=json.loads(row["args"]),
    )
