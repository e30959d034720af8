"""Episodes of alerts, their notes and their messages on the desk: the only SQL over them.

Times are ISO texts in UTC. `since_at … end_told_at` are product time (lake.now()), the rest is the
wall clock's: a message is retried by it even where the product replays an older day.
"""

import re
import sqlite3
import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import polars as pl

from pipelines.cleaning.mask import mask
from pipelines.desk import opened
from pipelines.errors import QueryError, UsageError, nearest
from pipelines.metrics.query import EVERYTHING, Scope
from pipelines.settings import Settings, wall_now

TABLES = """
create table if not exists alerts (
    alert_id text primary key,
    rule text not null,
    kind text not null,
    label_ru text not null,
    label_en text not null,
    severity text not null,
    scope_kind text not null,
    scope text not null,
    state text not null,
    threshold real not null,
    value real,
    worst real,
    since_at text not null,
    bad_at text not null,
    raised_at text,
    good_at text,
    ended_at text,
    end_reason text,
    told_at text,
    reminded_at text,
    end_told_at text,
    seen_at text not null,
    incident_id text
);
create unique index if not exists one_episode on alerts (rule, scope) where state <> 'ended';
create table if not exists alert_notes (
    alert_id text not null,
    noted_at text not null,
    noted_by text not null,
    note text not null
);
create table if not exists alert_outbox (
    message_id integer primary key,
    alert_id text,
    kind text not null,
    channel text not null,
    address integer not null,
    severity text not null,
    title text not null,
    body text not null,
    state text not null default 'queued',
    tries integer not null default 0,
    queued_at text not null,
    due_at text not null,
    sent_at text,
    digest_id integer,
    error text
);
create index if not exists outbox_state on alert_outbox (state, channel, address);
create index if not exists outbox_alert on alert_outbox (alert_id);
create table if not exists alert_watch (
    only integer primary key check (only = 1),
    evaluated_at text not null,
    as_of text,
    error text
);
"""
ALERT_ID_LENGTH = 8
# no phone however it is written, no e-mail
_NAME = re.compile(r"(?!.*\d{4})(?!(?:.*\d){7})[^@\n]{1,60}")


