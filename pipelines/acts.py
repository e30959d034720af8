"""Logs of acts on the desk: who did what about what, and when; never changed, never deleted.

The order is the desk's own (`seq`): an act is checked and written under one lock, so two people at
once act one after the other, each on what the other left. Whoever holds the lake carries acts into
its table of the same name; carried twice they are there once.
"""

import json
import sqlite3
import uuid
from collections.abc import Callable, Collection, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines import desk
from pipelines.lake.connect import Lake
from pipelines.lake.tables import insert_rows
from pipelines.settings import Settings

LATEST = 100  # acts people may have waiting
NONE: Mapping[str, Set[str]] = {}
_TABLES = """
create table if not exists {table} (
    seq integer primary key autoincrement,
    act_id text not null unique,
    acted_at text not null,
    who text not null,
    kind text not null,
    {subject} text,
    args text not null
);
create index if not exists {table}_of_subject on {table} ({subject});
create trigger if not exists {table}_stay_as_written before update on {table}
begin select raise(abort, 'an act is never changed'); end;
create trigger if not exists {table}_stay before delete on {table}
begin select raise(abort, 'an act is never deleted'); end;
"""


@dataclass(frozen=True)
class New:
    """An act to write, about a subject ("": none); `args` are plain JSON, texts in them masked."""

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


@dataclass(frozen=True)
class Log:
    """One log: its table, of the desk and of the lake, and the column that says what of."""

    table: str
    subject: str

    def acts(
        self,
        settings: Settings,
        after: int = 0,
        subjects: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
    ) -> list[Act]:
        """Return acts written after a `seq` in order; of some subjects or kinds only, or all."""
        with self._opened(settings) as con:
            return self._read(con, after, subjects, kinds)

    def write(
        self,
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
            make: gets the acts so far (of `subjects` and `kinds`; None: all); returns the new ones.
                An error of its own goes up and nothing is written.
            who: the profile; at: product time.
        """
        with self._opened(settings) as con:
            con.execute("begin immediate")
            made = make(self._read(con, 0, subjects, kinds))
            return [self._insert(con, new, who, at) for new in made]

    def fresh(self, lake: Lake, after: int) -> tuple[list[Act], int]:
        """Return the acts after a `seq` that the lake has not got, and the last `seq` there is."""
        found = self.acts(lake.settings, after)
        if not found:
            return [], after
        known = lake.frame(
            f"select act_id from lake.{self.table} where seq >= $first", {"first": found[0].seq}
        )
        have = set(known["act_id"])
        return [act for act in found if act.act_id not in have], found[-1].seq

    def carry(self, lake: Lake, new: list[Act], hidden: Mapping[str, Set[str]] = NONE) -> None:
        """Put acts into the lake, the caller's transaction; kind -> args that stay on the desk."""
        insert_rows(lake.con, self.table, [self._row(act, hidden) for act in new])

    def pending(self, lake: Lake) -> int:
        """Return how many of the latest acts of the desk are not in the lake yet."""
        with self._opened(lake.settings) as con:
            rows = con.execute(
                f"select act_id from {self.table} order by seq desc limit ?", (LATEST,)
            ).fetchall()
        known = lake.frame(
            f"select count(*) as n from lake.{self.table} "
            "where list_contains($ids::varchar[], act_id)",
            {"ids": [row["act_id"] for row in rows]},
        )
        return len(rows) - int(known.item())

    def _opened(self, settings: Settings) -> AbstractContextManager[sqlite3.Connection]:
        return desk.opened(settings, _TABLES.format(table=self.table, subject=self.subject))

    def _read(
        self,
        con: sqlite3.Connection,
        after: int,
        subjects: Collection[str] | None,
        kinds: Collection[str] | None,
    ) -> list[Act]:
        sql, values = f"select * from {self.table} where seq > ?", list[object]([after])
        for column, wanted in ((self.subject, subjects), ("kind", kinds)):
            if wanted is not None:
                # as one JSON text: a statement takes a limited number of values
                sql += f" and {column} in (select value from json_each(?))"
                values.append(json.dumps(sorted(wanted)))
        return [self._act(row) for row in con.execute(f"{sql} order by seq", values)]

    def _insert(self, con: sqlite3.Connection, new: New, who: str, at: datetime) -> Act:
        args = json.dumps(new.args, ensure_ascii=False)
        values = (uuid.uuid4().hex[:12], at.isoformat(), who, new.kind, new.subject or None, args)
        return self._act(
            con.execute(
                f"insert into {self.table} (act_id, acted_at, who, kind, {self.subject}, args) "
                "values (?, ?, ?, ?, ?, ?) returning *",
                values,
            ).fetchone()
        )

    def _row(self, act: Act, hidden: Mapping[str, Set[str]]) -> dict[str, object]:
        left = {"text", *hidden.get(act.kind, ())}  # the text has a column of its own
        args = {name: value for name, value in act.args.items() if name not in left}
        return {
            "act_id": act.act_id,
            "seq": act.seq,
            "acted_at": act.acted_at,
            "who": act.who,
            "kind": act.kind,
            self.subject: act.subject or None,
            "text": act.args.get("text") or None,
            "args": json.dumps(args, ensure_ascii=False),
        }

    def _act(self, row: sqlite3.Row) -> Act:
        return Act(
            seq=row["seq"],
            act_id=row["act_id"],
            acted_at=datetime.fromisoformat(row["acted_at"]),
            who=row["who"],
            kind=row["kind"],
            subject=row[self.subject] or "",
            args=json.loads(row["args"]),
        )
