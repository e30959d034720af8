"""Questions and answers within a chat: how many, when, and who answers how quickly.

How long the citizen waits for a next reply is the operator's doing, as the first reply is: both go
by the true quality `response`. How many exchanges a chat has goes by the matter alone, so that a
quick operator has no fewer of them to be late in.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from pipelines.simulator.course import LOST, Course
from pipelines.simulator.day import Day
from pipelines.simulator.drafts import Drafts, U, Z
from pipelines.simulator.parameters import ESCALATED, Flags, Floats, Ints, Parameters
from pipelines.simulator.staff import Staff

_USUAL_S = 170  # of conversation an exchange
_MOST = 6  # exchanges after the first
_WAITED = 0.75  # of a chat's time the citizen waits at most: the rest is reading and writing
_HANDED = 0.05  # of chats go on with another operator, half way


@dataclass(frozen=True)
class Exchanges:
    """Arrays by exchange of the chats asked about, in order. Times: seconds of the day."""

    chat: Ints  # place among the chats asked about
    step: Ints
    n: Ints  # exchanges of its chat
    asked_s: Floats
    replied_s: Floats
    operator: Ints  # who replies
    is_handed: Flags  # by who took the chat over


def handed_on(day: Day, c: Course, who: Ints) -> Flags:
    """Return which of these chats another operator takes over half way."""
    d = day.drafts
    up = np.isin(who, day.parent[d.origin == ESCALATED])
    served = c.outcome[who] != LOST
    return np.asarray(served & ~up & (d.u[who, U.TRANSFER] < _HANDED))


def taker(team: Staff, operator: Ints) -> Ints:
    """Return who of the chat desk would take a chat over from these operators."""
    desk = np.array(team.members[team.desks.index("chat")])
    return np.asarray(desk[(operator * 7 + 3) % len(desk)])


def counted(params: Parameters, d: Drafts) -> Ints:
    """Return how many exchanges each chat of these drafts has once somebody takes it."""
    usual = params.handle_s[d.category] * params.raw["chat_handle"]
    usual = usual * np.exp(params.raw["handle_sigma"] * d.z[:, Z.HANDLE])
    n = (usual / _USUAL_S + 1.5 * d.u[:, U.MESSAGES]).astype(np.int64)
    return np.asarray(1 + np.minimum(n, _MOST))


def exchanges(
    params: Parameters, team: Staff, day: Day, c: Course, who: Ints, moved: Flags
) -> Exchanges:
    """Return the exchanges of these chats; of lost ones there are none.

    Args:
        who: chats, indices of the day's drafts. moved: `handed_on` of them.
    """
    d = day.drafts.take(who)
    index = np.flatnonzero(c.outcome[who] != LOST)
    pairs = counted(params, d)[index]
    chat, n = np.repeat(index, pairs), np.repeat(pairs, pairs)
    step = np.arange(len(chat)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    first = day.stays.operator[c.last_stay[who]]
    handed = moved[chat] & (step >= n // 2)
    operator = np.where(handed, taker(team, first)[chat], first[chat])
    quick = 2.0 ** -team.effect("response")[operator]
    rule = params.raw["chat_next_s"]
    luck = ndtri(_drawn(d.u[chat, U.MESSAGES], step))
    waits = rule["median"] * np.exp(rule["sigma"] * luck) * quick
    begin, end = c.answered_s[who][index], c.ended_s[who][index]
    asked, replied = _laid(begin, end, waits, 0.4 + _drawn(d.u[chat, U.MESSAGES], step + 99), pairs)
    return Exchanges(chat, step, n, asked, replied, operator, handed)


def _laid(
    begin: Floats, end: Floats, waits: Floats, gaps: Floats, pairs: Ints
) -> tuple[Floats, Floats]:
    """Lay waits and the citizens' gaps before them out over each chat; return (asked, replied).

    Args:
        begin, end, pairs: by chat. waits: seconds. gaps: weights, of the chat's time left over.
    """
    of = np.repeat(np.arange(len(pairs)), pairs)
    span = np.maximum(end - begin, 0.0)
    total = np.bincount(of, waits, len(pairs))
    waits = waits * np.minimum(1.0, _WAITED * span / np.maximum(total, 1e-9))[of]
    left = span - np.bincount(of, waits, len(pairs))
    weight = np.bincount(of, gaps, len(pairs)) + 0.6  # the last gap is the goodbye
    gaps = gaps * (left / weight)[of]
    run = np.cumsum(gaps + waits)
    before = np.concatenate([[0.0], run])[np.cumsum(pairs) - pairs]
    replied = begin[of] + run - before[of]
    return replied - waits, replied


def _drawn(u: Floats, step: Ints) -> Floats:
    """Return another uniform draw out of a contact's own for each step (SplitMix64)."""
    x = (u * 2.0**53).astype(np.uint64) + (step + 1).astype(np.uint64) * np.uint64(
        0x9E3779B97F4A7C15
    )
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return np.asarray(((x >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53)
