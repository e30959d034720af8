"""What a person may do with an incident: each act checked, masked, written; nothing is undone.

Every function takes who acts and when (product time) and raises ActError, with nothing written,
where the act makes no sense on what others did meanwhile. The lake follows: `project.py`.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from pipelines.acts import Act
from pipelines.cleaning.mask import mask
from pipelines.errors import ActError, nearest
from pipelines.lake.connect import Lake
from pipelines.shift.acts import write
from pipelines.shift.state import FIELDS, Incident, fold, written
from pipelines.sources.context import keep_of

CHOICE_DAYS = 30


def choices(lake: Lake) -> dict[str, list[str]]:
    """Return what an incident may be about: ids of category, line and region, in order.

    Those of reference data first, then names the logs of late use besides.
    """
    since = (lake.now() - timedelta(days=CHOICE_DAYS)).astimezone(lake.settings.tz).date()
    found = lake.frame(
        "select distinct category, line, region from lake.contacts where received_date >= $since",
        {"since": since},
    )
    known = {
        "category": list(lake.reference.categories),
        "line": list(lake.reference.lines),
        "region": list[str](),
    }
    return {
        name: first + sorted(set(found[name].drop_nulls().to_list()) - set(first))
        for name, first in known.items()
    }


def open_incident(
    lake: Lake,
    who: str,
    at: datetime,
    *,
    detected_at: datetime | None = None,
    category: str | None = None,
    line: str | None = None,
    region: str | None = None,
    is_complex: bool = False,
    is_of_all: bool = False,
    text: str = "",
) -> str:
    """Open an incident, since now or a moment of the past, and return its id.

    Args:
        is_of_all: it names no category and no line because it strikes all of them together.

    Raises:
        ActError: about nothing, about something unknown, in the future, or open already.
    """
    about = {"category": category, "line": line, "region": region}
    if is_of_all == bool(category or line):
        raise ActError("about_nothing", "name a category or a line")
    _known(lake, about)
    since = detected_at or at
    _not_later(since, at)
    incident_id = uuid.uuid4().hex[:8]
    args = about | {
        "detected_at": written(since),
        "is_complex": is_complex,
        "text": masked(lake, text),
    }

    def make(acts: list[Act]) -> dict[str, Any]:
        _only_one(fold(acts), about)
        return args

    write(lake.settings, make, kind="opened", who=who, at=at, subject=incident_id, of_all=True)
    return incident_id


def change(
    lake: Lake, who: str, at: datetime, incident_id: str, was: Mapping[str, Any], **fields: Any
) -> None:
    """Change fields of an incident (since when, what about, until when).

    Args:
        was: the fields as the person saw them; another value now means that somebody else changed
            them meanwhile, and nothing is written.
        fields: name of `state.FIELDS` -> new value; None: not limited by it.

    Raises:
        ActError: unknown, changed by another, in the future, or of a moment before its start.
    """
    _known(lake, {k: v for k, v in fields.items() if k in ("category", "line", "region")})
    for name in ("detected_at", "restored_at"):
        if fields.get(name):
            _not_later(fields[name], at)

    def make(acts: list[Act]) -> dict[str, Any]:
        incidents = fold(acts)
        incident = _there(incidents, incident_id)
        wanted = {name: value for name, value in fields.items() if value != was.get(name)}
        if not wanted or not set(wanted) <= set(FIELDS):
            raise ActError("nothing_changed", "no field has another value")
        for name in wanted:
            if getattr(incident, name) != was.get(name):
                raise ActError("changed_meanwhile", f"{name} was changed by another person")
        after = {name: wanted.get(name, getattr(incident, name)) for name in FIELDS}
        was_named = incident.category or incident.line
        if was_named and not (after["category"] or after["line"]):
            raise ActError("about_nothing", "name a category or a line")
        if incident.restored_at is not None and after["restored_at"] is None:
            raise ActError("nothing_changed", "an outage that goes on again is resumed")
        if incident.restored_at is None and after["restored_at"] is not None:
            raise ActError("still_open", "restore it instead")
        if after["restored_at"] is not None and after["restored_at"] < after["detected_at"]:
            raise ActError("before_start", "restored before it began")
        if incident.is_open:
            others = {k: v for k, v in incidents.items() if k != incident_id}
            _only_one(others, {name: after[name] for name in ("category", "line", "region")})
        pairs = {name: [written(was.get(name)), written(value)] for name, value in wanted.items()}
        return {"fields": pairs}

    write(lake.settings, make, kind="changed", who=who, at=at, subject=incident_id, of_all=True)


def call_complex(lake: Lake, who: str, at: datetime, incident_id: str) -> None:
    """Call an incident complex: counts only before the ordinary time limit is over."""

    def check(incident: Incident) -> None:
        _is_open(incident)
        if incident.complex_at is not None:
            raise ActError("done_already", "called complex already")

    _act(lake, "complex", who, at, incident_id, check)


def announce(lake: Lake, who: str, at: datetime, incident_id: str, text: str) -> None:
    """Switch the announcement to callers on, with its text.

    Raises:
        ActError: no text, or it is on already.
    """
    words = masked(lake, text)
    if not words:
        raise ActError("no_text", "write what callers hear")

    def check(incident: Incident) -> None:
        _is_open(incident)
        if incident.is_announced:
            raise ActError("done_already", "the announcement is on already")

    _act(lake, "announced", who, at, incident_id, check, text=words)


def silence(lake: Lake, who: str, at: datetime, incident_id: str) -> None:
    """Switch the announcement off."""

    def check(incident: Incident) -> None:
        if not incident.is_announced:
            raise ActError("done_already", "the announcement is off already")

    _act(lake, "silenced", who, at, incident_id, check)


def restore(
    lake: Lake,
    who: str,
    at: datetime,
    incident_id: str,
    restored_at: datetime | None = None,
) -> None:
    """Say that the service is back, now or since a moment of the past: the clock stops there.

    Raises:
        ActError: not open, in the future, or before it began.
    """
    moment = restored_at or at
    _not_later(moment, at)

    def check(incident: Incident) -> None:
        _is_open(incident)
        if moment < incident.detected_at:
            raise ActError("before_start", "restored before it began")

    _act(lake, "restored", who, at, incident_id, check, restored_at=written(moment))


def resume(lake: Lake, who: str, at: datetime, incident_id: str) -> None:
    """Say that the outage goes on after all: its clock runs on from its start."""

    def check(incident: Incident) -> None:
        if incident.is_open:
            raise ActError("done_already", "it goes on already")

    _act(lake, "resumed", who, at, incident_id, check)


def withdraw(lake: Lake, who: str, at: datetime, incident_id: str, text: str) -> None:
    """Say that there was no such outage, and why: it counts nowhere, its acts stay in the log.

    Raises:
        ActError: no reason.
    """
    words = masked(lake, text)
    if not words:
        raise ActError("no_text", "say why")
    _act(lake, "withdrawn", who, at, incident_id, lambda _: None, text=words)


def notified(lake: Lake, who: str, at: datetime, incident_id: str, contact_ids: list[str]) -> int:
    """Mark contacts of a restored incident as told; return how many were not yet.

    Contacts that somebody else marked meanwhile are left out: they are told once.
    """
    fresh: list[str] = []

    def make(acts: list[Act]) -> dict[str, Any]:
        incident = _there(fold(acts), incident_id)
        if incident.restored_at is None:
            raise ActError("still_open", "people are told once the service is back")
        fresh.extend(sorted(set(contact_ids) - incident.told))
        if not fresh:
            raise ActError("done_already", "all of them are told")
        return {"contact_ids": fresh}

    write(lake.settings, make, kind="notified", who=who, at=at, subject=incident_id)
    return len(fresh)


def note(lake: Lake, who: str, at: datetime, text: str, incident_id: str | None = None) -> None:
    """Write a note into the log of the shift, of an incident or of none.

    Raises:
        ActError: no text, or no such incident.
    """
    _write_text(lake, "note", who, at, text, incident_id)


def hand_over(lake: Lake, who: str, at: datetime, text: str) -> None:
    """Write the note the next shift begins with.

    Raises:
        ActError: no text.
    """
    _write_text(lake, "handover", who, at, text, None)


def masked(lake: Lake, text: str) -> str:
    """Return a text as it may be stored: personal data masked, the hotline's own numbers kept."""
    return str(mask(pl.Series([text.strip()]), keep_of(lake.reference))[0])


