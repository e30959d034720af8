"""What the desk knows of scheduled weeks: which were published, and how their delivery went.

Messages themselves are in the outbox of alerts, with all its retrying; here stands which edition a
message is of, and the file that goes with it.
"""

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.alerts.store import TABLES as OUTBOX
from pipelines.alerts.store import moment, stamp
from pipelines.desk import opened
from pipelines.settings import Settings, wall_now

TABLES = (
    OUTBOX
    + """
create table if not exists report_runs (
    period text not null,
    stage text not null,
    edition_id text not null,
    ran_at text not null,
    primary key (period, stage)
);
create table if not exists report_files (
    edition_id text primary key,
    period text not null,
    state text not null default 'queued',
    tries integer not null default 0,
    error text,
    due_at text not null,
    sent_at text
);
create table if not exists report_messages (
    message_id integer primary key,
    edition_id text not null,
    file text not null
);
"""
)
FIRST_RETRY_S = 60.0  # then twice as long each time
LAST_RETRY_S = 3600.0


@dataclass(frozen=True)
class Delivered:
    """How one delivery of an edition stands: queued, retrying, sent, failed, no_address.

    place: folder, or the id of a channel. at: when it arrived, or is tried next.
    """

    place: str
    state: str
    tries: int
    error: str | None
    at: datetime | None


def desk(settings: Settings) -> AbstractContextManager[sqlite3.Connection]:
    """Open the desk for one transaction over runs and deliveries."""
    return opened(settings, TABLES)


def has_run(con: sqlite3.Connection, period: str, stage: str) -> bool:
    """Tell whether a period was published on schedule at this stage."""
    found = con.execute(
        "select 1 from report_runs where period = ? and stage = ?", (period, stage)
    ).fetchone()
    return found is not None


def ran(con: sqlite3.Connection, period: str, stage: str, edition_id: str) -> None:
    """Write down that it was, and that its files are to be written."""
    now = stamp(wall_now())
    con.execute(
        "insert or ignore into report_runs values (?, ?, ?, ?)", (period, stage, edition_id, now)
    )
    con.execute(
        "insert or ignore into report_files (edition_id, period, due_at) values (?, ?, ?)",
        (edition_id, period, now),
    )


def files_due(con: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return the editions whose files are to be written now: edition_id, period, tries."""
    return con.execute(
        "select * from report_files where state <> 'sent' and due_at <= ? order by rowid",
        (stamp(wall_now()),),
    ).fetchall()


def written(con: sqlite3.Connection, edition_id: str) -> None:
    """Write down that the files of an edition are in the folder."""
    con.execute(
        "update report_files set state = 'sent', sent_at = ?, error = null, tries = tries + 1 "
        "where edition_id = ?",
        (stamp(wall_now()), edition_id),
    )


def not_written(con: sqlite3.Connection, edition_id: str, tries: int, error: str) -> None:
    """Write down why they are not; they are tried again for as long as it takes."""
    wait_s = min(FIRST_RETRY_S * 2**tries, LAST_RETRY_S)
    con.execute(
        "update report_files set state = 'retrying', error = ?, tries = ?, due_at = ? "
        "where edition_id = ?",
        (error, tries + 1, stamp(wall_now() + timedelta(seconds=wait_s)), edition_id),
    )


def message_of(con: sqlite3.Connection, message_id: int, edition_id: str, file: str) -> None:
    """Write down which edition a message of the outbox is of, and the file it takes along."""
    con.execute("insert into report_messages values (?, ?, ?)", (message_id, edition_id, file))


def is_told(con: sqlite3.Connection, period: str) -> bool:
    """Tell whether messages of a period were queued already."""
    found = con.execute(
        "select 1 from report_messages inner join report_runs using (edition_id) where period = ?",
        (period,),
    ).fetchone()
    return found is not None


def deliveries(settings: Settings, edition_id: str) -> list[Delivered]:
    """Return how the deliveries of an edition stand; none where it was not published on schedule.

    A message waits behind one that does not arrive: both are retried.
    """
    if not settings.desk.exists():
        return []
    with desk(settings) as con:
        folders = con.execute(
            "select 'folder' as place, state, tries, error, coalesce(sent_at, due_at) as at "
            "from report_files where edition_id = ?",
            (edition_id,),
        ).fetchall()
        messages = con.execute(
            "select o.channel as place, "
            "case when o.state = 'queued' and o.tries > 0 then 'retrying' else o.state end "
            "as state, o.tries, o.error, coalesce(o.sent_at, o.due_at) as at "
            "from report_messages as m inner join alert_outbox as o using (message_id) "
            "where m.edition_id = ? order by o.message_id",
            (edition_id,),
        ).fetchall()
    return [
        Delivered(row["place"], row["state"], row["tries"], row["error"], moment(row["at"]))
        for row in [*folders, *messages]
    ]