@dataclass(frozen=True)
class Episode:
    """One time a rule held for a scope: pending (not long enough yet), running, ended.

    bad_at: bad without a break since; good_at: good without a break since. end_reason: recovered,
    no_data, rule_removed. incident_id: of the outage it belongs to, where that is known.
    """

    alert_id: str
    rule: str
    kind: str
    label_ru: str
    label_en: str
    severity: str
    scope_kind: str
    scope: str  # empty: all lines together
    state: str
    threshold: float
    value: float | None
    worst: float | None
    since_at: datetime
    bad_at: datetime
    seen_at: datetime
    raised_at: datetime | None = None
    good_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    told_at: datetime | None = None
    reminded_at: datetime | None = None
    end_told_at: datetime | None = None
    incident_id: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What at most one open episode has: rule and scope."""
        return self.rule, self.scope


NAMES = tuple(one.name for one in fields(Episode))
TIMES = tuple(name for name in NAMES if name.endswith("_at"))


def desk(settings: Settings) -> AbstractContextManager[sqlite3.Connection]:
    """Open the desk for one transaction over episodes and messages."""
    return opened(settings, TABLES)


def new_id() -> str:
    """Return an id short enough to be typed."""
    return uuid.uuid4().hex[:ALERT_ID_LENGTH]


def open_episodes(con: sqlite3.Connection) -> list[Episode]:
    """Return the episodes something may still happen to: pending, running, end not yet told."""
    rows = con.execute(
        "select * from alerts where state <> 'ended' "
        "or (told_at is not null and end_told_at is null)"
    )
    return [_episode(row) for row in rows]


def acknowledged(con: sqlite3.Connection) -> set[str]:
    """Return the ids of running episodes somebody has in hand."""
    rows = con.execute(
        "select alert_id from alerts where state = 'running' "
        "and alert_id in (select alert_id from alert_notes)"
    )
    return {row[0] for row in rows}


def save(con: sqlite3.Connection, episodes: Iterable[Episode]) -> None:
    """Write episodes as they are now."""
    marks = ", ".join(f":{name}" for name in NAMES)
    changes = ", ".join(f"{name} = excluded.{name}" for name in NAMES[1:])
    con.executemany(
        f"insert into alerts ({', '.join(NAMES)}) values ({marks}) "
        f"on conflict (alert_id) do update set {changes}",
        [_row(one) for one in episodes],
    )


def forget(con: sqlite3.Connection, episodes: Iterable[Episode]) -> None:
    """Drop episodes that never began."""
    con.executemany(
        "delete from alerts where alert_id = ? and raised_at is null",
        [(one.alert_id,) for one in episodes],
    )


def watched(con: sqlite3.Connection, as_of: datetime | None, error: str | None) -> None:
    """Write down when the rules were looked at last, and what went wrong."""
    con.execute(
        "insert or replace into alert_watch values (1, ?, ?, ?)",
        (stamp(wall_now()), stamp(as_of), error),
    )


def watch(settings: Settings) -> dict[str, Any] | None:
    """Return evaluated_at (wall clock), as_of, error of the last look; None: never looked."""
    if not settings.desk.exists():
        return None
    with desk(settings) as con:
        row = con.execute("select evaluated_at, as_of, error from alert_watch").fetchone()
    if row is None:
        return None
    return {
        "evaluated_at": moment(row["evaluated_at"]),
        "as_of": moment(row["as_of"]),
        "error": row["error"],
    }


def acknowledge(settings: Settings, alert_id: str, by: str, note: str) -> None:
    """Write down that somebody has an episode in hand; a second time adds a note.

    The note is masked: people write down names and phones of citizens. `by` is staff's own.

    Raises:
        UsageError: no name, or more than one: a phone, an address, a document.
        QueryError: no such episode, or it is over.
    """
    if not by.strip():
        raise UsageError("an alert is acknowledged by somebody: a name is missing")
    if not _NAME.fullmatch(by.strip()):
        raise UsageError("who acknowledges is told by a name or a post, in at most 60 characters")
    with desk(settings) as con:
        row = con.execute(
            "select state, raised_at, ended_at from alerts where alert_id = ?", (alert_id,)
        ).fetchone()
        if row is None or row["raised_at"] is None:
            known = [one[0] for one in con.execute("select alert_id from alerts")]
            raise QueryError(f"no alert '{alert_id}'{nearest(alert_id, known)}. See liniya alerts.")
        if row["state"] == "ended":
            raise QueryError(f"alert {alert_id} is over since {row['ended_at']}")
        masked = str(mask(pl.Series([note.strip()], dtype=pl.String))[0])
        con.execute(
            "insert into alert_notes values (?, ?, ?, ?)",
            (alert_id, stamp(wall_now()), by.strip(), masked),
        )


SCHEMA: dict[str, Any] = {
    "alert_id": pl.String, "rule": pl.String, "kind": pl.String, "label_ru": pl.String,
    "label_en": pl.String, "severity": pl.String, "scope_kind": pl.String, "scope": pl.String,
    "state": pl.String, "threshold": pl.Float64, "value": pl.Float64, "worst": pl.Float64,
    "since_at": pl.Datetime("us", "UTC"), "raised_at": pl.Datetime("us", "UTC"),
    "good_at": pl.Datetime("us", "UTC"),
    "ended_at": pl.Datetime("us", "UTC"), "end_reason": pl.String,
    "acknowledged_at": pl.Datetime("us", "UTC"), "acknowledged_by": pl.String, "note": pl.String,
    "delivery": pl.String, "delivery_error": pl.String, "retry_at": pl.Datetime("us", "UTC"),
    "incident_id": pl.String,
}  # fmt: skip

# of the messages of an episode the one that went worst; no message: quiet hours, or nobody to tell
_LISTED = """
with
worst as (
    select
        alert_id, channel, address, state, error,
        row_number() over (
            partition by alert_id
            order by
                case state when 'failed' then 0 when 'queued' then 1 when 'digested' then 1
                    when 'no_address' then 3 else 2 end,
                tries desc, message_id desc
        ) as place
    from alert_outbox where alert_id is not null
),
stuck as (
    -- what waits behind a message that does not arrive does not arrive either
    select channel, address, max(error) as error, min(due_at) as retry_at
    from alert_outbox where state = 'queued' and tries > 0 group by channel, address
),
notes as (
    select
        alert_id, noted_by, note, min(noted_at) over (partition by alert_id) as acknowledged_at,
        row_number() over (partition by alert_id order by noted_at desc, rowid desc) as place
    from alert_notes
)
select
    a.*, n.acknowledged_at, n.noted_by as acknowledged_by, n.note,
    case
        when w.state in ('queued', 'digested') and s.error is not null then 'retrying'
        when w.state = 'digested' then 'queued'
        else w.state
    end as delivery,
    case when w.state in ('queued', 'digested') then s.error else w.error end as delivery_error,
    case when w.state in ('queued', 'digested') then s.retry_at end as retry_at
