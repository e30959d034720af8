"""Weeks published by the worker: when one is due, its files in a folder, its messages.

`LINIYA_REPORT_AT` (mon 08:00) publishes the last whole week, preliminary; it is published once more
when late data have had their days. Files go to `LINIYA_REPORT_DIR`, messages with the PDF to the
channels of `LINIYA_REPORT_CHANNELS`. What does not arrive is tried again and shown on Неделя.
"""

import errno
import logging
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.alerts import outbox
from pipelines.alerts.addresses import Addresses
from pipelines.editions import store
from pipelines.editions.publish import publish
from pipelines.editions.read import SCHEDULE, Edition, edition, editions, figures_of
from pipelines.errors import LiniyaError
from pipelines.lake.connect import Lake
from pipelines.metrics.query import parse_week
from pipelines.reports import Words, as_week, make_page, write_figures
from pipelines.settings import WEEKDAYS

log = logging.getLogger(__name__)
FORMS = ("pdf", "html", "xlsx")


def look(
    lake: Lake, addresses: Addresses, meanwhile: Callable[[], object] = lambda: None
) -> str | None:
    """Publish the week that is due, if one is, and deliver what was not delivered yet.

    Args:
        lake: open for writing, in no transaction. meanwhile: called between the steps.

    Returns:
        The period published now; None: none was due.
    """
    published = None
    try:
        published = _publish_due(lake, addresses, meanwhile)
    except LiniyaError as error:
        log.error("report: %s", error)
    _write_due(lake)
    return published


def due(now: datetime, at: str, tz: ZoneInfo, late_days: int) -> tuple[str, str]:
    """Return the week a schedule has come to, and its stage: first, or final.

    >>> moscow = ZoneInfo("Europe/Moscow")
    >>> due(datetime(2026, 11, 16, 7, 59, tzinfo=moscow), "mon 08:00", moscow, 3)
    ('2026-W45', 'final')
    >>> due(datetime(2026, 11, 16, 8, 0, tzinfo=moscow), "mon 08:00", moscow, 3)
    ('2026-W46', 'first')
    >>> due(datetime(2026, 11, 19, 0, 0, tzinfo=moscow), "mon 08:00", moscow, 3)
    ('2026-W46', 'final')
    """
    day, time = at.split()
    hour, minute = map(int, time.split(":"))
    local = now.astimezone(tz)
    last = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    last -= timedelta(days=(local.weekday() - WEEKDAYS.index(day)) % 7)
    if last > local:
        last -= timedelta(days=7)
    monday = (last - timedelta(days=last.weekday() + 7)).date()
    year, number, _ = monday.isocalendar()
    period = f"{year}-W{number:02}"
    _, end = parse_week(period, tz)
    return period, "final" if now >= end + timedelta(days=late_days) else "first"


def _publish_due(lake: Lake, addresses: Addresses, meanwhile: Callable[[], object]) -> str | None:
    settings = lake.settings
    period, stage = due(lake.now(), settings.report_at, settings.tz, settings.late_days)
    with store.desk(settings) as con:
        if store.has_run(con, period, stage):
            return None
    start, end = parse_week(period, settings.tz)
    first, last = start.date(), end.date() - timedelta(days=1)
    # a lake that was not there yet: nothing is published of it
    if not lake.has(
        "lake.contacts where received_date between $first and $last",
        {"first": first, "last": last},
    ):
        return None

    def on_progress(*_: object) -> None:
        meanwhile()

    made = publish(lake, period, SCHEDULE, on_progress)
    found = edition(lake, period, made["number"])
    if found is None:  # it was published a moment ago
        raise LiniyaError(f"{period}: edition {made['number']} is not in the lake")
    # before the message that takes the PDF along
    error = _error_of_writing(lake, period, found.edition_id)
    with store.desk(settings) as con:
        is_told = store.is_told(con, period)
        store.ran(con, period, stage, found.edition_id)
        if error is None:
            store.written(con, found.edition_id)
        if not is_told:
            _tell(lake, con, found, addresses)
    return period


def _tell(lake: Lake, con: sqlite3.Connection, one: Edition, addresses: Addresses) -> None:
    """Queue a message a channel, in its language: the verdict, what it is of, the link, the PDF."""
    settings = lake.settings
    wanted = settings.report_channels.split()
    figures = figures_of(lake, one.edition_id)
    for receiver in lake.reference.receivers:
        if receiver.id not in wanted:
            continue
        words = Words(receiver.language, settings.tz)
        page = make_page(as_week(lake, figures, one), words)
        link = f"{settings.address}/week?week={one.period}"
        body = "\n".join([page["verdict"], *page["lead"], link])
        title = f"{page['title']}: {page['period']}" + (
            f" ({page['badge']})" if page["badge"] else ""
        )
        file = str(folder(lake) / file_name(one, "pdf", receiver.language))
        for message_id in outbox.report(
            con, receiver.id, len(addresses.get(receiver.id, ())), title, body
        ):
            store.message_of(con, message_id, one.edition_id, file)


def folder(lake: Lake) -> Path:
    """Return where files of published weeks go."""
    settings = lake.settings
    return Path(settings.report_dir) if settings.report_dir else settings.home / "reports"


def file_name(one: Edition, form: str, language: str) -> str:
    """Return the name of a file: the edition is in it, so that none is written over.

    >>> import types
    >>> file_name(types.SimpleNamespace(period="2026-W46", number=2), "pdf", "en")
    'liniya-2026-W46-2-en.pdf'
    """
    language = "" if language == "ru" else f"-{language}"
    return f"liniya-{one.period}-{one.number}{language}.{form}"


def _write_due(lake: Lake) -> None:
    settings = lake.settings
    with store.desk(settings) as con:
        waiting = store.files_due(con)
    for row in waiting:
        error = _error_of_writing(lake, row["period"], row["edition_id"])
        with store.desk(settings) as con:
            if error is None:
                store.written(con, row["edition_id"])
            else:
                store.not_written(con, row["edition_id"], row["tries"], error)


def _error_of_writing(lake: Lake, period: str, edition_id: str) -> str | None:
    """Write the files of an edition; return why they could not be (`EROFS`), None: all there."""
    try:
        _write(lake, period, edition_id)
    except (OSError, LiniyaError) as fault:
        # without its text: a path may say more than the page shall
        number = getattr(fault, "errno", None)
        error = errno.errorcode.get(number or 0) or type(fault).__name__
        log.error("report: %s was not written (%s)", period, error)
        return str(error)
    return None


def _write(lake: Lake, period: str, edition_id: str) -> None:
    """Write the files of an edition: each whole or not at all, beside those of other editions."""
    one = next(one for one in editions(lake, period) if one.edition_id == edition_id)
    week = as_week(lake, figures_of(lake, edition_id), one)
    out = folder(lake)
    out.mkdir(parents=True, exist_ok=True)
    for language in sorted({"ru", *_languages(lake)}):
        words = Words(language, lake.settings.tz)
        for form in FORMS:
            name = file_name(one, form, language)
            made = out / f".{name}.{form}"  # the ending decides the form
            write_figures(week, made, words)
            made.replace(out / name)


def _languages(lake: Lake) -> list[str]:
    wanted = lake.settings.report_channels.split()
    languages: Mapping[str, str] = {one.id: one.language for one in lake.reference.receivers}
    return [languages[name] for name in wanted if name in languages]