def _write_text(
    lake: Lake, kind: str, who: str, at: datetime, text: str, incident_id: str | None
) -> None:
    words = masked(lake, text)
    if not words:
        raise ActError("no_text", "write something")

    def make(acts: list[Act]) -> dict[str, Any]:
        if incident_id is not None:
            _there(fold(acts), incident_id)
        return {"text": words}

    write(lake.settings, make, kind=kind, who=who, at=at, subject=incident_id or "")


def _act(
    lake: Lake,
    kind: str,
    who: str,
    at: datetime,
    incident_id: str,
    check: Callable[[Incident], None],
    **args: Any,
) -> None:
    def make(acts: list[Act]) -> dict[str, Any]:
        check(_there(fold(acts), incident_id))
        return args

    write(lake.settings, make, kind=kind, who=who, at=at, subject=incident_id)


def _there(incidents: Mapping[str, Incident], incident_id: str) -> Incident:
    incident = incidents.get(incident_id)
    if incident is None:
        known = nearest(incident_id, incidents)
        raise ActError("not_there", f"no incident '{incident_id}'{known}")
    if incident.is_withdrawn:
        raise ActError("withdrawn", "it was withdrawn: there was no such outage")
    return incident


def _is_open(incident: Incident) -> None:
    if incident.restored_at is not None:
        raise ActError(
            "restored_already", f"restored already, at {incident.restored_at.isoformat()}"
        )


def _only_one(incidents: Mapping[str, Incident], about: Mapping[str, str | None]) -> None:
    for other in incidents.values():
        if other.is_open and all(getattr(other, name) == value for name, value in about.items()):
            raise ActError(
                "open_already",
                f"open already as {other.incident_id}, by {other.opened_by}",
                other.incident_id,
            )


def _not_later(moment: datetime, at: datetime) -> None:
    if moment > at:
        raise ActError("in_future", f"{moment.isoformat()} is later than now")


def _known(lake: Lake, about: Mapping[str, str | None]) -> None:
    known = choices(lake)
    for name, value in about.items():
        if value and value not in known[name]:
            raise ActError("unknown", f"unknown {name} '{value}'{nearest(value, known[name])}")


__all__ = [
    "announce", "call_complex", "change", "choices", "hand_over", "note", "notified",
    "open_incident", "restore", "resume", "silence", "withdraw",
]  # fmt: skip
