"""What came of each contact: solved or not, tickets, restoration, confirmation, rating.

Every share depends on what has happened: the operator's true quality, the wait, an outage. Times
are seconds from the day's midnight, nan where nothing happened.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.course import FORM, SELF, SERVED, Course
from pipelines.simulator.day import Day
from pipelines.simulator.drafts import U, Z
from pipelines.simulator.parameters import (
    CHAT,
    PORTAL,
    Flags,
    Floats,
    Ints,
    Parameters,
    Words,
    either,
)
from pipelines.simulator.portal import Replies
from pipelines.simulator.staff import Staff

CONFIRMATIONS = np.array(["sms", "email", "account", "sms;email"], dtype=object)


@dataclass
class Outcome:
    """Arrays by contact."""

    solved: Flags  # the citizen's own verdict
    ticket_s: Floats
    accepted_s: Floats
    workaround_s: Floats
    complex_s: Floats
    identity_s: Floats
    resolved_s: Floats
    reopened_s: Floats
    notified_s: Floats
    confirmed_s: Floats
    confirmed_by: Words
    verified_s: Floats
    verification: Words
    forwarded_s: Floats
    interpreter_s: Floats
    joined_s: Floats
    rating: Floats
    mood: Floats  # what the rating is made of


def _only(mask: Flags, values: Floats) -> Floats:
    return np.asarray(np.where(mask, values, np.nan))


def _effect(team: Staff, component: str, operator: Ints) -> Floats:
    known = np.append(team.effect(component), 0.0)  # -1: nobody
    return np.asarray(known[operator])


def _chance(share: Floats | float, effect: Floats) -> Floats:
    odds = np.log(share / (1 - np.asarray(share))) + effect
    return np.asarray(1 / (1 + np.exp(-odds)))


def outcome(params: Parameters, team: Staff, day: Day, c: Course, forms: Replies) -> Outcome:
    """Decide what came of a day's contacts."""
    d, raw, u = day.drafts, params.raw, day.drafts.u
    operator = np.where(c.outcome == FORM, forms.operator, c.operator)
    human = c.spoke | (c.outcome == FORM)
    begun = np.where(np.isnan(c.answered_s), np.where(human, c.made_s, np.nan), c.answered_s)
    ended = np.where(c.outcome == FORM, forms.replied_s, np.fmax(c.ended_s, c.made_s))
    chance = _chance(
        params.solve[d.category],
        _effect(team, "solve", operator) - 1.1 * (d.incident >= 0) - 0.25 * (d.stream == CHAT),
    )
    solved = human & (u[:, U.SOLVED] < chance)
    solved |= (c.outcome == SELF) & (u[:, U.SELF_SOLVED] < raw["self_service_solved"])
    technical = params.of_class("technical")[d.category]
    diligence = _effect(team, "diligence", operator)
    tickets = _tickets(params, day, c, human & technical & (c.outcome != FORM), begun, ended)
    at_once, ticket, accepted, workaround, complex_s, restored = tickets
    said = human & (solved | (u[:, U.NEVER] < 0.5))  # an operator's mark is not a solution
    with_ticket = human & technical & ~at_once & (c.outcome != FORM)
    resolved = _only(said & ~with_ticket, ended)
    resolved = np.where(with_ticket & (u[:, U.NEVER] >= raw["never_restored"]), restored, resolved)
    resolved = np.where(~np.isnan(resolved), np.fmax(resolved, begun), np.nan)
    is_complex = ~np.isnan(complex_s)
    notified = _only(
        is_complex & (u[:, U.NOTIFIED] < raw["notified_complex"]),
        resolved + 60 + 2200 * u[:, U.NOTIFY_AT] ** 2,
    )
    confirmed, by = _confirmation(
        params, day, human & (c.outcome != FORM), resolved, ended, diligence
    )
    wait = np.where(c.outcome == FORM, 0.0, c.wait_s)
    mood = (
        3.55 + 0.9 * solved - 0.95 * (human & ~solved) + _effect(team, "courtesy", operator)
        - 0.38 * np.log1p(wait / 45) - 0.5 * (d.incident >= 0)
        - 0.4 * (c.outcome == FORM) * (np.nan_to_num(forms.replied_s - d.at_s) > 86_400)
    )  # fmt: skip
    rating = _ratings(params, day, human, mood)
    privacy = _privacy(params, day, human)
    return Outcome(
        solved, ticket, accepted, workaround, complex_s,
        _identity(params, day, human & (c.outcome == SERVED), begun, c.ended_s, diligence),
        resolved, _only((u[:, U.REOPENED] < 0.018) & ~np.isnan(resolved),
                        resolved + 1800 + 30_000 * u[:, U.HOLD_TIME]),
        notified, confirmed, by, *privacy, *_interpreter(params, team, day, c), rating, mood,
    )  # fmt: skip


