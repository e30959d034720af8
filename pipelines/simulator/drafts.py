"""Drafts: contacts before anything has happened to them, as arrays of one day.

Every draft carries its own row of uniform draws `u`, taken when it is made. Whatever happens later
reads only these: one contact more (an outage, a redial) never changes the luck of the others, so a
day that is made again, or an outage added to it, agrees with the first run up to that moment.
"""

from dataclasses import dataclass, fields
from enum import IntEnum, auto

import numpy as np

from pipelines.simulator.parameters import Floats, Ints, Words


class U(IntEnum):
    """Columns of the uniform draws: what each one decides."""

    MENU = 0
    MENU_LEFT = auto()
    MENU_CHOICE = auto()
    SELF_SOLVED = auto()
    QUICK = auto()
    CALLBACK = auto()
    REACHED = auto()
    RING = auto()
    RING_TIME = auto()
    TRANSFER = auto()
    TRANSFER_AT = auto()
    REDIAL = auto()
    ESCALATE = auto()
    ESCALATE_TO = auto()
    SPECIALIST = auto()
    SOLVED = auto()
    RECORDED = auto()
    WRONG = auto()
    NUMBERED = auto()
    CONFIRMED = auto()
    CONFIRM_AT = auto()
    CONFIRM_BY = auto()
    TICKET = auto()
    TICKET_AT = auto()
    WORKAROUND = auto()
    COMPLEX = auto()
    NEVER = auto()
    NOTIFIED = auto()
    NOTIFY_AT = auto()
    VERIFIED = auto()
    FORWARDED = auto()
    REOPENED = auto()
    RATED = auto()
    HOLD = auto()
    HOLD_TIME = auto()
    BACK = auto()
    BACK_CHANNEL = auto()
    BACK_HOUR = auto()
    COMPLAIN = auto()
    SIDE = auto()
    PERSONAL = auto()
    CITIZEN_ID = auto()
    PHONE = auto()
    EMAIL = auto()
    FORMAT = auto()
    OPENING = auto()
    PHRASE = auto()
    ENDING = auto()
    SLOT = auto()
    NOISE = auto()
    PLATFORM = auto()
    MESSAGES = auto()
    JOURNAL = auto()
    NUMBER = auto()
    CATEGORY = auto()
    TYPE = auto()
    DIRT = auto()


class Z(IntEnum):
    """Columns of the standard normal draws."""

    HANDLE = 0
    PATIENCE = auto()
    WRAP = auto()
    REDIAL = auto()
    INTERPRETER = auto()
    RESTORE = auto()
    ACCEPT = auto()
    BACK = auto()
    RATING = auto()
    RESPONSE = auto()
    REGISTER = auto()


@dataclass
class Drafts:
    """Arrays by draft. Times are seconds from the local midnight; -1 or None means none."""

    at_s: Floats  # received
    stream: Ints  # index of LINES
    category: Ints
    region: Ints
    citizen: Ints
    language: Ints
    origin: Ints  # FRESH, INCIDENT, COME_BACK, REDIAL, ESCALATED
    incident: Ints  # index of the day's incidents
    kind: Ints  # portal: index of feedback types, -1 = drawn
    parent: Words  # contact_id
    about: Words  # contact_id a complaint is about
    case: Words  # inherited case number
    u: Floats  # [draft, U]
    z: Floats  # [draft, Z]

    def __len__(self) -> int:
        return len(self.at_s)

    def take(self, index: Ints) -> "Drafts":
        """Return the chosen drafts, in the order of `index`."""
        return Drafts(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def joined(parts: list[Drafts]) -> Drafts:
    """Put drafts one after another."""
    return Drafts(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Drafts)}
    )


def blank(rng: np.random.Generator, n: int) -> Drafts:
    """Return n drafts with their draws and nothing decided."""
    u = rng.random((n, len(U)))
    none = np.full(n, None, dtype=object)
    minus = np.full(n, -1, dtype=np.int64)
    return Drafts(
        at_s=np.zeros(n), stream=minus.copy(), category=minus.copy(), region=minus.copy(),
        citizen=minus.copy(), language=minus.copy(), origin=np.zeros(n, dtype=np.int64),
        incident=minus.copy(), kind=minus.copy(), parent=none.copy(), about=none.copy(),
        case=none.copy(), u=u, z=rng.standard_normal((n, len(Z))),
    )  # fmt: skip
