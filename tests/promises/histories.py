"""Histories of a few days drawn at random: calls, chats, forms, with moments at every boundary."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.promises.plain_facts import Contact

FIRST = datetime(2025, 10, 30, 4, tzinfo=UTC)  # a working Saturday and a moved day off lie ahead
DAYS = 5
# targets of promises: events are put on them and a second to each side
TARGETS = (30, 60, 120, 180, 300, 900, 1800, 3600, 7200, 86400, 259200)
CATEGORIES = ("form_error", "account_locked", "passport", "misuse_report", "documents_access_lost",
              "home-made", None)  # fmt: skip
LINES = {"phone": ("main", "main", "faults", "privacy"), "chat": ("chat",), "portal": ("portal",),
         "callback": ("main",)}  # fmt: skip
# kinds that may happen any time after the start, and how often
LATER = {
    "resolved": 0.6, "notified": 0.3, "confirmation_sent": 0.4, "complex_marked": 0.25,
    "workaround_offered": 0.2, "ticket_created": 0.35, "ticket_accepted": 0.25,
    "identity_verified": 0.3, "verified": 0.3, "forwarded": 0.2, "specialist_contacted": 0.1,
    "interpreter_requested": 0.1, "interpreter_joined": 0.1, "first_response": 0.4,
    "callback_requested": 0.1, "callback_made": 0.15, "self_served": 0.08, "registered": 0.3,
    "assigned": 0.2, "hold_started": 0.1,
}  # fmt: skip


def histories(random: Random, n: int) -> list[Contact]:
    """Return so many contacts of a third as many citizens, some continued, some sharing a case."""
    contacts: list[Contact] = []
    for number in range(n):
        contact = _contact(random, f"c{number:04}", n)
        if contacts and random.random() < 0.08:
            _continue(random, random.choice(contacts[-8:]), contact)
        contacts.append(contact)
    return contacts


def _after(random: Random, since: datetime) -> datetime:
    """Return a moment after another: somewhere, or exactly at a target, or a second beside it."""
    if random.random() < 0.5:
        shift = random.choice(TARGETS) + random.choice((-1, 0, 0, 1))
    else:
        shift = random.randrange(random.choice((20, 400, 4000, 90_000)))
    return since + timedelta(seconds=shift)


def _contact(random: Random, name: str, n: int) -> Contact:
    channel = random.choices(("phone", "chat", "portal", "callback"), (55, 25, 15, 5))[0]
    received = FIRST + timedelta(seconds=random.randrange(DAYS * 86400))
    line = random.choice(LINES[channel])
    day = (received + timedelta(hours=3)).date()
    header: dict[str, Any] = {
        "contact_id": name,
        "source": random.choices(("calls", "chats", "bare"), (5, 4, 1))[0],
        "channel": channel,
        "line": line,
        "received_at": received,
        "received_date": day,
        "is_staffed": line != "main" or random.random() < 0.6,
        "category": random.choice(CATEGORIES),
        "citizen_key": random.choice((None, *[f"k{random.randrange(n // 3)}"] * 3)),
        "case_number": random.choice((None, f"K-{name}", f"S-{random.randrange(n // 4)}")),
        "language": random.choice((None, "ru", "ru", "en", "tt")),
        "menu_choice": random.choice((None, None, "technical", "access", "emergency")),
        "feedback_type": random.choice((None, "complaint", "gratitude")),
        "outcome": random.choice((None, "served", "abandoned", "abandoned_menu")),
        "verification_result": random.choice((None, "substantiated", "refuted")),
        "callback_result": random.choice((None, "reached", "attempted")),
        "confirmation_channel": random.choice((None, "sms;e-mail")),
        "transferred_to": random.choice((None, None, "faults", "elsewhere")),
        "n_messages": random.choice((None, 0, 4)),
        "operator_id": random.choice((None, "op1")),
    }
    contact = Contact(header)
    {"phone": _call, "chat": _chat, "portal": _form, "callback": _call}[channel](random, contact)
    _later(random, contact)
    contact.events.sort(key=lambda e: e["event_at"])
    return contact


def _add(contact: Contact, kind: str, at: datetime, **more: Any) -> datetime:
    contact.events.append({"kind": kind, "event_at": at, **more})
    return at


def _call(random: Random, contact: Contact) -> None:
    """A call through the menu into one queue or two."""
    clock = contact.received_at + timedelta(seconds=random.randrange(40))
    if random.random() < 0.85:
        _leg(random, contact, clock, 1)


def _leg(random: Random, contact: Contact, clock: datetime, number: int) -> None:
    operator = random.choice(("op1", "op2", "op3", "stranger"))
    line = contact.header["line"] if number == 1 else random.choice(("faults", "reserve", "main"))
    leg: dict[str, Any] = {"leg": number, "line": line, "queued_at": clock}
    contact.legs.append(leg)
    _add(contact, "queued", clock)
    fate = random.choices(("answered", "abandoned", "open"), (75, 20, 5))[0]
    if fate == "open":
        return
    clock = _after(random, clock)
    if fate == "abandoned":
        leg |= {"left_at": clock, "left_as": "abandoned"}
        _add(contact, "abandoned", clock)
        _add(contact, "ended", clock)
        return
    leg |= {"answered_at": clock, "operator_id": operator, "left_as": "answered"}
    leg["hold_s"] = random.choice((None, 0.0, 60.0, 61.0))
    _add(contact, "answered", clock, operator_id=operator)
    clock += timedelta(seconds=1 + random.randrange(600))
    leg["left_at"] = clock
    if number < 3 and random.random() < 0.25:
        _add(contact, "transferred", clock)
        _leg(random, contact, clock + timedelta(seconds=random.choice((0, 0, 1, 5))), number + 1)
    elif random.random() < 0.9:
        _add(contact, "ended", clock)


def _chat(random: Random, contact: Contact) -> None:
    """A conversation: citizen and operator in turns, some questions that stop the clock."""
    clock = _add(contact, "message_in", contact.received_at)
    for _ in range(random.randrange(8)):
        clock += timedelta(seconds=random.choice((1, 29, 30, 31, 119, 120, 121, 1500)))
        kind = random.choice(("message_in", "message_out"))
        _add(contact, kind, clock, operator_id="op2" if kind == "message_out" else None)
        if kind == "message_out" and random.random() < 0.15:
            _add(contact, "waiting_for_citizen", clock)
    if random.random() < 0.8:
        clock = _after(random, clock)
        _add(contact, "ended", clock)
    if random.random() < 0.15:
        _add(contact, "escalated", clock)


def _form(random: Random, contact: Contact) -> None:
    """A portal form: registered, assigned, replied."""
    for kind, odds in (("registered", 0.8), ("assigned", 0.7), ("replied", 0.7)):
        if random.random() < odds:
            _add(contact, kind, _after(random, contact.received_at))


def _later(random: Random, contact: Contact) -> None:
    for kind, odds in LATER.items():
        if random.random() < odds:
            base = random.choice([contact.received_at, *(e["event_at"] for e in contact.events)])
            value = random.choice(("sms", "e-mail")) if kind == "confirmation_sent" else None
            _add(contact, kind, _after(random, base), value=value)
    if contact.at("callback_requested") and random.random() < 0.5:
        contact.header["callback_due_at"] = _after(random, contact.at("callback_requested")[0])
    for _ in range(random.choice((0, 0, 1, 2))):
        asked = _after(random, contact.received_at)
        _add(contact, "waiting_for_citizen", asked)
        if random.random() < 0.6:
            _add(contact, "citizen_replied", _after(random, asked))
    clock = min(contact.at("resolved"), default=None)
    for _ in range(random.choice((0, 0, 1, 2))):
        if clock:  # some within a day, some later, some exactly then
            clock = _add(contact, "reopened", _after(random, clock))
            if random.random() < 0.7:
                clock = _add(contact, "resolved", _after(random, clock))
    if random.random() < 0.15:
        contact.header["first_category"] = contact.header["category"]
        for at in sorted(_after(random, contact.received_at) for _ in range(random.choice((1, 2)))):
            contact.header["category"] = random.choice(CATEGORIES[:-1])
            _add(contact, "recategorised", at, value=contact.header["category"])


def _continue(random: Random, parent: Contact, contact: Contact) -> None:
    contact.header["parent_contact_id"] = parent.id
    contact.header["citizen_key"] = parent.header["citizen_key"]