def _tickets(
    params: Parameters, day: Day, c: Course, mine: Flags, begun: Floats, ended: Floats
) -> tuple[Flags, Floats, Floats, Floats, Floats, Floats]:
    """Technical contacts: solved at once, or a task with its acceptance, workaround and repair."""
    d, raw, u, z = day.drafts, params.raw, day.drafts.u, day.drafts.z
    at_once = mine & (u[:, U.TICKET_AT] < 0.40) & (d.incident < 0) & ~c.is_ticket
    task = (mine & ~at_once & (u[:, U.TICKET] >= raw["ticket_forgotten"])) | c.is_ticket
    talk = np.nan_to_num(ended - begun)
    ticket = np.where(c.is_ticket, c.ended_s - 5, begun + talk * (0.35 + 0.6 * u[:, U.TICKET_AT]))
    ticket = _only(task, ticket)
    accepted = ticket + 85 * np.exp(0.95 * z[:, Z.ACCEPT])
    accepted = np.where(c.is_ticket, np.fmin(accepted + 900, c.made_s), accepted)
    workaround = _only(
        mine & ~at_once & (u[:, U.WORKAROUND] < raw["workaround"]), begun + talk * 0.5
    )
    is_complex = mine & ~at_once & (u[:, U.COMPLEX] < raw["complex"])
    is_complex |= mine & ~at_once & _in_complex_incident(day) & (u[:, U.COMPLEX] < 0.7)
    late = u[:, U.COMPLEX] < 0.1 * raw["complex"]  # marked when the half hour was over
    marked = d.at_s + np.where(late, 2000.0, 300 + 1300 * u[:, U.NOTIFY_AT])
    plain, hard = raw["restore_s"], raw["restore_complex_s"]
    span = np.where(is_complex, hard["median"], plain["median"]) * np.exp(
        np.where(is_complex, hard["sigma"], plain["sigma"]) * z[:, Z.RESTORE]
    )
    start = np.where(c.is_ticket, np.nan_to_num(c.made_s, nan=0.0), d.at_s)
    restored = start + span
    over = _restored_s(day)
    restored = np.where(
        d.incident >= 0, np.fmax(over + 600 * u[:, U.NOTIFY_AT], restored * 0), restored
    )
    marked = np.fmin(np.fmax(marked, begun), np.fmax(restored, begun))
    return at_once, ticket, accepted, workaround, _only(is_complex, marked), restored


def _in_complex_incident(day: Day) -> Flags:
    hard = np.array([i.is_complex for i in day.incidents] + [False])
    return np.asarray(hard[day.drafts.incident])


def _restored_s(day: Day) -> Floats:
    ends = np.array([i.restored_s - day.midnight_s for i in day.incidents] + [0.0])
    return np.asarray(ends[day.drafts.incident])


def _identity(
    params: Parameters, day: Day, mine: Flags, begun: Floats, ended: Floats, diligence: Floats
) -> Floats:
    d = day.drafts
    locked = d.category == params.categories.index("account_locked")
    asks = np.where(locked, 0.97, 0.55) * params.of_class("authorization")[d.category]
    u = d.u[:, U.VERIFIED]
    chance = _chance(np.clip(asks, 1e-6, 1 - 1e-6), 0.5 * diligence)
    return _only(mine & (u < chance) & (asks > 0), begun + 0.15 * (ended - begun))


def _confirmation(
    params: Parameters, day: Day, mine: Flags, resolved: Floats, ended: Floats, diligence: Floats
) -> tuple[Floats, Words]:
    raw, u = params.raw["confirmed"], day.drafts.u
    base = np.where(np.isnan(resolved), ended, np.fmax(resolved, ended))
    mine = mine & (~np.isnan(resolved) | (u[:, U.CONFIRM_BY] < 0.4))
    sent = u[:, U.CONFIRMED] < _chance(raw["sent"], diligence)
    late = ~sent & (u[:, U.CONFIRMED] > 1 - raw["late"])
    delay = np.where(late, 1200 + 9000 * u[:, U.CONFIRM_AT], 15 + 700 * u[:, U.CONFIRM_AT] ** 3)
    edges = np.array([0.45, 0.74, 0.90])
    by = CONFIRMATIONS[np.searchsorted(edges, u[:, U.CONFIRM_BY])]
    return _only(mine & (sent | late), base + delay), either(mine & (sent | late), by, None)


def _privacy(params: Parameters, day: Day, human: Flags) -> tuple[Floats, Words, Floats]:
    d, u, z = day.drafts, day.drafts.u, day.drafts.z
    mine = human & params.of_class("privacy")[d.category] & (u[:, U.FORWARDED] < 0.93)
    verified = _only(mine, d.at_s + 32_000 * np.exp(0.55 * z[:, Z.BACK]))
    true = mine & (u[:, U.VERIFIED] < 0.46)
    result = either(true, "substantiated", either(mine, "unsubstantiated", None))
    forwarded = _only(
        true & (u[:, U.FORWARDED] < 0.87), verified + 28_000 * np.exp(0.6 * z[:, Z.ACCEPT])
    )
    return verified, result, forwarded


def _interpreter(params: Parameters, team: Staff, day: Day, c: Course) -> tuple[Floats, Floats]:
    d, raw = day.drafts, params.raw["interpreter_s"]
    speaks = np.append(team.english, False)[c.operator]
    own = (d.language == params.languages.index("ru")) | (
        (d.language == params.languages.index("en")) & speaks
    )
    mine = ~own & (c.outcome == SERVED) & (d.stream != CHAT) & (d.stream != PORTAL)
    asked = _only(mine, c.answered_s + 6 + 25 * d.u[:, U.HOLD])
    asked = np.where(asked < c.ended_s, asked, np.nan)
    joined = asked + raw["median"] * np.exp(raw["sigma"] * d.z[:, Z.INTERPRETER])
    return asked, np.where(joined < c.ended_s, joined, np.nan)


def _ratings(params: Parameters, day: Day, human: Flags, mood: Floats) -> Floats:
    d, raw = day.drafts, params.raw["rating_share"]
    share = np.where(d.stream == CHAT, raw["chat"], raw["phone"])
    share = np.where(d.stream == PORTAL, raw["portal"], share)
    value = np.clip(np.round(mood + 0.75 * d.z[:, Z.RATING]), 1, 5)
    return _only(human & (d.u[:, U.RATED] < share), value)
