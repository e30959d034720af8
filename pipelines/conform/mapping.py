"""What a column of a log can become: the words `columns.py` declares every column in.

A column makes events, fills a field of the contact's header or of its legs, or identifies the
citizen; a column that is none of these says so in its note.
"""

from dataclasses import dataclass

from expectations.vocabulary import EVENT_KINDS

# Order of what happens at one instant, where the times cannot tell: as a contact usually goes.
_LATE = ("transferred", "flowed_out", "abandoned", "escalated", "resolved", "reopened", "notified",
         "confirmation_sent", "ended", "times_contradict", "rated")  # fmt: skip
KIND_ORDER: tuple[str, ...] = (*(kind for kind in EVENT_KINDS if kind not in _LATE), *_LATE)
_OPENING = ("received", "menu_choice", "self_served")
_LEAVING = ("transferred", "flowed_out")
IN_QUEUE = ("queued", "ring_no_answer", "answered", "first_response", "hold_started", "hold_ended",
            "abandoned")  # fmt: skip
_A_LEG = 100  # more than there are kinds: the leg weighs more than the kind


def tie(kind: str, leg: str = "null") -> str:
    """Return SQL of the place of an event among those of the same instant.

    Events of one leg stand together. Where legs are not numbered, leaving a queue comes before
    entering the next one.
    """
    place = KIND_ORDER.index(kind) if kind in KIND_ORDER else len(KIND_ORDER)
    if leg != "null":
        return f"coalesce({leg}, 0) * {_A_LEG} + {place}"
    if kind in _OPENING:
        return str(place)
    if kind in _LEAVING:
        return str(_A_LEG // 2 + place)
    return str(_A_LEG + place if kind in IN_QUEUE else 300 * _A_LEG + place)


def tie_of_any(leg: str = "leg") -> str:
    """Return `tie` as SQL over the columns kind and leg of any event."""
    place = "".join(f" when '{k}' then {i}" for i, k in enumerate(KIND_ORDER))
    free = "".join(f" when '{k}' then {tie(k)}" for k in KIND_ORDER)
    return (
        f"case when {leg} is null then case kind {free} else {tie('')} end "
        f"else {leg} * {_A_LEG} + case kind {place} else {len(KIND_ORDER)} end end"
    )


# no column of a wide log holds these: they come by the events log or a profile only
ONLY_EVENTS = (
    "hold_started", "hold_ended", "specialist_contacted", "due_moved", "recategorised",
    "times_contradict",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One event a column makes: SQL over the conformed rows of its dataset."""

    kind: str
    when: str  # event_at; no event where it is null
    value: str = "null"
    where: str = "true"
    leg: str = "null"  # number of the leg it belongs to; null: the contact as a whole
    line: str = "null"
    operator: str = "null"


@dataclass(frozen=True)
class Column:
    """A column of a log and all it becomes."""

    name: str
    events: tuple[Event, ...] = ()
    header: str | None = None  # column of contacts
    latest: bool = False  # of several legs the last known value counts, not the first
    legs: tuple[str, ...] = ()  # columns of legs
    identity: str | None = None  # kind of identity
    note: tuple[str, str] | None = None  # Russian, English

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the event kinds this column makes."""
        return tuple(dict.fromkeys(event.kind for event in self.events))


def event(kind: str, when: str, **parts: str) -> tuple[Event, ...]:
    """Return one event of the contact as a whole."""
    return (Event(kind, when, **parts),)


def leg_event(kind: str, when: str, **parts: str) -> Event:
    """Return one event of the row's own leg, in its line and by its operator."""
    return Event(kind, when, **{"leg": "leg_no", "line": "line", **parts})


def header(name: str, field: str | None = None, *, latest: bool = False) -> Column:
    """Return a column that only fills a field of the header (of the same name by default)."""
    return Column(name, header=field or name, latest=latest)


CITIZEN = (
    Column("citizen_id", identity="citizen"),
    Column("citizen_ref", identity="citizen_ref"),
    Column("case_number", header="case_number", identity="case"),
)
PHONE = Column("citizen_phone", identity="phone")
EMAIL = Column("citizen_email", identity="email")

# times that mean the same in every log
TICKET = (
    Column("ticket_created_at", event("ticket_created", "ticket_created_at")),
    Column("ticket_accepted_at", event("ticket_accepted", "ticket_accepted_at")),
    Column("workaround_at", event("workaround_offered", "workaround_at")),
    Column("complex_at", event("complex_marked", "complex_at")),
    Column("identity_verified_at", event("identity_verified", "identity_verified_at")),
)
RESOLUTION = (
    Column("resolved_at", event("resolved", "resolved_at")),
    Column("reopened_at", event("reopened", "reopened_at")),
)
PRIVACY = (
    Column("verified_at", event("verified", "verified_at", value="verification_result")),
    header("verification_result"),
    Column("forwarded_at", event("forwarded", "forwarded_at")),
)
CONFIRMATION = (
    Column("notified_at", event("notified", "notified_at")),
    Column(
        "confirmation_sent_at",
        event("confirmation_sent", "confirmation_sent_at", value="confirmation_channel"),
    ),
    header("confirmation_channel"),
)

# a contact marked complex is complex, whatever its flag says
COMPLEX = "case when complex_at is not null then true else is_complex end"
LISTED = Column("events", note=("события строки, как есть", "the row's events, as they are"))
ID_NOTE = ("номер контакта в источнике", "the contact's number in its source")