from alerts as a
left join notes as n on a.alert_id = n.alert_id and n.place = 1
left join worst as w on a.alert_id = w.alert_id and w.place = 1
left join stuck as s on w.channel = s.channel and w.address = s.address
where a.raised_at is not null and a.raised_at <= :at
    and (not :is_running or a.ended_at is null or a.ended_at > :at)
    and (:since is null or a.raised_at >= :since)
order by
    a.ended_at is not null and a.ended_at <= :at,
    case a.severity when 'critical' then 0 when 'warning' then 1 else 2 end,
    a.raised_at desc, a.alert_id
limit :most
"""


def alerts(
    settings: Settings,
    *,
    running: bool = False,
    at: datetime | None = None,
    since: datetime | None = None,
    scope: Scope = EVERYTHING,
    most: int = 1000,
) -> pl.DataFrame:
    """Return the episodes, running ones first, the gravest and then the latest of them first.

    Args:
        running: only those that run at `at`. at: a moment, aware; None is the newest known.
        since: begun at or after it. scope: who is limited to lines sees episodes of these lines
            only; who is limited to teams or to one operator sees none, for they speak of all.
        most: rows at most.

    Returns:
        Columns of SCHEMA, one row an episode: value (the latest), worst,
            good_at (good since, not for long enough yet), acknowledged_at (first)
        and acknowledged_by, note (latest), delivery: the worst of its messages' states: failed,
        retrying, queued, sent, no_address, null (none was due); retry_at (by the wall clock): when
        one that is retried is tried next. scope is empty for all lines.
    """
    empty = pl.DataFrame(schema=SCHEMA)
    if not settings.desk.exists() or scope.teams is not None or scope.operator is not None:
        return empty
    asked = {
        "at": stamp(at or datetime.max.replace(tzinfo=UTC)),
        "is_running": running,
        "since": stamp(since),
        "most": most,
    }
    with desk(settings) as con:
        rows = [dict(row) for row in con.execute(_LISTED, asked)]
    if scope.lines is not None:
        rows = [r for r in rows if r["scope_kind"] == "line" and r["scope"] in scope.lines]
    times = [name for name in SCHEMA if name.endswith("_at")]
    found = [{name: row[name] for name in SCHEMA} for row in rows]
    read = pl.DataFrame(found, schema={**SCHEMA, **dict.fromkeys(times, pl.String)}, orient="row")
    return read.with_columns(pl.col(times).str.to_datetime(time_zone="UTC", time_unit="us"))


def _episode(row: sqlite3.Row) -> Episode:
    values: dict[str, Any] = {n: moment(row[n]) if n in TIMES else row[n] for n in NAMES}
    return Episode(**values)


def _row(one: Episode) -> dict[str, Any]:
    return {n: stamp(getattr(one, n)) if n in TIMES else getattr(one, n) for n in NAMES}


def stamp(moment: datetime | None) -> str | None:
    """Write a moment so that texts sort as moments do."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str | None) -> datetime | None:
    """Read what `stamp` wrote."""
    return None if text is None else datetime.fromisoformat(text)
