"""The desk: what people and commands write while the worker owns the lake. SQLite in WAL.

Jobs are asked for here and done by the worker; every opening of a contact and every act of people
(`pipelines/acts.py`) is recorded. Python's sqlite3 is safe on this file: DuckDB never attaches it.
"""

import contextlib
import errno
import json
import os
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import LakeError
from pipelines.settings import Settings, wall_now

TABLES = """
create table if not exists jobs (
    job_id text primary key,
    kind text not null,
    args text not null,
    state text not null default 'queued',
    done integer not null default 0,
    total integer not null default 0,
    step text not null default '',
    result text,
    error text,
    asked_at text not null,
    ended_at text
);
create table if not exists access_log (
    opened_at text not null,
    profile text not null,
    contact_id text not null
);
"""


@dataclass(frozen=True)
class Job:
    """A piece of writing work: state is queued, running, done or failed."""

    job_id: str
    kind: str
    args: dict[str, Any]
    state: str
    done: int
    total: int
    step: str
    result: Any
    error: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed")


@contextlib.contextmanager
def opened(settings: Settings, tables: str = TABLES) -> Iterator[sqlite3.Connection]:
    """Open the desk for one transaction; its `tables` are made where they are not there yet.

    What was written is kept unless an error goes up.

    Raises:
        LakeError: this user may not write in the lake's folder.
    """
    with contextlib.closing(_connected(settings, tables)) as con, con:
        yield con


def _connected(settings: Settings, tables: str) -> sqlite3.Connection:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        if not settings.desk.exists():
            _make(settings.desk)
        con = sqlite3.connect(settings.desk, timeout=10)
        try:
            con.executescript(tables)
            con.execute("pragma secure_delete=on")
        except sqlite3.Error:
            con.close()
            raise
    except (OSError, sqlite3.OperationalError) as error:
        if _is_closed(error):
            raise LakeError(CLOSED.format(home=settings.home, desk=settings.desk.name)) from error
        raise
    con.row_factory = sqlite3.Row
    return con


CLOSED = (
    "{home}: this user may not write there, and {desk} in it takes what people write (acts, jobs, "
    "who opened which contact). Give this user the folder."
)


def _is_closed(error: Exception) -> bool:
    """Tell a folder or file one may not write to; SQLite names it in words alone."""
    if isinstance(error, OSError):
        return error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
    return any(words in str(error) for words in ("unable to open", "readonly"))


def _make(path: Path) -> None:
    """Make the desk beside its place and put it there: of several at once, the first one's stands.

    A file is put into WAL under a lock nobody waits for, so who came meanwhile would be refused.
    """
    made = path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}")
    with contextlib.closing(sqlite3.connect(made)) as con:
        con.execute("pragma journal_mode=wal")
    made.chmod(0o600)
    with contextlib.suppress(FileExistsError):
        os.link(made, path)
    made.unlink()


def ask(settings: Settings, kind: str, args: dict[str, Any]) -> str:
    """Queue a job for the worker; return its id."""
    job_id = uuid.uuid4().hex[:12]
    with opened(settings) as con:
        con.execute(
            "insert into jobs (job_id, kind, args, asked_at) values (?, ?, ?, ?)",
            (job_id, kind, json.dumps(args), wall_now().isoformat()),
        )
    return job_id


def job(settings: Settings, job_id: str) -> Job:
    """Return the job as it stands now."""
    with opened(settings) as con:
        row = con.execute("select * from jobs where job_id = ?", (job_id,)).fetchone()
    return _job(row)


def take(settings: Settings) -> Job | None:
    """Return the oldest queued job, now running; None where there is none."""
    with opened(settings) as con:
        row = con.execute(
            "update jobs set state = 'running' where job_id = ("
            "select job_id from jobs where state = 'queued' order by asked_at limit 1) returning *"
        ).fetchone()
    return _job(row) if row else None


def requeue_interrupted(settings: Settings) -> None:
    """Ask again for jobs a dead worker left running; every job can be repeated safely."""
    with opened(settings) as con:
        con.execute("update jobs set state = 'queued' where state = 'running'")


def report(settings: Settings, job_id: str, step: str, done: int, total: int) -> None:
    """Write down how far a job is."""
    with opened(settings) as con:
        con.execute(
            "update jobs set step = ?, done = ?, total = ? where job_id = ?",
            (step, done, total, job_id),
        )


def finish(settings: Settings, job_id: str, result: Any = None, error: str | None = None) -> None:
    """End a job with its result, or with an error; what it was asked with is forgotten.

    Names of files may hold names of people, so they leave the pages and the journal of SQLite too.
    """
    with opened(settings) as con:
        con.execute(
            "update jobs set state = ?, result = ?, error = ?, ended_at = ?, args = '{}' "
            "where job_id = ?",
            (
                "failed" if error else "done",
                json.dumps(result, default=str),
                error,
                wall_now().isoformat(),
                job_id,
            ),
        )
    with opened(settings) as con:
        con.execute("pragma wal_checkpoint(truncate)")


def record_opening(settings: Settings, profile: str, contact_id: str) -> None:
    """Record that a person opened a contact."""
    with opened(settings) as con:
        con.execute(
            "insert into access_log values (?, ?, ?)",
            (wall_now().isoformat(), profile, contact_id),
        )


def _job(row: sqlite3.Row) -> Job:
    return Job(
        job_id=row["job_id"],
        kind=row["kind"],
        args=json.loads(row["args"]),
        state=row["state"],
        done=row["done"],
        total=row["total"],
        step=row["step"],
        result=json.loads(row["result"]) if row["result"] else None,
        error=row["error"],
    )
