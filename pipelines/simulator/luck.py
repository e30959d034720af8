"""What the event loop needs to know of each contact before it runs, made from its draws."""

from dataclasses import dataclass
from math import inf

import numpy as np

from pipelines.simulator.drafts import Drafts, U, Z
from pipelines.simulator.parameters import (
    CHAT,
    DAY_S,
    LINES,
    MAIN,
    PORTAL,
    RESERVE,
    Flags,
    Floats,
    Ints,
    Parameters,
    Words,
    either,
)

FIRST_S, FIRST_SIGMA = 9.0, 0.6  # of the first word in a chat: median, and sd of its logarithm


@dataclass
class Luck:
    """Lists by contact (drafts first, then spare rows for redials and escalations)."""

    enter_s: Floats  # joins a queue; inf: never
    line: Ints  # queue joined
    patience_s: Floats
    handle_factor: Floats  # times the category's median
    wrap_s: Floats
    accepts_callback: Flags
    rings_out: Flags
    ring_s: Floats
    transfer_line: Ints  # experts to be asked if the first operator is none, -1 = nobody
    transfer_at: Floats  # share of the talk
    redial_s: Floats  # after an abandon; inf: no redial
    escalates: Ints  # 0 no, 1 phone, 2 video
    response_s: Floats  # chat: from assignment to the first human message
    specialist_s: Floats  # ticket made off hours: from received to ready for a call; inf: none
    reached: Flags


def staffed(params: Parameters, at_s: Floats) -> Flags:
    """Return whether the single line has operators at these seconds of the day."""
    first, last = params.raw["staffed_hours"]["main"]
    hour = (at_s % DAY_S) / 3600
    return np.asarray((hour >= first) & (hour < last))


def menu_choices(params: Parameters, made: Drafts) -> Words:
    """Return what those who reach the off-hours menu choose; None for all others."""
    rule = params.raw["menu_choice"]
    by_class = np.array([rule.get(c, "") for c in params.classes], dtype=object)
    edges = np.cumsum(rule["other_share"])
    other = np.array(rule["other"], dtype=object)[
        np.minimum(np.searchsorted(edges, made.u[:, U.MENU_CHOICE]), len(edges) - 1)
    ]
    wanted = np.where(by_class[made.category] == "", other, by_class[made.category])
    off = (made.stream == MAIN) & ~staffed(params, made.at_s)
    off &= made.u[:, U.MENU_LEFT] >= params.raw["left_in_menu"]
    return either(off, wanted, None)


def menu_s(params: Parameters, made: Drafts) -> Floats:
    """Return how long each caller listens to greeting and menu; 0 on other channels."""
    found = np.zeros(len(made))
    for name, (low, high) in params.raw["menu_s"].items():
        mine = made.stream == LINES.index(name)
        found[mine] = low + (high - low) * made.u[mine, U.MENU]
    return found


def luck(params: Parameters, made: Drafts) -> Luck:
    """Decide from its draws how each contact will behave."""
    raw, u, z = params.raw, made.u, made.z
    choice = menu_choices(params, made)
    is_chat = made.stream == CHAT
    phone = ~is_chat & (made.stream != PORTAL)
    off = phone & (made.stream == MAIN) & ~staffed(params, made.at_s)
    emergency = choice == "emergency"
    queues = (is_chat | (phone & (~off | emergency))) & (
        is_chat | (u[:, U.MENU_LEFT] >= raw["left_in_menu"])
    )
    enter = made.at_s + menu_s(params, made) + np.where(emergency, 20.0, 0.0)
    calm, quick = _patience(raw["patience"], u, z), _patience(raw["chat_patience"], u, z)
    redial = raw["redial"]
    ticket = choice == "technical"
    low, high = raw["specialist_delay_s"]
    up = u[:, U.ESCALATE] < raw["escalation"]["share"]
    return Luck(
        enter_s=np.where(queues, enter, inf),
        line=np.where(emergency, RESERVE, made.stream),
        patience_s=np.where(is_chat, quick, calm * np.where(emergency, 3.0, 1.0)),
        handle_factor=np.exp(raw["handle_sigma"] * z[:, Z.HANDLE])
        * np.where(is_chat, raw["chat_handle"], 1.0),
        wrap_s=raw["wrap_s"]["median"] * np.exp(raw["wrap_s"]["sigma"] * z[:, Z.WRAP]),
        accepts_callback=phone & ~off & (u[:, U.CALLBACK] < raw["callback_offer"]["accept"]),
        rings_out=phone & (u[:, U.RING] < raw["ring_no_answer"]),
        ring_s=raw["ring_s"][0] + u[:, U.RING_TIME] * (raw["ring_s"][1] - raw["ring_s"][0]),
        transfer_line=_transfers(params, made),
        transfer_at=0.25 + 0.35 * u[:, U.TRANSFER_AT],
        redial_s=np.where(
            u[:, U.REDIAL] < redial["share"],
            redial["median_s"] * np.exp(redial["sigma"] * z[:, Z.REDIAL]),
            inf,
        ),
        escalates=np.where(
            is_chat & up, np.where(u[:, U.ESCALATE_TO] < raw["escalation"]["video"], 2, 1), 0
        ),
        response_s=FIRST_S * np.exp(FIRST_SIGMA * z[:, Z.RESPONSE]),
        specialist_s=np.where(ticket, low + (high - low) * u[:, U.SPECIALIST] ** 1.5, inf),
        reached=u[:, U.REACHED] < raw["callback_offer"]["reached"],
    )


def _patience(rule: dict[str, float], u: Floats, z: Floats) -> Floats:
    usual = rule["median"] * np.exp(rule["sigma"] * z[:, Z.PATIENCE])
    hasty = 1.0 + 9.0 * u[:, U.QUICK] / rule["quick"]
    return np.asarray(np.where(u[:, U.QUICK] < rule["quick"], hasty, usual))


def _transfers(params: Parameters, made: Drafts) -> Ints:
    experts = params.transfer_line[made.category]
    has = (experts >= 0) & (experts != made.stream)
    to_experts = has & (made.u[:, U.TRANSFER] < params.raw["transfer_share"])
    second = (made.stream == MAIN) & (made.u[:, U.TRANSFER] > 1 - params.raw["second_line_share"])
    phone = (made.stream != CHAT) & (made.stream != PORTAL)
    return np.where(
        phone & to_experts, experts, np.where(phone & second, LINES.index("faults"), -1)
    )
