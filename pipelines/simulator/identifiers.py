"""Numbers of contacts and cases, and the identifiers of citizens each log happens to hold."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.course import FORM, LOST, Course
from pipelines.simulator.day import Day
from pipelines.simulator.drafts import U
from pipelines.simulator.parameters import CHAT, PORTAL, Flags, Floats, Parameters, Words, either
from pipelines.simulator.population import Population
from pipelines.simulator.texts import email, phone_text, snils_dashed


@dataclass
class Identifiers:
    """Arrays by contact; None where the log does not hold it."""

    source: Words  # calls, chats, feedback
    native: Words  # id in its own log
    contact_id: Words  # <source>:<native>
    own_case: Words  # the number the journal keeps
    case_number: Words  # the same, where the citizen got it
    phone: Words
    citizen_id: Words
    email: Words
    region: Words
    language: Words
    category: Words  # as recorded


def identifiers(params: Parameters, people: Population, day: Day, c: Course) -> Identifiers:
    """Number a day's contacts in order of arrival and choose what is known of their citizens."""
    d, u = day.drafts, day.drafts.u
    rank = np.empty(len(d), dtype=np.int64)
    rank[np.argsort(d.at_s, kind="stable")] = np.arange(1, len(d) + 1)
    stamp = f"{day.date:%y%m%d}"
    is_chat, is_form = d.stream == CHAT, d.stream == PORTAL
    source = np.where(is_chat, "chats", np.where(is_form, "feedback", "calls")).astype(object)
    letter = np.where(is_chat, "h", np.where(is_form, "f", "c"))
    number = [f"{n:05d}" for n in rank.tolist()]
    native = np.array(
        [f"{a}{stamp}-{n}" for a, n in zip(letter, number, strict=True)], dtype=object
    )
    own = np.array([f"{day.date:%Y}-{day.date:%m%d}-{n}" for n in number], dtype=object)
    own = np.where(_none(d.case), own, d.case)
    for child in np.flatnonzero(day.parent >= 0):  # few: redials and escalations
        if d.origin[child] == 4:
            own[child] = own[day.parent[child]]
    numbered = (c.spoke | c.is_ticket | is_form) & (u[:, U.NUMBERED] < params.raw["numbered"])
    numbered |= ~_none(d.case) & (c.outcome != LOST)
    return Identifiers(
        source=source,
        native=native,
        contact_id=source + ":" + native,
        own_case=own,
        case_number=either(numbered, own, None),
        phone=_phone(params, people, day),
        citizen_id=_citizen_id(people, day, c),
        email=either(
            (is_chat | is_form) & (u[:, U.EMAIL] < np.where(is_form, 0.6, 0.32)),
            email(people, d.citizen), None,
        ),
        region=either(u[:, U.SLOT] < 0.92, np.array(params.regions, dtype=object)[d.region], None),
        language=np.array(params.languages, dtype=object)[d.language],
        category=_recorded(params, day, c),
    )  # fmt: skip


def _none(words: Words) -> Flags:
    return np.array([w is None for w in words.tolist()], dtype=bool)


def _phone(params: Parameters, people: Population, day: Day) -> Words:
    d, u = day.drafts, day.drafts.u
    shown = np.where(d.stream == CHAT, 0.45, np.where(d.stream == PORTAL, 0.5, 1.0))
    shown = np.where(shown == 1.0, 1 - params.raw["hidden_number"], shown)
    # exchanges write +7 or 8; people who fill in a form write as they like
    tidy: Floats = np.where(d.stream < CHAT, u[:, U.FORMAT] / 3, u[:, U.FORMAT])
    return either(u[:, U.PHONE] < shown, phone_text(people.phone[d.citizen], tidy), None)


def _citizen_id(people: Population, day: Day, c: Course) -> Words:
    d, u = day.drafts, day.drafts.u
    share = np.where(d.stream == CHAT, 0.72, np.where(d.stream == PORTAL, 0.97, 0.55))
    known = (u[:, U.CITIZEN_ID] < share) & (c.spoke | (c.outcome == FORM) | (d.stream == CHAT))
    snils = people.snils[d.citizen]
    dashed = np.flatnonzero(u[:, U.FORMAT] > 0.85)
    snils[dashed] = [snils_dashed(x) for x in snils[dashed]]
    return either(known, either(u[:, U.FORMAT] > 0.6, snils, people.inn[d.citizen]), None)


def _recorded(params: Parameters, day: Day, c: Course) -> Words:
    """Return the category as the log has it: sometimes a neighbour's, sometimes none."""
    d, u, raw = day.drafts, day.drafts.u, params.raw
    classes = np.array(params.classes)
    found = d.category.copy()
    wrong = np.flatnonzero(u[:, U.WRONG] < raw["misrecorded"])
    for i in wrong.tolist():
        kin = np.flatnonzero(classes == classes[d.category[i]])
        found[i] = kin[int(u[i, U.SLOT] * len(kin)) % len(kin)]
    names = np.array(params.categories, dtype=object)[found]
    share = np.where(d.stream == PORTAL, raw["recorded"] - 0.2, raw["recorded"])
    share = np.where(c.spoke | c.is_ticket | (c.outcome == FORM), share, 0.15)
    return either(u[:, U.RECORDED] < share, names, None)
