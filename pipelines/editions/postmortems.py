"""Post-mortems the worker prints when an outage is over: four files each, beside the reports.

Over is an outage that is restored and whose people are all told, or restored a day ago. Files are
written once; where the outage is changed or resumed afterwards, once more under the next number.
"""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from pipelines import desk
from pipelines.editions.schedule import folder
from pipelines.errors import LiniyaError
from pipelines.lake.connect import Lake
from pipelines.metrics.incidents import TO_TELL_DAYS, running
from pipelines.reports.postmortem import figures_of, write_postmortem
from pipelines.reports.words import LANGUAGES, Words
from pipelines.settings import Settings, wall_now

log = logging.getLogger(__name__)
FORMS = ("pdf", "html")
LOOKED_DAYS = 7  # an outage restored longer ago is history, not news
WAIT_S, MOST_WAIT_S = 60, 3600  # before what could not be written is tried again: twice as long
TABLES = """
create table if not exists postmortems (
    incident_id text not null,
    number integer not null,
    says text not null,
    written_at text,
    tries integer not null default 0,
    due_at text not null,
    error text,
    primary key (incident_id, number)
);
"""
# what the outage says of itself: another answer is another post-mortem
_OVER = """
select
    incident_id,
    concat_ws('|', detected_at, restored_at, category, line, region) as says
from lake.incidents
where restored_at > $since and restored_at <= $now and not list_contains($waiting, incident_id)
order by restored_at
"""


def look(lake: Lake, meanwhile: Callable[[], object] = lambda: None) -> list[str]:
    """Print the post-mortems that are due; return the ids of their outages.

    Args:
        lake: open, in no transaction. meanwhile: called between two of them.
    """
    if not lake.has("lake.incidents where restored_at is not null"):
        return []
    done = []
    for incident_id, says in over(lake):
        number = _number(lake.settings, incident_id, says)
        if number is None:
            continue
        if _written(lake, incident_id, number):
            done.append(incident_id)
        meanwhile()
    return done


def over(lake: Lake) -> list[tuple[str, str]]:
    """Return the late outages that are over: id and what each says of itself."""
    now = lake.now()
    waiting = [
        one["incident_id"]
        for one in running(lake, now)
        if one["restored_at"] is None or one["restored_at"] > now - timedelta(days=TO_TELL_DAYS)
    ]
    found = lake.frame(
        _OVER, {"since": now - timedelta(days=LOOKED_DAYS), "now": now, "waiting": waiting}
    )
    return [(row["incident_id"], row["says"]) for row in found.to_dicts()]


def files(settings: Settings, incident_id: str) -> list[str]:
    """Return the names of the files of the last post-mortem printed of an outage."""
    with _desk(settings) as con:
        row = con.execute(
            "select max(number) as number from postmortems "
            "where incident_id = ? and written_at is not null",
            (incident_id,),
        ).fetchone()
    if row["number"] is None:
        return []
    return [file_name(incident_id, row["number"], f, lang) for lang in LANGUAGES for f in FORMS]


def file_name(incident_id: str, number: int, form: str, language: str) -> str:
    """Return the name of a file: the number is in it, so that none is written over.

    >>> file_name("1f3a", 2, "pdf", "en")
    'liniya-incident-1f3a-2-en.pdf'
    """
    language = "" if language == "ru" else f"-{language}"
    return f"liniya-incident-{incident_id}-{number}{language}.{form}"


def _desk(settings: Settings) -> AbstractContextManager[sqlite3.Connection]:
    return desk.opened(settings, TABLES)


def _number(settings: Settings, incident_id: str, says: str) -> int | None:
    """Return the number to print under; None: it is printed, or not to be tried yet."""
    with _desk(settings) as con:
        row = con.execute(
            "select * from postmortems where incident_id = ? order by number desc limit 1",
            (incident_id,),
        ).fetchone()
        if row is not None and row["says"] == says:
            is_due = row["written_at"] is None and row["due_at"] <= wall_now().isoformat()
            return int(row["number"]) if is_due else None
        number = 1 if row is None else int(row["number"]) + 1
        con.execute(
            "insert into postmortems (incident_id, number, says, due_at) values (?, ?, ?, ?)",
            (incident_id, number, says, wall_now().isoformat()),
        )
    return number


def _written(lake: Lake, incident_id: str, number: int) -> bool:
    error = _error_of_writing(lake, incident_id, number)
    with _desk(lake.settings) as con:
        if error is None:
            con.execute(
                "update postmortems set written_at = ?, error = null "
                "where incident_id = ? and number = ?",
                (wall_now().isoformat(), incident_id, number),
            )
            return True
        tries = con.execute(
            "select tries from postmortems where incident_id = ? and number = ?",
            (incident_id, number),
        ).fetchone()["tries"]
        due: datetime = wall_now() + timedelta(seconds=min(WAIT_S * 2**tries, MOST_WAIT_S))
        con.execute(
            "update postmortems set tries = tries + 1, due_at = ?, error = ? "
            "where incident_id = ? and number = ?",
            (due.isoformat(), error, incident_id, number),
        )
    return False


def _error_of_writing(lake: Lake, incident_id: str, number: int) -> str | None:
    """Write the files, each whole or not at all; return why they could not be."""
    try:
        found = figures_of(lake, incident_id)
        out = folder(lake)
        out.mkdir(parents=True, exist_ok=True)
        for language in LANGUAGES:
            words = Words(language, lake.settings.tz)
            for form in FORMS:
                name = file_name(incident_id, number, form, language)
                made = out / f".{name}.{form}"  # the ending decides the form
                write_postmortem(lake, found, made, words)
                made.replace(out / name)
    except (OSError, LiniyaError) as fault:
        # without its text: a path may say more than the page shall
        error = getattr(fault, "strerror", None) or type(fault).__name__
        log.error("post-mortem of %s was not written (%s)", incident_id, error)
        return str(error)
    return None
